-- name: numbered
select shop_id from connector.{table} where shop_id = any($1::integer[]) and id = $2::bigint order by shop_id;

-- name: called
select shop_id, id from connector.{table}
where shop_id = any($1::integer[]) and {column} = any($2::text[])
order by shop_id, id
limit 20;

-- name: owner
select {column} from connector.{table} where shop_id = $1 and id = $2;

-- name: item
select inventory_item_id from connector.variants where shop_id = $1 and id = $2;

-- name: levels
select location_id from connector.inventory_levels where shop_id = $1 and inventory_item_id = $2 order by location_id;

-- name: held
select 'fulfillment_orders' as part, id from connector.fulfillment_orders where shop_id = $1 and order_id = $2
union all
select 'returns', id from connector.returns where shop_id = $1 and order_id = $2
order by part, id;
