-- name: versions
-- What Shopify has against what is stored: missing rows, and rows older than Shopify's.
select told.id, told.updated_at as shopify_updated_at, stored.updated_at as stored_updated_at,
    case when stored.id is null or stored.deleted_at is not null then 'missing' else 'stale' end as difference
from unnest($2::bigint[], $3::timestamptz[]) as told (id, updated_at)
left join connector.{table} as stored on stored.shop_id = $1 and stored.id = told.id
where stored.id is null
   or (stored.deleted_at is not null and stored.updated_at <= told.updated_at)
   or (stored.deleted_at is null and stored.updated_at < told.updated_at);

-- name: levels
select distinct on (told.item_id) told.item_id as id, told.updated_at as shopify_updated_at,
    stored.updated_at as stored_updated_at,
    case
        when stored.inventory_item_id is null or stored.deleted_at is not null then 'missing'
        when told.active then 'stale'
        else 'extra'
    end as difference
from unnest($3::bigint[], $4::timestamptz[], $5::boolean[]) as told (item_id, updated_at, active)
left join connector.inventory_levels as stored
    on stored.shop_id = $1 and stored.inventory_item_id = told.item_id and stored.location_id = $2
where case
    when told.active then stored.inventory_item_id is null
        or (stored.deleted_at is not null and stored.updated_at <= told.updated_at)
        or (stored.deleted_at is null and stored.updated_at < told.updated_at)
    else stored.deleted_at is null and stored.updated_at <= told.updated_at
end
order by told.item_id, told.updated_at desc;

-- name: fields
-- In which fields a stored row differs from what is about to be written.
select stored.id, array(
    select told.key
    from jsonb_each(to_jsonb(jsonb_populate_record(stored, patch))) as told
    where told.value is distinct from to_jsonb(stored) -> told.key
      and told.key not in ('shop_id', 'updated_at', 'triggered_at')
    order by told.key
) as fields
from jsonb_array_elements($1::jsonb) as patch
join connector.{table} as stored
    on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint;

-- name: remember
insert into compared (id, location_id) select id, location_id from unnest($1::bigint[], $2::bigint[]) as told (id, location_id);

-- name: extra
select stored.id, stored.updated_at as stored_updated_at
from connector.{table} as stored
where stored.shop_id = $1 and stored.deleted_at is null and stored.triggered_at < $2
  and not exists (select from compared where compared.id = stored.id);

-- name: extra_orders
select stored.id, stored.updated_at as stored_updated_at
from connector.orders as stored
where stored.shop_id = $1 and stored.deleted_at is null and stored.triggered_at < $2
  and stored.created_at >= coalesce($3::timestamptz, '-infinity')
  and not exists (select from compared where compared.id = stored.id);

-- name: extra_levels
select distinct on (stored.inventory_item_id) stored.inventory_item_id as id,
    stored.updated_at as stored_updated_at
from connector.inventory_levels as stored
where stored.shop_id = $1 and stored.deleted_at is null and stored.triggered_at < $2
  and not exists (
      select from compared
      where compared.id = stored.inventory_item_id and compared.location_id = stored.location_id
  );

-- name: active_locations
select id from connector.locations where shop_id = $1 and deleted_at is null and active;

-- name: smart_collections
select id from connector.collections where shop_id = $1 and deleted_at is null and kind = 'smart';

-- name: last_delivery
select max(coalesce(triggered_at, received_at)) from connector.deliveries
where shop_id = $1 and topic = any($2::text[]) and received_at >= $3;

-- name: connected_shops
select shop.shop_id
from connector.shops as shop
join connector.credentials as credentials using (shop_id)
where shop.removed_at is null and shop.uninstalled_at is null;

-- name: dead_letters
select count(*) from connector.dead_letters as letter
join connector.shops as shop on shop.domain = letter.shop
where shop.shop_id = $1 and letter.topic = any($2::text[]) and letter.resolved_at is null;

-- name: zone
select iana_timezone from connector.shops where shop_id = $1;
