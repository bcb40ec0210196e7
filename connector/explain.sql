-- name: row
select * from pos.{view} where shop = $1 and {column} = $2;

-- name: parts_of_orders
-- The rows that are kept of an order, each with a version of its own.
select 'orders/' || id as record, updated_at, triggered_at, deleted_at
from connector.orders where shop_id = $1 and id = $2
union all
select 'refunds/' || id, updated_at, triggered_at, deleted_at
from connector.refunds where shop_id = $1 and order_id = $2
union all
select 'refund_returns/' || tied.refund_id, tied.updated_at, tied.triggered_at, tied.deleted_at
from connector.refunds as refund
join connector.refund_returns as tied on tied.shop_id = refund.shop_id and tied.refund_id = refund.id
where refund.shop_id = $1 and refund.order_id = $2
union all
select 'fulfillments/' || id, updated_at, triggered_at, deleted_at
from connector.fulfillments where shop_id = $1 and order_id = $2
union all
select 'fulfillment_orders/' || id, updated_at, triggered_at, deleted_at
from connector.fulfillment_orders where shop_id = $1 and order_id = $2
union all
select 'returns/' || id, updated_at, triggered_at, deleted_at
from connector.returns where shop_id = $1 and order_id = $2;

-- name: parts_of_customers
select 'customers/' || id as record, updated_at, triggered_at, deleted_at
from connector.customers where shop_id = $1 and id = $2
union all
select 'merges/' || customer_id, updated_at, triggered_at, deleted_at
from connector.customer_merges where shop_id = $1 and customer_id = $2
union all
select 'consents/' || customer_id || '/' || channel, updated_at, triggered_at, deleted_at
from connector.customer_consents where shop_id = $1 and customer_id = $2
union all
select 'tag_lists/' || customer_id, updated_at, triggered_at, deleted_at
from connector.customer_tag_lists where shop_id = $1 and customer_id = $2
union all
-- Tags are told apart by words, which nothing here shows: the newest stands for all.
(
    select 'tags/' || customer_id, updated_at, triggered_at, deleted_at
    from connector.customer_tags where shop_id = $1 and customer_id = $2
    order by updated_at desc, triggered_at desc
    limit 1
)
union all
select 'totals/' || customer_id, updated_at, triggered_at, deleted_at
from connector.customer_totals where shop_id = $1 and customer_id = $2;

-- name: parts_of_inventory_items
select 'inventory_items/' || id as record, updated_at, triggered_at, deleted_at
from connector.inventory_items where shop_id = $1 and id = $2
union all
select 'inventory_levels/' || inventory_item_id || '/' || location_id, updated_at, triggered_at, deleted_at
from connector.inventory_levels where shop_id = $1 and inventory_item_id = $2;

-- name: parts_of_products
select 'products/' || id as record, updated_at, triggered_at, deleted_at
from connector.products where shop_id = $1 and id = $2;

-- name: parts_of_collections
select 'collections/' || id as record, updated_at, triggered_at, deleted_at
from connector.collections where shop_id = $1 and id = $2;

-- name: parts_of_locations
select 'locations/' || id as record, updated_at, triggered_at, deleted_at
from connector.locations where shop_id = $1 and id = $2;

-- name: deliveries
select webhook_id, topic, event_id, triggered_at, received_at, settled_at, outcome, repeats
from connector.deliveries
where shop_id = $1 and webhook_id = any($2::text[]);

-- name: imports
-- A row that an import wrote has the moment its stream asked at as its version.
select run.run_id, run.reason, run.state, stream.stream, stream.state as stream_state, stream.asked_at,
    stream.ended_at
from connector.sync_runs as run
join connector.sync_streams as stream using (run_id)
where run.shop_id = $1 and stream.stream = any($2::text[]) and stream.asked_at is not null
order by stream.asked_at desc, run.run_id desc;

-- name: drift
select drift.run_id, drift.kind, drift.id, drift.difference, drift.fields, drift.cause
from connector.drift
join unnest($2::text[], $3::bigint[]) as thing (kind, id) using (kind, id)
where drift.run_id = any($1::bigint[])
order by drift.run_id, drift.kind, drift.id;

-- name: waiting
select refetch.kind, refetch.id, refetch.asks, refetch.asked_at, refetch.due_at, refetch.attempts, refetch.asked_by,
    refetch.error
from connector.refetches as refetch
join unnest($2::text[], $3::bigint[]) as thing (kind, id) using (kind, id)
where refetch.shop_id = $1
order by refetch.due_at;

-- name: dead_letters
select dead_letter_id, topic, webhook_id, kind, error, attempts, first_failed_at, last_failed_at, replayed_at, body
from connector.dead_letters
where shop = $1 and topic = any($2::text[]) and resolved_at is null
order by last_failed_at desc, dead_letter_id desc
limit $3;
