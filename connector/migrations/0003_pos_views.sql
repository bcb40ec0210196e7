-- The POS's contract. Names and meanings stay; new columns may be added at the end.
-- Every view carries the shop, hides tombstones, and gives ids as Shopify's numbers, times with zone,
-- money as numeric with its currency beside it.

create schema pos;
comment on schema pos is 'What the shop has in Shopify, for the point of sale: read from here, nothing else.';

create function connector.surviving_customer(shop integer, customer bigint) returns bigint
    language sql stable
    return (
        with recursive step (id, depth) as (
            select customer, 0
            union all
            select merge.merged_into, step.depth + 1
            from step
            join connector.customer_merges as merge on merge.shop_id = shop and merge.customer_id = step.id
            where step.depth < 32
        )
        select id from step order by depth desc limit 1
    );
comment on function connector.surviving_customer is
    'Who a customer is after every merge; a customer that was never merged is itself.';

create function connector.grams(weight numeric, unit text) returns numeric
    language sql immutable
    return round(weight * case lower(unit)
        when 'g' then 1 when 'grams' then 1
        when 'kg' then 1000 when 'kilograms' then 1000
        when 'lb' then 453.59237 when 'pounds' then 453.59237
        when 'oz' then 28.349523125 when 'ounces' then 28.349523125
    end, 3);
comment on function connector.grams is 'A weight in Shopify''s units as grams; null for a unit not known.';

create view pos.products as
select
    shop.domain as shop, product.id as product_id, product.title, product.handle, product.vendor,
    product.product_type, product.status, coalesce(string_to_array(nullif(product.tags, ''), ', '), '{}') as tags,
    product.created_at, product.published_at, product.updated_at
from connector.products as product
join connector.shops as shop using (shop_id)
where product.deleted_at is null;
comment on view pos.products is 'One row per product of the shop.';
comment on column pos.products.shop is 'The shop''s myshopify domain.';
comment on column pos.products.product_id is 'Shopify''s number of the product.';
comment on column pos.products.title is 'What the product is called.';
comment on column pos.products.handle is 'The product''s name in web addresses, unique in the shop.';
comment on column pos.products.vendor is 'Who makes or supplies it.';
comment on column pos.products.product_type is 'The merchant''s own category.';
comment on column pos.products.status is 'active, archived, draft or unlisted.';
comment on column pos.products.tags is 'The merchant''s tags, in Shopify''s order.';
comment on column pos.products.created_at is 'When the product was made in Shopify.';
comment on column pos.products.published_at is 'When it was published to the online store; null while it is not.';
comment on column pos.products.updated_at is 'When Shopify last changed it, to the second.';

create view pos.variants as
select
    shop.domain as shop, variant.id as variant_id, variant.product_id, variant.title, variant.sku, variant.barcode,
    variant.price, variant.compare_at_price, shop.currency, variant.position,
    variant.option1, variant.option2, variant.option3, variant.inventory_item_id, item.tracked, variant.taxable,
    coalesce(connector.grams(item.weight_value, item.weight_unit), variant.grams) as weight_grams,
    variant.image_url, variant.inventory_policy, product.updated_at
from connector.variants as variant
join connector.products as product on product.shop_id = variant.shop_id and product.id = variant.product_id
join connector.shops as shop on shop.shop_id = variant.shop_id
left join connector.inventory_items as item
    on item.shop_id = variant.shop_id and item.id = variant.inventory_item_id and item.deleted_at is null
where product.deleted_at is null;
comment on view pos.variants is 'One row per variant: what is scanned and sold.';
comment on column pos.variants.shop is 'The shop''s myshopify domain.';
comment on column pos.variants.variant_id is 'Shopify''s number of the variant.';
comment on column pos.variants.product_id is 'The product it belongs to.';
comment on column pos.variants.title is 'The options in one line, or Default Title where there are none.';
comment on column pos.variants.sku is 'The merchant''s article number, as entered.';
comment on column pos.variants.barcode is 'EAN, UPC, ISBN or the like, as entered.';
comment on column pos.variants.price is 'What it costs, in currency.';
comment on column pos.variants.compare_at_price is 'The price before a reduction, if any.';
comment on column pos.variants.currency is 'The shop''s currency, ISO 4217; null until the shop has told it.';
comment on column pos.variants.position is 'Its place among the product''s variants, from 1.';
comment on column pos.variants.option1 is 'The first option''s value.';
comment on column pos.variants.option2 is 'The second option''s value.';
comment on column pos.variants.option3 is 'The third option''s value.';
comment on column pos.variants.inventory_item_id is 'What is stocked; the key into pos.inventory.';
comment on column pos.variants.tracked is 'Whether Shopify counts its stock; null until the inventory item has been told.';
comment on column pos.variants.taxable is 'Whether tax is charged on it.';
comment on column pos.variants.weight_grams is 'Its weight in grams.';
comment on column pos.variants.image_url is 'Its own picture, else the product''s first.';
comment on column pos.variants.inventory_policy is 'deny, or continue where it may be sold below zero.';
comment on column pos.variants.updated_at is 'When Shopify last changed its product, to the second.';

create view pos.collections as
select
    shop.domain as shop, collection.id as collection_id, collection.title, collection.handle, collection.kind,
    collection.sort_order, collection.published_at, collection.updated_at
from connector.collections as collection
join connector.shops as shop using (shop_id)
where collection.deleted_at is null;
comment on view pos.collections is 'One row per collection.';
comment on column pos.collections.shop is 'The shop''s myshopify domain.';
comment on column pos.collections.collection_id is 'Shopify''s number of the collection.';
comment on column pos.collections.title is 'What it is called.';
comment on column pos.collections.handle is 'Its name in web addresses.';
comment on column pos.collections.kind is 'manual or smart; null while the source has not told.';
comment on column pos.collections.sort_order is 'How its products are ordered.';
comment on column pos.collections.published_at is 'When it was published; null while it is not.';
comment on column pos.collections.updated_at is 'When Shopify last changed it, to the second.';

create view pos.collection_products as
select
    shop.domain as shop, membership.collection_id, membership.product_id, membership.position
from connector.collection_products as membership
join connector.shops as shop using (shop_id)
join connector.collections as collection
    on collection.shop_id = membership.shop_id and collection.id = membership.collection_id
where collection.deleted_at is null;
comment on view pos.collection_products is 'One row per product in a collection. No webhook tells it: filled by import and reconcile.';
comment on column pos.collection_products.shop is 'The shop''s myshopify domain.';
comment on column pos.collection_products.collection_id is 'The collection.';
comment on column pos.collection_products.product_id is 'A product in it.';
comment on column pos.collection_products.position is 'The product''s place in the collection, where it is ordered by hand.';

create view pos.locations as
select
    shop.domain as shop, location.id as location_id, location.name, location.active, location.address1,
    location.address2, location.city, location.zip, location.province, location.country_code, location.phone,
    location.updated_at
from connector.locations as location
join connector.shops as shop using (shop_id)
where location.deleted_at is null;
comment on view pos.locations is 'One row per location.';
comment on column pos.locations.shop is 'The shop''s myshopify domain.';
comment on column pos.locations.location_id is 'Shopify''s number of the location.';
comment on column pos.locations.name is 'What it is called.';
comment on column pos.locations.active is 'Whether it stocks and sells.';
comment on column pos.locations.address1 is 'Street and number.';
comment on column pos.locations.address2 is 'The address''s second line.';
comment on column pos.locations.city is 'The city.';
comment on column pos.locations.zip is 'The postal code.';
comment on column pos.locations.province is 'The province or state.';
comment on column pos.locations.country_code is 'The country, ISO 3166 alpha-2.';
comment on column pos.locations.phone is 'The telephone number, as entered.';
comment on column pos.locations.updated_at is 'When Shopify last changed it, to the second.';

create view pos.inventory as
select
    shop.domain as shop, level.inventory_item_id, level.location_id, level.available, level.on_hand,
    level.committed, level.updated_at
from connector.inventory_levels as level
join connector.shops as shop using (shop_id)
where level.deleted_at is null;
comment on view pos.inventory is 'One row per inventory item stocked at a location.';
comment on column pos.inventory.shop is 'The shop''s myshopify domain.';
comment on column pos.inventory.inventory_item_id is 'What is stocked; pos.variants carries the same number.';
comment on column pos.inventory.location_id is 'Where.';
comment on column pos.inventory.available is 'How many can be sold; null where stock is not tracked.';
comment on column pos.inventory.on_hand is 'How many are there; null until read from the Admin API.';
comment on column pos.inventory.committed is 'How many are promised to orders; null until read from the Admin API.';
comment on column pos.inventory.updated_at is 'When Shopify last changed it, to the second.';

create view pos.orders as
select
    shop.domain as shop, orders.id as order_id, orders.name,
    case
        when merge.merged_into is null then orders.customer_id
        else connector.surviving_customer(orders.shop_id, merge.merged_into)
    end as customer_id,
    orders.email, orders.phone, orders.financial_status, orders.fulfillment_status, orders.currency,
    orders.subtotal_price as subtotal, orders.total_discounts, orders.total_tax, orders.total_price as total,
    coalesce(refunded.amount, 0) as total_refunded, orders.total_outstanding as outstanding,
    orders.presentment_currency, orders.presentment_total, pickup.is_pickup, orders.test, orders.note,
    coalesce(string_to_array(nullif(orders.tags, ''), ', '), '{}') as tags, orders.source_name as source,
    orders.created_at, orders.cancelled_at, orders.cancel_reason, orders.closed_at, orders.updated_at,
    orders.current_subtotal_price as current_subtotal, orders.current_total_discounts, orders.current_total_tax,
    orders.current_total_price as current_total, orders.taxes_included, orders.location_id, orders.processed_at
from connector.orders as orders
join connector.shops as shop using (shop_id)
left join connector.customer_merges as merge
    on merge.shop_id = orders.shop_id and merge.customer_id = orders.customer_id
left join lateral (
    -- At the order's own rate: the one by which the customer paid.
    select sum(case
        when refund.currency = orders.presentment_currency and orders.presentment_currency <> orders.currency
            -- The Admin API leaves out zeros at an amount's end: only a whole amount tells of a currency without cents.
            then round(
                refund.amount * orders.total_price / nullif(orders.presentment_total, 0),
                case when scale(orders.total_price) = 0 then 0 else greatest(scale(orders.total_price), 2) end
            )
        else refund.amount
    end) as amount
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
comment on view pos.orders is 'One row per order, of the web shop and of tills alike.';
comment on column pos.orders.shop is 'The shop''s myshopify domain.';
comment on column pos.orders.order_id is 'Shopify''s number of the order.';
comment on column pos.orders.name is 'What people call it, such as #1001.';
comment on column pos.orders.customer_id is 'Who bought, after merges; null for a guest.';
comment on column pos.orders.email is 'The buyer''s e-mail address.';
comment on column pos.orders.phone is 'The buyer''s telephone number.';
comment on column pos.orders.financial_status is 'pending, authorized, partially_paid, paid, partially_refunded, refunded or voided.';
comment on column pos.orders.fulfillment_status is 'fulfilled, partial or restocked; null while nothing was fulfilled.';
comment on column pos.orders.currency is 'The shop''s currency, in which all amounts but presentment_total are.';
comment on column pos.orders.subtotal is 'Goods less discounts, as ordered (Shopify''s subtotal_price).';
comment on column pos.orders.total_discounts is 'All discounts, as ordered.';
comment on column pos.orders.total_tax is 'All taxes, as ordered.';
comment on column pos.orders.total is 'Goods, shipping and taxes less discounts, as ordered (Shopify''s total_price).';
comment on column pos.orders.total_refunded is 'What was paid back so far.';
comment on column pos.orders.outstanding is 'What is still to be paid (Shopify''s total_outstanding).';
comment on column pos.orders.presentment_currency is 'The currency the customer saw.';
comment on column pos.orders.presentment_total is 'The total in that currency, as ordered.';
comment on column pos.orders.is_pickup is 'Whether something is to be collected in a store; null until its fulfillment orders were read.';
comment on column pos.orders.test is 'Whether it is a test order.';
comment on column pos.orders.note is 'The note on the order.';
comment on column pos.orders.tags is 'The merchant''s tags, in Shopify''s order.';
comment on column pos.orders.source is 'Where it came from: web, pos, shopify_draft_order, or an app''s name.';
comment on column pos.orders.created_at is 'When it was made.';
comment on column pos.orders.cancelled_at is 'When it was cancelled, if so.';
comment on column pos.orders.cancel_reason is 'Why: customer, fraud, inventory, declined, staff or other.';
comment on column pos.orders.closed_at is 'When it was archived, if so.';
comment on column pos.orders.updated_at is 'When Shopify last changed it, to the second.';
comment on column pos.orders.current_subtotal is 'The subtotal after edits, refunds and returns.';
comment on column pos.orders.current_total_discounts is 'The discounts after edits, refunds and returns.';
comment on column pos.orders.current_total_tax is 'The taxes after edits, refunds and returns.';
comment on column pos.orders.current_total is 'The total after edits, refunds and returns.';
comment on column pos.orders.taxes_included is 'Whether prices include tax.';
comment on column pos.orders.location_id is 'The location of a sale made at a till; null for the web.';
comment on column pos.orders.processed_at is 'When it was paid or imported; the date books go by.';

create view pos.order_lines as
select
    shop.domain as shop, line.order_id, line.id as line_id, line.variant_id, line.product_id, line.sku, line.title,
    line.quantity, line.current_quantity, coalesce(fulfilled.quantity, 0) as fulfilled_quantity,
    coalesce(refunded.quantity, 0) as refunded_quantity,
    greatest(0, least(
        coalesce(fulfilled.quantity, 0),
        coalesce(line.current_quantity, line.quantity) - coalesce(line.fulfillable_quantity, 0)
    )) as returnable_quantity,
    line.price, line.total_discount, line.total_tax, orders.currency, line.variant_title, line.gift_card,
    line.taxable, line.position
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
    select sum(refund_line.quantity)::bigint as quantity
    from connector.refund_lines as refund_line
    where refund_line.shop_id = line.shop_id and refund_line.line_item_id = line.id
) as refunded on true
where orders.deleted_at is null;
comment on view pos.order_lines is 'One row per line of an order, removed lines included (their current_quantity is 0).';
comment on column pos.order_lines.shop is 'The shop''s myshopify domain.';
comment on column pos.order_lines.order_id is 'The order.';
comment on column pos.order_lines.line_id is 'Shopify''s number of the line item.';
comment on column pos.order_lines.variant_id is 'What was sold; null for tips, custom lines and variants that are gone.';
comment on column pos.order_lines.product_id is 'The product of that variant.';
comment on column pos.order_lines.sku is 'The article number at the time of sale.';
comment on column pos.order_lines.title is 'The product''s title at the time of sale.';
comment on column pos.order_lines.quantity is 'How many were ordered.';
comment on column pos.order_lines.current_quantity is 'How many are left after edits, refunds and returns.';
comment on column pos.order_lines.fulfilled_quantity is 'How many left a location, shipped or handed over.';
comment on column pos.order_lines.refunded_quantity is 'How many were refunded.';
comment on column pos.order_lines.returnable_quantity is 'How many the customer holds and may bring back.';
comment on column pos.order_lines.price is 'The price of one, in currency.';
comment on column pos.order_lines.total_discount is 'The discounts on the whole line, its share of order discounts included.';
comment on column pos.order_lines.total_tax is 'The taxes on the whole line.';
comment on column pos.order_lines.currency is 'The shop''s currency.';
comment on column pos.order_lines.variant_title is 'The variant''s options at the time of sale.';
comment on column pos.order_lines.gift_card is 'Whether it is a gift card.';
comment on column pos.order_lines.taxable is 'Whether tax was charged.';
comment on column pos.order_lines.position is 'Its place in the order, from 1.';

create view pos.pickups as
select
    shop.domain as shop, fulfillment_order.id as fulfillment_order_id, fulfillment_order.order_id,
    orders.name as order_name, fulfillment_order.location_id,
    case
        when fulfillment_order.status = 'CANCELLED' or orders.cancelled_at is not null then 'cancelled'
        when fulfillment_order.status = 'CLOSED' then 'picked_up'
        when fulfillment_order.ready_at is not null or fulfillment_order.status = 'IN_PROGRESS' then 'ready'
        else 'open'
    end as status,
    nullif(concat_ws(' ', customer.first_name, customer.last_name), '') as customer_name,
    fulfillment_order.ready_at, fulfillment_order.picked_up_at, fulfillment_order.lines
from connector.fulfillment_orders as fulfillment_order
join connector.shops as shop on shop.shop_id = fulfillment_order.shop_id
left join connector.orders as orders
    on orders.shop_id = fulfillment_order.shop_id and orders.id = fulfillment_order.order_id
left join connector.customers as customer
    on customer.shop_id = orders.shop_id
    and customer.id = connector.surviving_customer(orders.shop_id, orders.customer_id)
where fulfillment_order.delivery_method = 'PICK_UP'
  and fulfillment_order.deleted_at is null and orders.deleted_at is null;
comment on view pos.pickups is 'One row per fulfillment order that is to be collected. Filled from the Admin API, not by webhooks.';
comment on column pos.pickups.shop is 'The shop''s myshopify domain.';
comment on column pos.pickups.fulfillment_order_id is 'Shopify''s number now; it changes on split, hold, move and cancel.';
comment on column pos.pickups.order_id is 'The order.';
comment on column pos.pickups.order_name is 'What people call it, such as #1001.';
comment on column pos.pickups.location_id is 'Where it waits.';
comment on column pos.pickups.status is 'open, ready, picked_up or cancelled.';
comment on column pos.pickups.customer_name is 'Who collects.';
comment on column pos.pickups.ready_at is 'Since when it is ready.';
comment on column pos.pickups.picked_up_at is 'When it was handed over.';
comment on column pos.pickups.lines is 'What it holds: line_id and quantity of each.';

create view pos.returns as
select
    shop.domain as shop, returned.id as return_id, returned.order_id, returned.name, returned.status, returned.lines,
    returned.updated_at
from connector.returns as returned
join connector.shops as shop using (shop_id)
where returned.deleted_at is null;
comment on view pos.returns is 'One row per return. Filled from the Admin API, not by webhooks.';
comment on column pos.returns.shop is 'The shop''s myshopify domain.';
comment on column pos.returns.return_id is 'Shopify''s number of the return.';
comment on column pos.returns.order_id is 'The order.';
comment on column pos.returns.name is 'What people call it, such as #1001-R1.';
comment on column pos.returns.status is 'requested, open, closed, declined or canceled.';
comment on column pos.returns.lines is 'What comes back: line_id and quantity of each.';
comment on column pos.returns.updated_at is 'When it last changed.';

create view pos.refunds as
select
    shop.domain as shop, refund.id as refund_id, refund.order_id, tied.return_id, refund.amount,
    coalesce(refund.currency, orders.currency) as currency,
    coalesce(lines.restocked, false) as restocked, coalesce(lines.lines, '[]') as lines, refund.note, refund.created_at,
    refund.processed_at
from connector.refunds as refund
join connector.shops as shop on shop.shop_id = refund.shop_id
left join connector.orders as orders on orders.shop_id = refund.shop_id and orders.id = refund.order_id
left join connector.refund_returns as tied on tied.shop_id = refund.shop_id and tied.refund_id = refund.id
left join lateral (
    select
        bool_or(line.restock_type in ('return', 'cancel', 'legacy_restock')) as restocked,
        jsonb_agg(jsonb_build_object(
            'line_id', line.line_item_id, 'quantity', line.quantity, 'restock_type', line.restock_type,
            'location_id', line.location_id, 'subtotal', line.subtotal, 'total_tax', line.total_tax
        ) order by line.line_item_id, line.id) as lines
    from connector.refund_lines as line
    where line.shop_id = refund.shop_id and line.refund_id = refund.id
) as lines on true
where orders.deleted_at is null;
comment on view pos.refunds is 'One row per refund.';
comment on column pos.refunds.shop is 'The shop''s myshopify domain.';
comment on column pos.refunds.refund_id is 'Shopify''s number of the refund.';
comment on column pos.refunds.order_id is 'The order; its row may come later than the refund''s.';
comment on column pos.refunds.return_id is 'The return it belongs to, if any.';
comment on column pos.refunds.amount is 'What was paid back, in currency.';
comment on column pos.refunds.currency is 'The currency it was paid back in.';
comment on column pos.refunds.restocked is 'Whether any of it went back into stock with the refund.';
comment on column pos.refunds.lines is 'What was refunded: line_id, quantity, restock_type, location_id, subtotal and total_tax of each.';
comment on column pos.refunds.note is 'Why.';
comment on column pos.refunds.created_at is 'When it was made.';
comment on column pos.refunds.processed_at is 'The date books go by.';

create view pos.customers as
select
    shop.domain as shop, customer.id as customer_id, customer.first_name, customer.last_name, customer.email,
    customer.phone, customer.state, tags.tags, customer.note, customer.tax_exempt, customer.default_address,
    email_consent.state as email_consent, sms_consent.state as sms_consent,
    totals.orders_count, totals.total_spent,
    case when merge.merged_into is not null
        then connector.surviving_customer(customer.shop_id, merge.merged_into) end as merged_into,
    customer.updated_at, customer.created_at
from (
    select shop_id, id, updated_at, deleted_at, first_name, last_name, email, phone, state, note, tax_exempt,
        default_address, created_at
    from connector.customers
    union all
    select merged.shop_id, merged.customer_id, merged.updated_at, null, null, null, null, null, null, null, null,
        null, null
    from connector.customer_merges as merged
    where not exists (
        select from connector.customers as known
        where known.shop_id = merged.shop_id and known.id = merged.customer_id
    )
) as customer
join connector.shops as shop using (shop_id)
left join connector.customer_merges as merge
    on merge.shop_id = customer.shop_id and merge.customer_id = customer.id
left join connector.customer_totals as totals
    on totals.shop_id = customer.shop_id and totals.customer_id = customer.id
left join connector.customer_consents as email_consent
    on email_consent.shop_id = customer.shop_id and email_consent.customer_id = customer.id
    and email_consent.channel = 'email'
left join connector.customer_consents as sms_consent
    on sms_consent.shop_id = customer.shop_id and sms_consent.customer_id = customer.id
    and sms_consent.channel = 'sms'
left join connector.customer_tag_lists as list
    on list.shop_id = customer.shop_id and list.customer_id = customer.id
cross join lateral (
    select coalesce(array_agg(tag order by tag collate "C"), '{}') as tags
    from (
        select listed.tag
        from unnest(string_to_array(nullif(list.tags, ''), ', ')) as listed (tag)
        where not exists (
            select from connector.customer_tags as taken
            where taken.shop_id = customer.shop_id and taken.customer_id = customer.id
              and taken.tag = listed.tag and not taken.present
              and (taken.updated_at, taken.triggered_at) > (list.updated_at, list.triggered_at)
        )
        union
        select put.tag
        from connector.customer_tags as put
        where put.shop_id = customer.shop_id and put.customer_id = customer.id and put.present
          and (list.customer_id is null
               or (put.updated_at, put.triggered_at) > (list.updated_at, list.triggered_at))
    ) as known
) as tags
where customer.deleted_at is null or merge.merged_into is not null;
comment on view pos.customers is 'One row per customer; one that was merged into another stays, and says into whom.';
comment on column pos.customers.shop is 'The shop''s myshopify domain.';
comment on column pos.customers.customer_id is 'Shopify''s number of the customer.';
comment on column pos.customers.first_name is 'The first name.';
comment on column pos.customers.last_name is 'The last name.';
comment on column pos.customers.email is 'The e-mail address.';
comment on column pos.customers.phone is 'The telephone number, as Shopify normalised it.';
comment on column pos.customers.state is 'disabled, invited, enabled or declined: whether they have an account.';
comment on column pos.customers.tags is 'The merchant''s tags, sorted.';
comment on column pos.customers.note is 'The merchant''s note.';
comment on column pos.customers.tax_exempt is 'Whether no tax is charged.';
comment on column pos.customers.default_address is 'The default address, as Shopify gives it.';
comment on column pos.customers.email_consent is 'subscribed, not_subscribed, pending, unsubscribed or invalid; null until told.';
comment on column pos.customers.sms_consent is 'The same for text messages.';
comment on column pos.customers.orders_count is 'How many orders they placed; null until told.';
comment on column pos.customers.total_spent is 'For how much, in the shop''s currency; null until told.';
comment on column pos.customers.merged_into is 'The customer they are now, after every merge; null for one never merged.';
comment on column pos.customers.updated_at is 'When Shopify last changed them, to the second.';
comment on column pos.customers.created_at is 'When Shopify first knew them.';
