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
        created_at, processed_at, cancelled_at, cancel_reason, closed_at,
        presentment_subtotal, presentment_discounts, presentment_tax, presentment_current_total,
        total_shipping, presentment_shipping, total_duties, presentment_duties, total_additional_fees,
        presentment_additional_fees, total_tip, total_rounding, total_refund_rounding, duties_included,
        billing_name, billing_phone, shipping_name, shipping_phone, asked_at, total_refunded,
        presentment_refunded, total_received, presentment_outstanding, presentment_tip,
        refund_discrepancy
    )
    select
        shop_id, id, updated_at, triggered_at, deleted_at,
        name, customer_id, email, phone, financial_status, fulfillment_status, currency,
        subtotal_price, total_discounts, total_tax, total_price, total_outstanding,
        current_subtotal_price, current_total_discounts, current_total_tax, current_total_price,
        presentment_currency, presentment_total, taxes_included, test, note, tags, source_name, location_id,
        created_at, processed_at, cancelled_at, cancel_reason, closed_at,
        presentment_subtotal, presentment_discounts, presentment_tax, presentment_current_total,
        total_shipping, presentment_shipping, total_duties, presentment_duties, total_additional_fees,
        presentment_additional_fees, total_tip, total_rounding, total_refund_rounding, duties_included,
        billing_name, billing_phone, shipping_name, shipping_phone, asked_at, total_refunded,
        presentment_refunded, total_received, presentment_outstanding, presentment_tip,
        refund_discrepancy
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
        closed_at = excluded.closed_at,
        presentment_subtotal = excluded.presentment_subtotal,
        presentment_discounts = excluded.presentment_discounts,
        presentment_tax = excluded.presentment_tax,
        presentment_current_total = excluded.presentment_current_total,
        total_shipping = excluded.total_shipping,
        presentment_shipping = excluded.presentment_shipping,
        total_duties = excluded.total_duties,
        presentment_duties = excluded.presentment_duties,
        total_additional_fees = excluded.total_additional_fees,
        presentment_additional_fees = excluded.presentment_additional_fees,
        total_tip = excluded.total_tip,
        total_rounding = excluded.total_rounding,
        total_refund_rounding = excluded.total_refund_rounding,
        duties_included = excluded.duties_included,
        billing_name = excluded.billing_name,
        billing_phone = excluded.billing_phone,
        shipping_name = excluded.shipping_name,
        shipping_phone = excluded.shipping_phone,
        asked_at = excluded.asked_at,
        total_refunded = excluded.total_refunded,
        presentment_refunded = excluded.presentment_refunded,
        total_received = excluded.total_received,
        presentment_outstanding = excluded.presentment_outstanding,
        presentment_tip = excluded.presentment_tip,
        refund_discrepancy = excluded.refund_discrepancy
    where (stored.updated_at, stored.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
       or connector.raised(stored.deleted_at, stored.triggered_at, excluded.deleted_at, excluded.triggered_at)
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
        requires_shipping = excluded.requires_shipping,
        presentment_price = excluded.presentment_price,
        presentment_discount = excluded.presentment_discount,
        presentment_tax = excluded.presentment_tax
)
select shop_id, id from written;
