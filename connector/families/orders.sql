-- name: upsert_orders
-- Orders as patches; the lines go with their order, only where its version wins.
with patches as materialized (
    select orders.*, patch -> 'line_items' as line_items
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.orders as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as orders
),
written as (
    insert into connector.orders as stored (
        shop_id, id, updated_at, triggered_at, deleted_at,
        name, customer_id, email, phone, financial_status, fulfillment_status, currency,
        subtotal_price, total_discounts, total_tax, total_price, total_outstanding,
        current_subtotal_price, current_total_discounts, current_total_tax, current_total_price,
        presentment_currency, presentment_total, taxes_included, test, note, tags, source_name, location_id,
        created_at, processed_at, cancelled_at, cancel_reason, closed_at
    )
    select
        shop_id, id, updated_at, triggered_at, deleted_at,
        name, customer_id, email, phone, financial_status, fulfillment_status, currency,
        subtotal_price, total_discounts, total_tax, total_price, total_outstanding,
        current_subtotal_price, current_total_discounts, current_total_tax, current_total_price,
        presentment_currency, presentment_total, taxes_included, test, note, tags, source_name, location_id,
        created_at, processed_at, cancelled_at, cancel_reason, closed_at
    from patches
    order by shop_id, id
    on conflict (shop_id, id) do update set
        updated_at = excluded.updated_at,
        triggered_at = excluded.triggered_at,
        deleted_at = excluded.deleted_at,
        name = excluded.name,
        customer_id = excluded.customer_id,
        email = excluded.email,
        phone = excluded.phone,
        financial_status = excluded.financial_status,
        fulfillment_status = excluded.fulfillment_status,
        currency = excluded.currency,
        subtotal_price = excluded.subtotal_price,
        total_discounts = excluded.total_discounts,
        total_tax = excluded.total_tax,
        total_price = excluded.total_price,
        total_outstanding = excluded.total_outstanding,
        current_subtotal_price = excluded.current_subtotal_price,
        current_total_discounts = excluded.current_total_discounts,
        current_total_tax = excluded.current_total_tax,
        current_total_price = excluded.current_total_price,
        presentment_currency = excluded.presentment_currency,
        presentment_total = excluded.presentment_total,
        taxes_included = excluded.taxes_included,
        test = excluded.test,
        note = excluded.note,
        tags = excluded.tags,
        source_name = excluded.source_name,
        location_id = excluded.location_id,
        created_at = excluded.created_at,
        processed_at = excluded.processed_at,
        cancelled_at = excluded.cancelled_at,
        cancel_reason = excluded.cancel_reason,
        closed_at = excluded.closed_at
    where (stored.updated_at, stored.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
    returning shop_id, id
),
listed as (
    select line.*
    from written
    join patches using (shop_id, id)
    cross join lateral jsonb_array_elements(patches.line_items) with ordinality as entry (line, position)
    cross join lateral jsonb_populate_record(
        null::connector.order_lines,
        entry.line || jsonb_build_object(
            'shop_id', written.shop_id, 'order_id', written.id, 'position', entry.position
        )
    ) as line
    where jsonb_typeof(patches.line_items) = 'array'
),
removed as (
    delete from connector.order_lines as line
    using written join patches using (shop_id, id)
    where jsonb_typeof(patches.line_items) = 'array'
      and line.shop_id = written.shop_id and line.order_id = written.id
      and not exists (select from listed where listed.shop_id = line.shop_id and listed.id = line.id)
),
kept as (
    insert into connector.order_lines as line
    select * from listed
    order by shop_id, id
    on conflict (shop_id, id) do update set
        order_id = excluded.order_id,
        position = excluded.position,
        variant_id = excluded.variant_id,
        product_id = excluded.product_id,
        sku = excluded.sku,
        title = excluded.title,
        variant_title = excluded.variant_title,
        quantity = excluded.quantity,
        current_quantity = excluded.current_quantity,
        fulfillable_quantity = excluded.fulfillable_quantity,
        price = excluded.price,
        total_discount = excluded.total_discount,
        total_tax = excluded.total_tax,
        gift_card = excluded.gift_card,
        taxable = excluded.taxable,
        requires_shipping = excluded.requires_shipping
)
select shop_id, id from written;

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
        order_id, amount, currency, note, created_at, processed_at
    )
    select
        shop_id, id, updated_at, triggered_at, deleted_at,
        order_id, amount, currency, note, created_at, processed_at
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
        processed_at = excluded.processed_at
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
        total_tax = excluded.total_tax
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
