-- name: keep
insert into connector.credentials as kept (shop_id, kind, api_key, sealed)
values ($1, $2, $3, $4)
on conflict (shop_id) do update set
    kind = excluded.kind, api_key = excluded.api_key, sealed = excluded.sealed, updated_at = now();

-- name: keep_check
update connector.credentials as kept set
    scopes = coalesce($2::text[], scopes), problem = $3, checked_at = now(),
    sealed = case when kept.sealed = $5 then $4 else kept.sealed end
from connector.shops as shop
where kept.shop_id = shop.shop_id and shop.domain = $1;

-- name: find
select shop.domain, kept.sealed
from connector.credentials as kept
join connector.shops as shop using (shop_id)
where shop.domain = $1 and shop.removed_at is null;

-- name: all
select shop.domain, kept.sealed
from connector.credentials as kept
join connector.shops as shop using (shop_id)
where shop.removed_at is null;
