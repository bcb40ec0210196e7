-- name: add
with added as (
    insert into connector.shops (domain) values ($1)
    on conflict (domain) do nothing
    returning shop_id
)
select shop_id from added
union all
select shop_id from connector.shops where domain = $1
limit 1;

-- name: find
select domain, shop_id from connector.shops where domain = any($1::text[]);
