-- name: products
insert into connector.products (shop_id, id, updated_at, triggered_at, title, handle, status, created_at)
select $1, 8000000000000 + n, now(), now(), 'Product ' || n, 'product-' || n, 'active', now()
from generate_series(1, $2::bigint) as n;

-- name: variants
-- Ten of each product. One barcode in twenty is a UPC-A with a zero before it, one SKU in twenty in small letters.
insert into connector.variants (
    shop_id, id, product_id, title, sku, barcode, price, position, option1, inventory_item_id, inventory_policy,
    taxable
)
select $1, 44000000000000 + n, 8000000000000 + (n + 9) / 10, 'Size ' || n % 10,
    case when n % 20 = 0 then lower('SKU-' || lpad(n::text, 8, '0')) else 'SKU-' || lpad(n::text, 8, '0') end,
    case when n % 20 = 1 then '0' || (40000000000 + n) else (4000000000000 + n)::text end,
    9.95, 1 + n % 10, 'Size ' || n % 10, 46000000000000 + n, 'deny', true
from generate_series(1, $2::bigint * 10) as n;

-- name: items
insert into connector.inventory_items (shop_id, id, updated_at, triggered_at, sku, tracked, weight_value, weight_unit)
select $1, 46000000000000 + n, now(), now(), 'SKU-' || lpad(n::text, 8, '0'), true, 0.5, 'kg'
from generate_series(1, $2::bigint * 10) as n;

-- name: levels
insert into connector.inventory_levels (
    shop_id, inventory_item_id, location_id, updated_at, triggered_at, available, on_hand, committed
)
select $1, 46000000000000 + n, place, now(), now(), n % 50, n % 50 + 1, 1
from generate_series(1, $2::bigint * 10) as n
cross join generate_series(1, 3) as place;

-- name: locations
insert into connector.locations (shop_id, id, updated_at, triggered_at, name, active, country_code)
select $1, place, now(), now(), 'Store ' || place, true, 'DE'
from generate_series(1, 3) as place;

-- name: customers
-- Names as people have them: few first names, more last ones.
insert into connector.customers (
    shop_id, id, updated_at, triggered_at, first_name, last_name, email, phone, state, created_at, phone_digits
)
select $1, 6000000000000 + n, now(), now(), 'Given' || n % 900, 'Family' || n * 7919 % 60000,
    'customer' || n || '@example.com', '+4930' || 10000000 + n, 'enabled', now(),
    array['4930' || 10000000 + n, '30' || 10000000 + n, '030' || 10000000 + n]
from generate_series(1, $2::bigint) as n;

-- name: totals
insert into connector.customer_totals (shop_id, customer_id, updated_at, triggered_at, orders_count, total_spent)
select $1, 6000000000000 + n, now(), now(), 2, 40
from generate_series(1, $2::bigint) as n;

-- name: merges
-- One in a thousand was merged into the next.
insert into connector.customer_merges (shop_id, customer_id, updated_at, triggered_at, merged_into)
select $1, 6000000000000 + n * 1000, now(), now(), 6000000000000 + n * 1000 - 1
from generate_series(1, $2::bigint / 1000) as n;

-- name: orders
insert into connector.orders (
    shop_id, id, updated_at, triggered_at, name, customer_id, email, financial_status, currency, subtotal_price,
    total_discounts, total_tax, total_price, total_outstanding, presentment_currency, presentment_total, test, tags,
    source_name, created_at
)
select $1, 5000000000000 + n, now(), now(), '#' || 1000 + n, 6000000000000 + customer.number,
    'customer' || customer.number || '@example.com', 'paid', 'EUR', 19.90, 0, 3.18, 19.90, 0, 'EUR', 19.90, false, '',
    'web', now() - make_interval(mins => n::integer)
from generate_series(1, $2::bigint) as n
cross join lateral (select 1 + n * 7919 % $3::bigint as number) as customer;

-- name: order_lines
insert into connector.order_lines (
    shop_id, id, order_id, position, variant_id, product_id, sku, title, quantity, current_quantity,
    fulfillable_quantity, price, total_discount, total_tax
)
select $1, 13000000000000 + n, 5000000000000 + n, 1, 44000000000000 + n, 8000000000000 + n / 10, 'SKU', 'Product', 2,
    2, 2, 9.95, 0, 3.18
from generate_series(1, $2::bigint) as n;

-- name: refunds
-- Of one order in ten.
insert into connector.refunds (shop_id, id, updated_at, triggered_at, order_id, amount, currency, created_at)
select $1, 900000000000 + n, now(), now(), 5000000000000 + n * 10, 9.95, 'EUR', now()
from generate_series(1, $2::bigint / 10) as n;

-- name: fulfillment_orders
-- One order in ten is collected; of those the newest wait, $3 of them at each location.
insert into connector.fulfillment_orders (
    shop_id, id, updated_at, triggered_at, order_id, location_id, delivery_method, status, ready_at, lines
)
select $1, 7000000000000 + n, now(), now(), 5000000000000 + n, 1 + n / 10 % 3,
    case when n % 10 = 0 then 'PICK_UP' else 'SHIPPING' end,
    case when n % 10 = 0 and n <= $3::bigint * 30 then 'OPEN' else 'CLOSED' end,
    case when n % 20 = 0 then now() - make_interval(mins => n::integer) end,
    '[{"line_id": 13000000000001, "quantity": 2}]'
from generate_series(1, $2::bigint) as n;

-- name: analyze
vacuum (analyze) connector.products, connector.variants, connector.inventory_items, connector.inventory_levels,
    connector.locations, connector.customers, connector.customer_totals, connector.customer_merges,
    connector.orders, connector.order_lines, connector.refunds, connector.fulfillment_orders;

-- name: scanned
-- Large tables that were read from end to end since the statistics were reset.
select relname from pg_stat_user_tables
where schemaname = 'connector' and seq_scan > 0 and n_live_tup > 1000
order by relname;

-- name: bare
select * from connector.variants where shop_id = $1 and id = $2;

-- name: variants_here
select * from pos.find_variants($1, $2, $3);

-- name: orders_typed
select * from pos.find_orders($1, $2);

-- name: customers_typed
select * from pos.find_customers($1, $2);

-- name: pickups_here
select * from pos.pickup_list($1, $2);
