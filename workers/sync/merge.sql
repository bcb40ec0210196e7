-- What merging staged rows needs beside the ranges of `ranges.sql`.
-- $1 is the shop, $2 the moment that Shopify began the export at.

-- name: extra_variants
select variant.id
from connector.products as product
join connector.variants as variant on variant.shop_id = $1::integer and variant.product_id = product.id
where product.shop_id = $1 and product.triggered_at = $2::timestamptz
  and not exists (select from {stage}variants as staged where staged.id = variant.id)
limit $3;

-- name: drop_variants
delete from connector.variants as variant
using connector.products as product
where variant.shop_id = $1::integer and variant.id = any($3::bigint[])
  and product.shop_id = $1 and product.id = variant.product_id and product.triggered_at = $2::timestamptz;

-- name: some_collections
select distinct on (id) id from {stage}collections where id > $1::bigint order by id limit $2;

-- name: collection_products
with won as (
    select id from connector.collections
    where shop_id = $1::integer and id = any($3::bigint[]) and triggered_at = $2::timestamptz
),
listed as (
    select staged.collection_id, staged.product_id,
        row_number() over (partition by staged.collection_id order by min(staged.position)) as position
    from won
    join {stage}collection_products as staged on staged.collection_id = won.id
    group by staged.collection_id, staged.product_id
),
removed as (
    delete from connector.collection_products as member
    using won
    where member.shop_id = $1 and member.collection_id = won.id
      and not exists (
          select from listed
          where listed.collection_id = member.collection_id and listed.product_id = member.product_id
      )
)
insert into connector.collection_products as member (shop_id, collection_id, product_id, position)
select $1, collection_id, product_id, position from listed
order by collection_id, product_id
on conflict (shop_id, collection_id, product_id) do update set position = excluded.position
where member.position is distinct from excluded.position;

-- name: roots
select position, gid, line
from {stage}lines
where stream = $1 and parent is null and position > $2
order by position
limit $3;

-- name: count_children
select count(*) from {stage}lines where stream = $1 and parent = any($2::text[]);

-- name: children
select parent, gid, kind, line
from {stage}lines
where stream = $1 and parent = any($2::text[])
order by position;

-- name: gone_Product
select row.id from connector.products as row
where row.shop_id = $1 and row.deleted_at is null and row.triggered_at < $2
  and not exists (select from {stage}products as staged where staged.id = row.id);

-- name: gone_InventoryItem
select row.id from connector.inventory_items as row
where row.shop_id = $1 and row.deleted_at is null and row.triggered_at < $2
  and not exists (select from {stage}inventory_items as staged where staged.id = row.id);

-- name: gone_Collection
select row.id from connector.collections as row
where row.shop_id = $1 and row.deleted_at is null and row.triggered_at < $2
  and not exists (select from {stage}collections as staged where staged.id = row.id);

-- name: gone_InventoryLevel
select row.inventory_item_id as id, row.location_id from connector.inventory_levels as row
where row.shop_id = $1 and row.deleted_at is null and row.triggered_at < $2
  and not exists (
      select from {stage}inventory_levels as staged
      where staged.inventory_item_id = row.inventory_item_id and staged.location_id = row.location_id
  );

-- name: gone_Location
select row.id from connector.locations as row
where row.shop_id = $1 and row.deleted_at is null and row.triggered_at < $2
  and not exists (
      select from {stage}lines as staged
      where staged.stream = 'locations' and staged.gid = 'gid://shopify/Location/' || row.id
  );

-- name: gone_Customer
select row.id from connector.customers as row
where row.shop_id = $1 and row.deleted_at is null and row.triggered_at < $2
  and not exists (
      select from {stage}lines as staged
      where staged.stream = 'customers' and staged.gid = 'gid://shopify/Customer/' || row.id
  );

-- name: gone_Order
select row.id from connector.orders as row
where row.shop_id = $1 and row.deleted_at is null and row.triggered_at < $2
  and row.created_at >= coalesce($3::timestamptz, '-infinity')
  and not exists (
      select from {stage}lines as staged
      where staged.stream = 'orders' and staged.gid = 'gid://shopify/Order/' || row.id
  );
