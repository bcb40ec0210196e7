-- Orders in full depth: both currencies, what else a total is made of, who collects, what a return holds and what
-- of it went back on a shelf; and whether all of it adds up.

alter table connector.orders
    add column presentment_subtotal numeric,
    add column presentment_discounts numeric,
    add column presentment_tax numeric,
    add column presentment_current_total numeric,
    add column total_shipping numeric,
    add column presentment_shipping numeric,
    add column total_duties numeric,
    add column presentment_duties numeric,
    add column total_additional_fees numeric,
    add column presentment_additional_fees numeric,
    add column total_tip numeric,
    add column total_rounding numeric,
    add column total_refund_rounding numeric,
    add column duties_included boolean,
    add column billing_name text,
    add column billing_phone text,
    add column shipping_name text,
    add column shipping_phone text,
    -- What the Admin API alone tells. It is as of asked_at, and so of the row while that is its triggered_at.
    add column asked_at timestamptz,
    add column total_refunded numeric,
    add column presentment_refunded numeric,
    add column total_received numeric,
    add column presentment_outstanding numeric,
    add column presentment_tip numeric,
    add column refund_discrepancy numeric;

alter table connector.order_lines
    add column presentment_price numeric,
    add column presentment_discount numeric,
    add column presentment_tax numeric;

alter table connector.refunds add column shop_amount numeric, add column shop_currency text;

alter table connector.refund_lines
    add column presentment_subtotal numeric,
    add column presentment_tax numeric;

alter table connector.fulfillment_orders
    add column created_at timestamptz,
    add column collector_name text,
    add column collector_email text,
    add column collector_phone text;

create function connector.holds_units(lines jsonb) returns boolean
    language sql immutable
    return exists (
        select from jsonb_array_elements(case when jsonb_typeof(lines) = 'array' then lines else '[]' end) as entry
        where (entry ->> 'quantity')::bigint > 0
    );
comment on function connector.holds_units is 'Whether any line of a fulfillment order has units.';

-- A split, hold, move or cancel opens a fulfillment order and ends the one before, which then is CLOSED without a
-- unit, as one is whose units were refunded; one whose goods came back before they left has units and no pickup.
create function connector.void(status text, lines jsonb, picked_up_at timestamptz) returns boolean
    language sql immutable
    return status = 'CANCELLED'
        or status = 'CLOSED' and (picked_up_at is null or not connector.holds_units(lines));
comment on function connector.void is 'Whether a fulfillment order ended without anything being handed over.';

create or replace view pos.orders as
select
    shop.domain as shop, orders.id as order_id, orders.name,
    case
        when merge.merged_into is null then orders.customer_id
        else connector.surviving_customer(orders.shop_id, merge.merged_into)
    end as customer_id,
    orders.email, orders.phone, orders.financial_status, orders.fulfillment_status, orders.currency,
    orders.subtotal_price as subtotal, orders.total_discounts, orders.total_tax, orders.total_price as total,
    coalesce(refunded.amount, 0) as total_refunded, greatest(orders.total_outstanding, 0) as outstanding,
    orders.presentment_currency, orders.presentment_total, pickup.is_pickup, orders.test, orders.note,
    coalesce(string_to_array(nullif(orders.tags, ''), ', '), '{}') as tags, orders.source_name as source,
    orders.created_at, orders.cancelled_at, orders.cancel_reason, orders.closed_at, orders.updated_at,
    orders.current_subtotal_price as current_subtotal, orders.current_total_discounts, orders.current_total_tax,
    orders.current_total_price as current_total, orders.taxes_included, orders.location_id, orders.processed_at,
    greatest(-orders.total_outstanding, 0) as overpaid,
    orders.presentment_subtotal, orders.presentment_discounts, orders.presentment_tax,
    orders.presentment_current_total,
    case
        when orders.presentment_currency = orders.currency then greatest(orders.total_outstanding, 0)
        when orders.asked_at = orders.triggered_at then greatest(orders.presentment_outstanding, 0)
    end as presentment_outstanding,
    orders.total_shipping, orders.total_duties, orders.total_additional_fees, orders.total_tip,
    orders.total_rounding, orders.total_refund_rounding,
    refunded.presentment_amount as presentment_refunded,
    case when orders.asked_at = orders.triggered_at then orders.total_refunded end as shopify_refunded,
    case when orders.asked_at = orders.triggered_at then orders.total_received end as total_received
from connector.orders as orders
join connector.shops as shop using (shop_id)
left join connector.customer_merges as merge
    on merge.shop_id = orders.shop_id and merge.customer_id = orders.customer_id
left join lateral (
    select
        -- Where only a webhook told it: at the order's own rate, the one by which the customer paid.
        sum(coalesce(refund.shop_amount, case
            when refund.currency = orders.presentment_currency and orders.presentment_currency <> orders.currency
                -- The Admin API leaves out zeros at an amount's end: only a whole amount tells of a currency without cents.
                then round(
                    refund.amount * orders.total_price / nullif(orders.presentment_total, 0),
                    case
                        when scale(orders.total_price) = 0 then 0
                        else greatest(scale(orders.total_price), 2)
                    end
                )
            else refund.amount
        end)) as amount,
        coalesce(sum(refund.amount), 0) as presentment_amount
    from connector.refunds as refund
    where refund.shop_id = orders.shop_id and refund.order_id = orders.id
) as refunded on true
left join lateral (
    select bool_or(fulfillment_order.delivery_method = 'PICK_UP') as is_pickup
    from connector.fulfillment_orders as fulfillment_order
    where fulfillment_order.shop_id = orders.shop_id and fulfillment_order.order_id = orders.id
      and fulfillment_order.deleted_at is null
) as pickup on true
where orders.deleted_at is null;
comment on column pos.orders.outstanding is 'What is still to be paid; never below 0, see overpaid.';
comment on column pos.orders.currency is 'The shop''s currency, in which all amounts but those named presentment_ are.';
comment on column pos.orders.subtotal is 'Goods less discounts: as ordered, with what edits added, before removals and refunds.';
comment on column pos.orders.total is 'The total: as ordered, with what edits added, before removals and refunds.';
comment on column pos.orders.overpaid is 'What the customer has coming: paid beyond what the order is worth now.';
comment on column pos.orders.presentment_subtotal is 'The subtotal in the currency the customer saw.';
comment on column pos.orders.presentment_discounts is 'All discounts in that currency.';
comment on column pos.orders.presentment_tax is 'The taxes in that currency.';
comment on column pos.orders.presentment_current_total is 'The total after edits, refunds and returns, in that currency.';
comment on column pos.orders.presentment_outstanding is 'What is still to be paid in that currency; null for another currency than the shop''s until read from the Admin API.';
comment on column pos.orders.total_shipping is 'Shipping before its own discounts, as ordered.';
comment on column pos.orders.total_duties is 'Duties, as ordered; null where there are none.';
comment on column pos.orders.total_additional_fees is 'Additional fees, as ordered; null where there are none.';
comment on column pos.orders.total_tip is 'Tips.';
comment on column pos.orders.total_rounding is 'What was added to payments, or with a minus left off, to round cash; no part of the total.';
comment on column pos.orders.total_refund_rounding is 'The same of what was paid back in cash.';
comment on column pos.orders.presentment_refunded is 'What was paid back, in the currency the customer saw.';
comment on column pos.orders.shopify_refunded is 'What Shopify itself says was paid back; null unless the order was read from the Admin API since it last changed.';
comment on column pos.orders.total_received is 'What Shopify says was paid, before refunds; null as shopify_refunded is.';

create or replace view pos.order_lines as
select
    shop.domain as shop, line.order_id, line.id as line_id, line.variant_id, line.product_id, line.sku, line.title,
    line.quantity, line.current_quantity, coalesce(fulfilled.quantity, 0) as fulfilled_quantity,
    coalesce(refunded.quantity, 0) as refunded_quantity,
    greatest(0, least(
        coalesce(fulfilled.quantity, 0) - coalesce(refunded.brought_back, 0),
        coalesce(line.current_quantity, line.quantity) - waiting.quantity
    ) - returned.held) as returnable_quantity,
    line.price, line.total_discount, line.total_tax, orders.currency, line.variant_title, line.gift_card,
    line.taxable, line.position,
    greatest(0, least(
        line.quantity - coalesce(refunded.quantity, 0),
        coalesce(line.current_quantity, line.quantity) + returned.unpaid
    )) as refundable_quantity,
    returned.held as returning_quantity, waiting.quantity as unfulfilled_quantity,
    line.presentment_price, line.presentment_discount, line.presentment_tax, orders.presentment_currency
from connector.order_lines as line
join connector.orders as orders on orders.shop_id = line.shop_id and orders.id = line.order_id
join connector.shops as shop on shop.shop_id = line.shop_id
left join lateral (
    select sum(held.quantity)::bigint as quantity
    from connector.fulfillment_lines as held
    join connector.fulfillments as fulfillment
        on fulfillment.shop_id = held.shop_id and fulfillment.id = held.fulfillment_id
    where held.shop_id = line.shop_id and held.line_item_id = line.id
      and fulfillment.status not in ('cancelled', 'error', 'failure')
) as fulfilled on true
left join lateral (
    select
        sum(refund_line.quantity)::bigint as quantity,
        sum(refund_line.quantity) filter (where refund_line.restock_type = 'return')::bigint as brought_back
    from connector.refund_lines as refund_line
    where refund_line.shop_id = line.shop_id and refund_line.line_item_id = line.id
) as refunded on true
cross join lateral (
    -- A line on hold is told as having nothing to fulfill, while its fulfillment order still has it.
    select greatest(coalesce(line.fulfillable_quantity, 0), coalesce(sum((entry ->> 'remaining')::bigint), 0)::bigint)
        as quantity
    from connector.fulfillment_orders as fulfillment_order
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(fulfillment_order.lines) = 'array' then fulfillment_order.lines else '[]' end
    ) as entry
    where fulfillment_order.shop_id = line.shop_id and fulfillment_order.order_id = line.order_id
      and fulfillment_order.deleted_at is null and fulfillment_order.status not in ('CLOSED', 'CANCELLED')
      and (entry ->> 'line_id')::bigint = line.id
) as waiting
cross join lateral (
    -- current_quantity falls when a return is processed or refunded, no more when it is opened (Shopify's changelog on
    -- return processing, 2025-07): until then its units are held, and cannot be returned a second time (recorded).
    select
        coalesce(sum(greatest(0, told.quantity - greatest(told.processed, told.refunded))), 0)::bigint as held,
        coalesce(sum(greatest(0, told.processed - told.refunded)), 0)::bigint as unpaid
    from connector.returns as returned
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(returned.lines) = 'array' then returned.lines else '[]' end
    ) as entry
    cross join lateral (
        select coalesce((entry ->> 'quantity')::bigint, 0), coalesce((entry ->> 'processed_quantity')::bigint, 0),
            coalesce((entry ->> 'refunded_quantity')::bigint, 0)
    ) as told (quantity, processed, refunded)
    where returned.shop_id = line.shop_id and returned.order_id = line.order_id and returned.deleted_at is null
      and returned.status not in ('declined', 'canceled') and (entry ->> 'line_id')::bigint = line.id
) as returned
where orders.deleted_at is null;
comment on column pos.order_lines.quantity is 'How many were ordered, or added by an edit.';
comment on column pos.order_lines.refunded_quantity is 'How many were refunded, or removed by an edit.';
comment on column pos.order_lines.returnable_quantity is 'How many the customer holds and may bring back: those of requested and open returns are not among them.';
comment on column pos.order_lines.refundable_quantity is 'For how many money may still be given back, returned or not.';
comment on column pos.order_lines.returning_quantity is 'How many stand in returns and were neither processed nor refunded; 0 until returns were read.';
comment on column pos.order_lines.unfulfilled_quantity is 'How many are still to be handed over, on hold or not.';
comment on column pos.order_lines.presentment_price is 'The price of one, in the currency the customer saw.';
comment on column pos.order_lines.presentment_discount is 'The discounts on the whole line in that currency.';
comment on column pos.order_lines.presentment_tax is 'The taxes on the whole line in that currency.';
comment on column pos.order_lines.presentment_currency is 'The currency the customer saw.';

create or replace view pos.pickups as
select
    shop.domain as shop, fulfillment_order.id as fulfillment_order_id, fulfillment_order.order_id,
    orders.name as order_name, fulfillment_order.location_id,
    case
        when ended.void or fulfillment_order.status <> 'CLOSED' and orders.cancelled_at is not null then 'cancelled'
        when fulfillment_order.status = 'CLOSED' then 'picked_up'
        when fulfillment_order.ready_at is not null or fulfillment_order.status = 'IN_PROGRESS' then 'ready'
        else 'open'
    end as status,
    nullif(concat_ws(' ', customer.first_name, customer.last_name), '') as customer_name,
    fulfillment_order.ready_at,
    case when fulfillment_order.status = 'CLOSED' then fulfillment_order.picked_up_at end as picked_up_at,
    fulfillment_order.lines,
    coalesce(
        nullif(fulfillment_order.collector_name, ''), nullif(orders.billing_name, ''),
        nullif(orders.shipping_name, ''), nullif(concat_ws(' ', customer.first_name, customer.last_name), '')
    ) as collector_name,
    coalesce(
        nullif(fulfillment_order.collector_email, ''), nullif(orders.email, ''), nullif(customer.email, '')
    ) as collector_email,
    coalesce(
        nullif(fulfillment_order.collector_phone, ''), nullif(orders.phone, ''), nullif(orders.billing_phone, ''),
        nullif(orders.shipping_phone, ''), nullif(customer.phone, '')
    ) as collector_phone,
    (
        select min(sibling.created_at)
        from connector.fulfillment_orders as sibling
        where sibling.shop_id = fulfillment_order.shop_id and sibling.order_id = fulfillment_order.order_id
          and sibling.delivery_method = 'PICK_UP' and sibling.deleted_at is null
    ) as waiting_since,
    fulfillment_order.status in ('ON_HOLD', 'SCHEDULED') as on_hold,
    fulfillment_order.updated_at
from connector.fulfillment_orders as fulfillment_order
join connector.shops as shop on shop.shop_id = fulfillment_order.shop_id
cross join lateral (
    select connector.void(fulfillment_order.status, fulfillment_order.lines, fulfillment_order.picked_up_at) as void
) as ended
left join connector.orders as orders
    on orders.shop_id = fulfillment_order.shop_id and orders.id = fulfillment_order.order_id
left join connector.customers as customer
    on customer.shop_id = orders.shop_id
    and customer.id = connector.surviving_customer(orders.shop_id, orders.customer_id)
where fulfillment_order.delivery_method = 'PICK_UP'
  and fulfillment_order.deleted_at is null and orders.deleted_at is null
  -- One that another took the place of is no more to be seen; of an order of which nothing is left, the last one is.
  and not (ended.void and exists (
      select from connector.fulfillment_orders as sibling
      where sibling.shop_id = fulfillment_order.shop_id and sibling.order_id = fulfillment_order.order_id
        and sibling.delivery_method = 'PICK_UP' and sibling.deleted_at is null
        and sibling.id <> fulfillment_order.id
        and (
            not connector.void(sibling.status, sibling.lines, sibling.picked_up_at)
            or (sibling.updated_at, sibling.id) > (fulfillment_order.updated_at, fulfillment_order.id)
        )
  ));
comment on view pos.pickups is 'One row per fulfillment order that is to be collected, or was; those that others took the place of are left out. Filled from the Admin API, not by webhooks.';
comment on column pos.pickups.status is 'open, ready, picked_up or cancelled; open too while it is on hold.';
comment on column pos.pickups.customer_name is 'The customer''s name; see collector_name for guests too.';
comment on column pos.pickups.ready_at is 'Since when it is ready; null again where it went back to open.';
comment on column pos.pickups.picked_up_at is 'When it was handed over.';
comment on column pos.pickups.collector_name is 'Who collects: as told for the pickup, else the name on the order''s addresses, else the customer''s.';
comment on column pos.pickups.collector_email is 'The e-mail address of who collects, else of the order, else of the customer.';
comment on column pos.pickups.collector_phone is 'The telephone number of who collects, else of the order and its addresses, else of the customer.';
comment on column pos.pickups.waiting_since is 'Since when the order has something to collect, whatever took the place of what since.';
comment on column pos.pickups.on_hold is 'Whether it may not be prepared or handed over now: held, or scheduled for later.';
comment on column pos.pickups.updated_at is 'When Shopify last changed it, to the second.';

comment on column pos.returns.lines is 'What comes back: line_id, quantity, processed_quantity, refunded_quantity, restocked_quantity of each, and restocked: location_id and quantity of what went back on a shelf there. The last two are null until the return''s dispositions were read.';

create or replace view pos.refunds as
select
    shop.domain as shop, refund.id as refund_id, refund.order_id, tied.return_id, refund.amount,
    coalesce(refund.currency, orders.currency) as currency,
    coalesce(lines.restocked, false) as restocked, coalesce(lines.lines, '[]') as lines, refund.note, refund.created_at,
    refund.processed_at,
    refund.shop_amount, coalesce(refund.shop_currency, orders.currency) as shop_currency
from connector.refunds as refund
join connector.shops as shop on shop.shop_id = refund.shop_id
left join connector.orders as orders on orders.shop_id = refund.shop_id and orders.id = refund.order_id
left join connector.refund_returns as tied on tied.shop_id = refund.shop_id and tied.refund_id = refund.id
left join lateral (
    select
        bool_or(line.restock_type in ('return', 'cancel', 'legacy_restock')) as restocked,
        jsonb_agg(jsonb_build_object(
            'line_id', line.line_item_id, 'quantity', line.quantity, 'restock_type', line.restock_type,
            'location_id', line.location_id, 'subtotal', line.subtotal, 'total_tax', line.total_tax,
            'presentment_subtotal', line.presentment_subtotal, 'presentment_tax', line.presentment_tax
        ) order by line.line_item_id, line.id) as lines
    from connector.refund_lines as line
    where line.shop_id = refund.shop_id and line.refund_id = refund.id
) as lines on true
where orders.deleted_at is null;
comment on column pos.refunds.restocked is 'Whether any of it went back into stock by the refund itself; what a return put back stands in pos.returns alone.';
comment on column pos.refunds.lines is 'What was refunded: line_id, quantity, restock_type, location_id, subtotal, total_tax and the last two in the customer''s currency, of each.';
comment on column pos.refunds.shop_amount is 'What was paid back, in the shop''s currency; null for another currency until read from the Admin API.';
comment on column pos.refunds.shop_currency is 'The shop''s currency.';

-- Shopify reckons in the currency the customer saw and converts amount by amount: in that one all adds up to the cent.
-- What was read before this migration lacks the parts, and proves nothing until it is read anew.
create view connector.order_proofs as
select orders.shop_id, orders.id as order_id, proof.figure, proof.reckoned, proof.told
from connector.orders as orders
cross join lateral (
    select
        count(*) as count, sum(line.presentment_price * line.quantity - line.presentment_discount) as net,
        sum(line.presentment_discount) as discounts, sum(line.presentment_tax) as tax,
        bool_and(line.presentment_price is not null) as known,
        bool_and(line.quantity - coalesce(gone.quantity, 0) = line.current_quantity and gone.known is not false)
            as explained,
        min(line.current_quantity) as least, max(line.current_quantity - line.quantity) as most,
        sum(gone.subtotal) as gone
    from connector.order_lines as line
    left join lateral (
        select sum(refund_line.quantity)::bigint as quantity, sum(refund_line.presentment_subtotal) as subtotal,
            bool_and(refund_line.presentment_subtotal is not null) as known
        from connector.refund_lines as refund_line
        where refund_line.shop_id = line.shop_id and refund_line.line_item_id = line.id
    ) as gone on true
    where line.shop_id = orders.shop_id and line.order_id = orders.id
) as lines
cross join lateral (
    select
        coalesce(sum(refund.amount), 0) as amount,
        case when bool_and(refund.shop_amount is not null) is not false then coalesce(sum(refund.shop_amount), 0) end
            as shop_amount
    from connector.refunds as refund
    where refund.shop_id = orders.shop_id and refund.order_id = orders.id
) as refunded
cross join lateral (
    select
        case
            when orders.total_tip = 0 or orders.presentment_currency = orders.currency then orders.total_tip
            when orders.asked_at = orders.triggered_at then orders.presentment_tip
        end as tip,
        -- What lines do not have of the discounts came off shipping.
        greatest(0, orders.presentment_discounts - coalesce(lines.discounts, 0)) as off_shipping,
        orders.presentment_subtotal + orders.presentment_shipping
            + case when orders.taxes_included then 0 else orders.presentment_tax end
            + case when orders.duties_included then 0 else coalesce(orders.presentment_duties, 0) end
            + coalesce(orders.presentment_additional_fees, 0) as sum,
        case when orders.asked_at = orders.triggered_at then orders.total_refunded end as refunded,
        case when orders.asked_at = orders.triggered_at
            and (orders.presentment_currency = orders.currency or orders.total_received = 0)
            then orders.current_total_price - (orders.total_received - orders.total_refunded) end as owed
) as parts
cross join lateral (
    -- A tip is a line too, though no part of the subtotal.
    select lines.net - case
        when abs(lines.net - parts.tip - orders.presentment_subtotal) < abs(lines.net - orders.presentment_subtotal)
            then parts.tip else 0
    end as net
) as goods
cross join lateral (
    values
        ('subtotal', goods.net, orders.presentment_subtotal, lines.net - orders.presentment_subtotal in (0, parts.tip)),
        ('current_subtotal', goods.net - coalesce(lines.gone, 0), orders.current_subtotal_price,
            lines.net - coalesce(lines.gone, 0) - orders.current_subtotal_price in (0, parts.tip)
            or not lines.explained or orders.presentment_currency <> orders.currency),
        ('total_discounts', lines.discounts, orders.presentment_discounts,
            lines.discounts <= orders.presentment_discounts),
        ('total_tax', lines.tax, orders.presentment_tax, lines.tax <= orders.presentment_tax),
        -- Shopify's documents differ on whether the shipping told is before its own discounts or after them.
        ('total', parts.sum + parts.tip - parts.off_shipping, orders.presentment_total,
            orders.presentment_total - parts.sum
                in (parts.tip, parts.tip - parts.off_shipping, 0, -parts.off_shipping)),
        ('total_refunded', refunded.shop_amount, parts.refunded, refunded.shop_amount = parts.refunded),
        -- Cash is rounded, and a refund may be of more or less than what came back.
        ('outstanding', parts.owed, orders.total_outstanding,
            orders.total_outstanding - parts.owed in (
                0, orders.total_rounding, -orders.total_rounding,
                orders.refund_discrepancy, -orders.refund_discrepancy
            )),
        ('current_quantity', lines.least::numeric, 0, lines.least >= 0 and lines.most <= 0)
) as proof (figure, reckoned, told, holds)
where orders.deleted_at is null and lines.count > 0 and lines.known and not proof.holds;
comment on view connector.order_proofs is
    'Orders of which a figure does not add up from its parts: what it should be, and what Shopify says.';

alter table connector.reconcile_runs add column unproven bigint not null default 0;
alter table connector.drift drop constraint drift_difference_check;
alter table connector.drift
    add constraint drift_difference_check check (difference in ('missing', 'stale', 'extra', 'unproven'));
comment on column connector.drift.difference is
    'missing, stale or extra, and mended; or unproven: read anew, and what Shopify says of it still does not add up.';
