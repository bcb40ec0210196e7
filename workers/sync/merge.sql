-- Staged rows into the mirrored tables, a range of the stage's blocks at a time, through the version guard.
-- $1 is the shop, $2 the moment that Shopify began the export at.

-- name: products
insert into connector.products as product (
    shop_id, id, updated_at, triggered_at, deleted_at,
    title, handle, vendor, product_type, status, tags, created_at, published_at
)
select distinct on (staged.id)
    $1::integer, staged.id, staged.updated_at, $2::timestamptz, null::timestamptz,
    staged.title, staged.handle, staged.vendor, staged.product_type, staged.status, staged.tags,
    staged.created_at, staged.published_at
from {stage}products as staged
where staged.ctid >= $3::tid and staged.ctid < $4::tid
order by staged.id
on conflict (shop_id, id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    title = excluded.title,
    handle = excluded.handle,
    vendor = excluded.vendor,
    product_type = excluded.product_type,
    status = excluded.status,
    tags = excluded.tags,
    created_at = excluded.created_at,
    published_at = excluded.published_at
where (product.updated_at, product.triggered_at) <= (excluded.updated_at, excluded.triggered_at);

-- name: variants
-- A variant lives under its product's version: it is written where the product's row is this import's.
insert into connector.variants as variant (
    shop_id, id, product_id, title, sku, barcode, price, compare_at_price, position,
    option1, option2, option3, inventory_item_id, inventory_policy, taxable, image_url
)
select distinct on (staged.id)
    $1::integer, staged.id, staged.product_id, staged.title, staged.sku, staged.barcode, staged.price,
    staged.compare_at_price, staged.position, staged.option1, staged.option2, staged.option3,
    staged.inventory_item_id, staged.inventory_policy, staged.taxable, coalesce(own.url, parent.image_url)
from {stage}variants as staged
join connector.products as product
    on product.shop_id = $1 and product.id = staged.product_id and product.triggered_at = $2
left join lateral (
    select url from {stage}variant_media as media
    where media.variant_id = staged.id and media.url is not null
    order by media.position
    limit 1
) as own on true
left join lateral (
    select image_url from {stage}products as staged_product
    where staged_product.id = staged.product_id
    limit 1
) as parent on true
where staged.ctid >= $3::tid and staged.ctid < $4::tid
order by staged.id
on conflict (shop_id, id) do update set
    product_id = excluded.product_id,
    title = excluded.title,
    sku = excluded.sku,
    barcode = excluded.barcode,
    price = excluded.price,
    compare_at_price = excluded.compare_at_price,
    position = excluded.position,
    option1 = excluded.option1,
    option2 = excluded.option2,
    option3 = excluded.option3,
    inventory_item_id = excluded.inventory_item_id,
    inventory_policy = excluded.inventory_policy,
    taxable = excluded.taxable,
    image_url = excluded.image_url;

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

-- name: inventory_items
insert into connector.inventory_items as item (
    shop_id, id, updated_at, triggered_at, deleted_at,
    sku, tracked, requires_shipping, cost, weight_value, weight_unit, created_at
)
select distinct on (staged.id)
    $1::integer, staged.id, staged.updated_at, $2::timestamptz, null::timestamptz,
    staged.sku, staged.tracked, staged.requires_shipping, staged.cost, staged.weight_value, staged.weight_unit,
    staged.created_at
from {stage}inventory_items as staged
where staged.ctid >= $3::tid and staged.ctid < $4::tid
order by staged.id
on conflict (shop_id, id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    sku = excluded.sku,
    tracked = excluded.tracked,
    requires_shipping = excluded.requires_shipping,
    cost = excluded.cost,
    weight_value = excluded.weight_value,
    weight_unit = excluded.weight_unit,
    created_at = excluded.created_at
where (item.updated_at, item.triggered_at) <= (excluded.updated_at, excluded.triggered_at);

-- name: inventory_levels
insert into connector.inventory_levels as level (
    shop_id, inventory_item_id, location_id, updated_at, triggered_at, deleted_at,
    available, on_hand, committed
)
select distinct on (staged.inventory_item_id, staged.location_id)
    $1::integer, staged.inventory_item_id, staged.location_id, staged.updated_at, $2::timestamptz,
    null::timestamptz,
    case when item.tracked then staged.available end, case when item.tracked then staged.on_hand end,
    case when item.tracked then staged.committed end
from {stage}inventory_levels as staged
left join {stage}inventory_items as item on item.id = staged.inventory_item_id
where staged.ctid >= $3::tid and staged.ctid < $4::tid
order by staged.inventory_item_id, staged.location_id
on conflict (shop_id, inventory_item_id, location_id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    available = excluded.available,
    on_hand = excluded.on_hand,
    committed = excluded.committed
where (level.updated_at, level.triggered_at) <= (excluded.updated_at, excluded.triggered_at);

-- name: collections
insert into connector.collections as collection (
    shop_id, id, updated_at, triggered_at, deleted_at, title, handle, kind, sort_order
)
select distinct on (staged.id)
    $1::integer, staged.id, staged.updated_at, $2::timestamptz, null::timestamptz, staged.title, staged.handle,
    staged.kind, staged.sort_order
from {stage}collections as staged
where staged.ctid >= $3::tid and staged.ctid < $4::tid
order by staged.id
on conflict (shop_id, id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    title = excluded.title,
    handle = excluded.handle,
    kind = excluded.kind,
    sort_order = excluded.sort_order
where (collection.updated_at, collection.triggered_at) <= (excluded.updated_at, excluded.triggered_at);

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
