-- name: a_pickup
select fulfillment_order_id, order_id
from pos.till_pickups
where shop = $1 and status = $2 and command_id is null
order by random()
limit 1;

-- name: a_line_to_take_back
select line.order_id, line.line_id, place.location_id
from pos.till_order_lines as line
join pos.orders as orders on orders.shop = line.shop and orders.order_id = line.order_id
cross join lateral (
    select location_id from pos.locations where shop = $1 and active order by location_id limit 1
) as place
where line.shop = $1 and line.returnable_quantity > 0 and line.variant_id is not null
  and orders.cancelled_at is null and line.unsynced_returns = 0
order by random()
limit 1;

-- name: something_to_sell
select stock.inventory_item_id, stock.location_id
from pos.till_inventory as stock
where stock.shop = $1 and stock.available > 0
order by random()
limit 1;

-- name: say
insert into pos.commands (command_id, shop, kind, order_id, arguments, till)
values ($1, $2, $3, $4, $5::jsonb, 'demo till')
on conflict (command_id) do nothing;

-- name: answers
select kind, status, count(*)::integer as commands
from pos.commands
where till = 'demo till'
group by kind, status
order by kind, status;
