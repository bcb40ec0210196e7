-- A range of a stage table's blocks into its mirrored table, through the version guard.
-- $1 is the shop, $2 the moment that Shopify began the export at, $3 and $4 are the range.

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
where (product.updated_at, product.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
   or connector.raised(product.deleted_at, product.triggered_at, excluded.deleted_at, excluded.triggered_at);

-- name: variants
-- A variant lives under its product's version: it is written where the product's row is this import's.
-- The limits keep Postgres from beginning with all products of the shop, whose numbers it guesses wrong.
insert into connector.variants as variant (
    shop_id, id, product_id, title, sku, barcode, price, compare_at_price, position,
    option1, option2, option3, inventory_item_id, inventory_policy, taxable, image_url
)
select distinct on (staged.id)
    $1::integer, staged.id, staged.product_id, staged.title, staged.sku, staged.barcode, staged.price,
    staged.compare_at_price, staged.position, staged.option1, staged.option2, staged.option3,
    staged.inventory_item_id, staged.inventory_policy, staged.taxable,
    coalesce(
        case when (select exists (select from {stage}variant_media)) then (
            select url from {stage}variant_media as media
            where media.variant_id = staged.id and media.url is not null
            order by media.position
            limit 1
        ) end,
        (select image_url from {stage}products as parent where parent.id = staged.product_id limit 1)
    )
from {stage}variants as staged
join lateral (
    select triggered_at from connector.products where shop_id = $1 and id = staged.product_id limit 1
) as product on product.triggered_at = $2::timestamptz
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
where (item.updated_at, item.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
   or connector.raised(item.deleted_at, item.triggered_at, excluded.deleted_at, excluded.triggered_at);

-- name: inventory_levels
insert into connector.inventory_levels as level (
    shop_id, inventory_item_id, location_id, updated_at, triggered_at, deleted_at,
    available, on_hand, committed
)
select distinct on (staged.inventory_item_id, staged.location_id)
    $1::integer, staged.inventory_item_id, staged.location_id, staged.updated_at, $2::timestamptz,
    null::timestamptz,
    case when untracked.id is null then staged.available end,
    case when untracked.id is null then staged.on_hand end,
    case when untracked.id is null then staged.committed end
from {stage}inventory_levels as staged
left join {stage}inventory_items as untracked
    on untracked.id = staged.inventory_item_id and untracked.tracked is not true
where staged.ctid >= $3::tid and staged.ctid < $4::tid
order by staged.inventory_item_id, staged.location_id
on conflict (shop_id, inventory_item_id, location_id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    available = excluded.available,
    on_hand = excluded.on_hand,
    committed = excluded.committed
where (level.updated_at, level.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
   or connector.raised(level.deleted_at, level.triggered_at, excluded.deleted_at, excluded.triggered_at);

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
where (collection.updated_at, collection.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
   or connector.raised(collection.deleted_at, collection.triggered_at, excluded.deleted_at, excluded.triggered_at);

-- name: fresh_products
-- Whether the key that follows the range's first lies beyond its last: then most likely none is there yet.
-- Written so that Postgres reads the range once, and of the mirrored table a single entry of its index.
with staged as materialized (
    select id from {stage}products where ctid >= $2::tid and ctid < $3::tid
),
edge as (select min(id) as first, max(id) as last from staged)
select coalesce(following.id > edge.last, true)
from edge
left join lateral (
    select id from connector.products where shop_id = $1::integer and id > edge.first order by id limit 1
) as following on true;

-- name: fresh_variants
with staged as materialized (
    select id from {stage}variants where ctid >= $2::tid and ctid < $3::tid
),
edge as (select min(id) as first, max(id) as last from staged)
select coalesce(following.id > edge.last, true)
from edge
left join lateral (
    select id from connector.variants where shop_id = $1::integer and id > edge.first order by id limit 1
) as following on true;

-- name: fresh_inventory_items
with staged as materialized (
    select id from {stage}inventory_items where ctid >= $2::tid and ctid < $3::tid
),
edge as (select min(id) as first, max(id) as last from staged)
select coalesce(following.id > edge.last, true)
from edge
left join lateral (
    select id from connector.inventory_items where shop_id = $1::integer and id > edge.first order by id limit 1
) as following on true;

-- name: fresh_inventory_levels
with staged as materialized (
    select inventory_item_id from {stage}inventory_levels where ctid >= $2::tid and ctid < $3::tid
),
edge as (select min(inventory_item_id) as first, max(inventory_item_id) as last from staged)
select coalesce(following.inventory_item_id > edge.last, true)
from edge
left join lateral (
    select inventory_item_id from connector.inventory_levels where shop_id = $1::integer and inventory_item_id > edge.first order by inventory_item_id limit 1
) as following on true;

-- name: fresh_collections
with staged as materialized (
    select id from {stage}collections where ctid >= $2::tid and ctid < $3::tid
),
edge as (select min(id) as first, max(id) as last from staged)
select coalesce(following.id > edge.last, true)
from edge
left join lateral (
    select id from connector.collections where shop_id = $1::integer and id > edge.first order by id limit 1
) as following on true;
