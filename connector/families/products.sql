-- name: upsert_products
-- Products as patches: a field that a patch does not carry keeps the row's value.
-- The variants go with their product, only where its version wins.
with patches as materialized (
    select product.*, patch -> 'variants' as variants, (patch ->> 'variants_whole')::boolean as variants_whole
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.products as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as product
),
written as (
    insert into connector.products as product (
        shop_id, id, updated_at, triggered_at, deleted_at,
        title, handle, vendor, product_type, status, tags, created_at, published_at
    )
    select
        shop_id, id, updated_at, triggered_at, deleted_at,
        title, handle, vendor, product_type, status, tags, created_at, published_at
    from patches
    order by shop_id, id
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
       or connector.raised(product.deleted_at, product.triggered_at, excluded.deleted_at, excluded.triggered_at)
    returning shop_id, id
),
shown as (
    select variant.*
    from written
    join patches using (shop_id, id)
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(patches.variants) = 'array' then patches.variants else '[]' end
    ) as line
    cross join lateral jsonb_populate_record(
        null::connector.variants,
        line || jsonb_build_object('shop_id', written.shop_id, 'product_id', written.id)
    ) as variant
),
removed as (
    delete from connector.variants as variant
    using written join patches using (shop_id, id)
    where patches.variants_whole
      and variant.shop_id = written.shop_id and variant.product_id = written.id
      and not exists (select from shown where shown.shop_id = variant.shop_id and shown.id = variant.id)
),
kept as (
    insert into connector.variants as variant
    select * from shown
    order by shop_id, id
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
        grams = excluded.grams,
        image_url = excluded.image_url
)
select shop_id, id from written;
