-- name: upsert_refunds
with patches as materialized (
    select refund.*, patch -> 'refund_line_items' as refund_line_items
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.refunds as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as refund
),
written as (
    insert into connector.refunds as refund (
        shop_id, id, updated_at, triggered_at, deleted_at,
        order_id, amount, currency, note, created_at, processed_at, shop_amount, shop_currency
    )
    select
        shop_id, id, updated_at, triggered_at, deleted_at,
        order_id, amount, currency, note, created_at, processed_at, shop_amount, shop_currency
    from patches
    order by shop_id, id
    on conflict (shop_id, id) do update set
        updated_at = excluded.updated_at,
        triggered_at = excluded.triggered_at,
        deleted_at = excluded.deleted_at,
        order_id = excluded.order_id,
        amount = excluded.amount,
        currency = excluded.currency,
        note = excluded.note,
        created_at = excluded.created_at,
        processed_at = excluded.processed_at,
        shop_amount = excluded.shop_amount,
        shop_currency = excluded.shop_currency
    where (refund.updated_at, refund.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
    returning shop_id, id
),
listed as (
    select line.*
    from written
    join patches using (shop_id, id)
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(patches.refund_line_items) = 'array' then patches.refund_line_items else '[]' end
    ) as entry
    cross join lateral jsonb_populate_record(
        null::connector.refund_lines,
        entry || jsonb_build_object('shop_id', written.shop_id, 'refund_id', written.id)
    ) as line
),
removed as (
    delete from connector.refund_lines as line
    using written join patches using (shop_id, id)
    where jsonb_typeof(patches.refund_line_items) = 'array'
      and line.shop_id = written.shop_id and line.refund_id = written.id
      and not exists (select from listed where listed.shop_id = line.shop_id and listed.id = line.id)
),
kept as (
    insert into connector.refund_lines as line
    select * from listed
    order by shop_id, id
    on conflict (shop_id, id) do update set
        refund_id = excluded.refund_id,
        line_item_id = excluded.line_item_id,
        quantity = excluded.quantity,
        restock_type = excluded.restock_type,
        location_id = excluded.location_id,
        subtotal = excluded.subtotal,
        total_tax = excluded.total_tax,
        presentment_subtotal = excluded.presentment_subtotal,
        presentment_tax = excluded.presentment_tax
)
select shop_id, id from written;

-- name: upsert_refund_returns
insert into connector.refund_returns as told
select patch.* from jsonb_populate_recordset(null::connector.refund_returns, $1::jsonb) as patch
order by shop_id, refund_id
on conflict (shop_id, refund_id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    return_id = excluded.return_id
where (told.updated_at, told.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
returning shop_id, refund_id;
