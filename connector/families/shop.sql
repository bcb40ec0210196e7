-- name: upsert_shop
with patches as materialized (
    select shop.*
    from jsonb_array_elements($1::jsonb) as patch
    join connector.shops as stored on stored.shop_id = (patch ->> 'shop_id')::integer
    cross join lateral jsonb_populate_record(stored, patch) as shop
)
update connector.shops as shop set
    updated_at = patches.updated_at,
    triggered_at = patches.triggered_at,
    name = patches.name,
    currency = patches.currency,
    iana_timezone = patches.iana_timezone,
    taxes_included = patches.taxes_included,
    plan_name = patches.plan_name
from patches
where shop.shop_id = patches.shop_id
  and (shop.updated_at, shop.triggered_at) <= (patches.updated_at, patches.triggered_at)
returning shop.shop_id;

-- name: mark_uninstalled
with patches as materialized (
    select (patch ->> 'shop_id')::integer as shop_id, (patch ->> 'triggered_at')::timestamptz as triggered_at
    from jsonb_array_elements($1::jsonb) as patch
)
update connector.shops as shop set uninstalled_at = patches.triggered_at
from patches
where shop.shop_id = patches.shop_id
  and (shop.uninstalled_at is null or shop.uninstalled_at <= patches.triggered_at)
returning shop.shop_id;
