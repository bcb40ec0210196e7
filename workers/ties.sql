-- name: same_version
-- Rows that are stored as of just the version that is about to be written.
select told.position
from unnest($1::integer[], $2::text[], $3::integer[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
    as told (position, kind, shop_id, id, updated_at, triggered_at)
where case told.kind
    when 'products' then exists (
        select from connector.products as stored
        where (stored.shop_id, stored.id) = (told.shop_id, told.id)
          and (stored.updated_at, stored.triggered_at) = (told.updated_at, told.triggered_at)
    )
    when 'orders' then exists (
        select from connector.orders as stored
        where (stored.shop_id, stored.id) = (told.shop_id, told.id)
          and (stored.updated_at, stored.triggered_at) = (told.updated_at, told.triggered_at)
    )
    when 'customers' then exists (
        select from connector.customers as stored
        where (stored.shop_id, stored.id) = (told.shop_id, told.id)
          and (stored.updated_at, stored.triggered_at) = (told.updated_at, told.triggered_at)
    )
    when 'collections' then exists (
        select from connector.collections as stored
        where (stored.shop_id, stored.id) = (told.shop_id, told.id)
          and (stored.updated_at, stored.triggered_at) = (told.updated_at, told.triggered_at)
    )
    when 'inventory_items' then exists (
        select from connector.inventory_items as stored
        where (stored.shop_id, stored.id) = (told.shop_id, told.id)
          and (stored.updated_at, stored.triggered_at) = (told.updated_at, told.triggered_at)
    )
    when 'locations' then exists (
        select from connector.locations as stored
        where (stored.shop_id, stored.id) = (told.shop_id, told.id)
          and (stored.updated_at, stored.triggered_at) = (told.updated_at, told.triggered_at)
    )
end;

-- name: differing
-- Of these, the ones that would change the row.
select stored.id
from jsonb_array_elements($1::jsonb) as patch
join connector.{table} as stored
    on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
where to_jsonb(jsonb_populate_record(stored, patch)) is distinct from to_jsonb(stored);
