-- name: add
with added as (
    insert into connector.shops (domain) values ($1)
    on conflict (domain) do update set removed_at = null
    where shops.removed_at is not null
    returning shop_id
)
select shop_id from added
union all
select shop_id from connector.shops where domain = $1
limit 1;

-- name: find
select domain, shop_id from connector.shops where domain = any($1::text[]) and removed_at is null;

-- name: listed
select shop.shop_id, shop.domain as shop, shop.name, shop.currency, shop.plan_name as plan, credentials.kind,
    credentials.api_key, credentials.scopes, credentials.checked_at, credentials.problem, shop.added_at,
    shop.uninstalled_at
from connector.shops as shop
left join connector.credentials as credentials using (shop_id)
where shop.removed_at is null
order by shop.domain;

-- name: remove
with removed as (
    update connector.shops set removed_at = now()
    where domain = $1 and removed_at is null
    returning shop_id
), forgotten as (
    delete from connector.credentials using removed where credentials.shop_id = removed.shop_id
), stopped as (
    delete from connector.sync_runs using removed where sync_runs.shop_id = removed.shop_id
), unasked as (
    delete from connector.refetches using removed where refetches.shop_id = removed.shop_id
), uncompared as (
    delete from connector.reconciled using removed where reconciled.shop_id = removed.shop_id
)
select shop_id from removed;

-- name: removed
select shop_id from connector.shops where domain = $1 and removed_at is not null;

-- name: with_data
select class.relname as table_name
from pg_class as class
join pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attname = 'shop_id'
where class.relnamespace = 'connector'::regnamespace
  and class.relkind in ('r', 'p') and not class.relispartition
  and class.relname not in ('shops', 'credentials', 'changes')
order by class.relname;

-- name: delete_data
delete from connector.{view} where shop_id = $1;

-- name: delete_dead_letters
delete from connector.dead_letters where shop = $1;

-- name: keep_facts
update connector.shops set
    shopify_id = $2,
    uninstalled_at = null,
    name = case when updated_at = '-infinity' then $3 else name end,
    currency = case when updated_at = '-infinity' then $4 else currency end,
    iana_timezone = case when updated_at = '-infinity' then $5 else iana_timezone end,
    taxes_included = case when updated_at = '-infinity' then $6 else taxes_included end,
    plan_name = case when updated_at = '-infinity' then $7 else plan_name end
where domain = $1;

-- name: domain
select domain from connector.shops where shop_id = $1 and removed_at is null;
