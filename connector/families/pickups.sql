-- name: upsert_fulfillment_orders
-- Since when it is ready is what was seen first, until it went back to open.
with patches as materialized (
    select held.*
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.fulfillment_orders as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as held
)
insert into connector.fulfillment_orders as held
select * from patches
order by shop_id, id
on conflict (shop_id, id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    order_id = excluded.order_id,
    location_id = excluded.location_id,
    delivery_method = excluded.delivery_method,
    status = excluded.status,
    ready_at = case
        when excluded.status in ('IN_PROGRESS', 'CLOSED') then coalesce(held.ready_at, excluded.ready_at)
    end,
    picked_up_at = excluded.picked_up_at,
    lines = excluded.lines,
    created_at = excluded.created_at,
    collector_name = excluded.collector_name,
    collector_email = excluded.collector_email,
    collector_phone = excluded.collector_phone
where (held.updated_at, held.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
returning shop_id, id;
