-- name: upsert_fulfillments
with patches as materialized (
    select fulfillment.*, patch -> 'line_items' as line_items
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.fulfillments as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as fulfillment
),
written as (
    insert into connector.fulfillments as fulfillment (
        shop_id, id, updated_at, triggered_at, deleted_at,
        order_id, status, shipment_status, location_id, created_at
    )
    select
        shop_id, id, updated_at, triggered_at, deleted_at,
        order_id, status, shipment_status, location_id, created_at
    from patches
    order by shop_id, id
    on conflict (shop_id, id) do update set
        updated_at = excluded.updated_at,
        triggered_at = excluded.triggered_at,
        deleted_at = excluded.deleted_at,
        order_id = excluded.order_id,
        status = excluded.status,
        shipment_status = excluded.shipment_status,
        location_id = excluded.location_id,
        created_at = excluded.created_at
    where (fulfillment.updated_at, fulfillment.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
    returning shop_id, id
),
listed as (
    select written.shop_id, written.id as fulfillment_id,
        (entry ->> 'id')::bigint as line_item_id, (entry ->> 'quantity')::bigint as quantity
    from written
    join patches using (shop_id, id)
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(patches.line_items) = 'array' then patches.line_items else '[]' end
    ) as entry
),
removed as (
    delete from connector.fulfillment_lines as line
    using written join patches using (shop_id, id)
    where jsonb_typeof(patches.line_items) = 'array'
      and line.shop_id = written.shop_id and line.fulfillment_id = written.id
      and not exists (
          select from listed
          where (listed.shop_id, listed.fulfillment_id, listed.line_item_id)
              = (line.shop_id, line.fulfillment_id, line.line_item_id)
      )
),
kept as (
    insert into connector.fulfillment_lines as line (shop_id, fulfillment_id, line_item_id, quantity)
    select shop_id, fulfillment_id, line_item_id, sum(quantity)
    from listed
    group by shop_id, fulfillment_id, line_item_id
    order by shop_id, fulfillment_id, line_item_id
    on conflict (shop_id, fulfillment_id, line_item_id) do update set quantity = excluded.quantity
)
select shop_id, id from written;
