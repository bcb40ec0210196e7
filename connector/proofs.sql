-- name: failing
-- Figures of these orders that do not add up from their parts.
select order_id, figure, reckoned, told from connector.order_proofs
where shop_id = $1 and order_id = any($2::bigint[])
order by order_id, figure;

-- name: unsettled
-- Of these orders those that must be read from the Admin API before what was paid and paid back can be proven.
select orders.id from connector.orders as orders
where orders.shop_id = $1 and orders.id = any($2::bigint[]) and orders.deleted_at is null
  and orders.asked_at is distinct from orders.triggered_at
  and exists (
      select from connector.refunds as refund
      where refund.shop_id = orders.shop_id and refund.order_id = orders.id
  )
order by orders.id;

-- name: versions
select id, updated_at from connector.orders where shop_id = $1 and id = any($2::bigint[]);
