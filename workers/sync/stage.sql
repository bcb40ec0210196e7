-- An import's tables: unlogged, named after its run, holding what Shopify's files said.

-- name: create
create unlogged table if not exists {stage}products (
    id bigint, updated_at timestamptz, title text, handle text, vendor text, product_type text, status text,
    tags text, created_at timestamptz, published_at timestamptz, image_url text
);
create unlogged table if not exists {stage}variants (
    id bigint, product_id bigint, title text, sku text, barcode text, price numeric, compare_at_price numeric,
    position bigint, option1 text, option2 text, option3 text, inventory_item_id bigint, inventory_policy text,
    taxable boolean
);
create unlogged table if not exists {stage}variant_media (variant_id bigint, position bigint, url text);
create unlogged table if not exists {stage}inventory_items (
    id bigint, updated_at timestamptz, sku text, tracked boolean, requires_shipping boolean, cost numeric,
    weight_value numeric, weight_unit text, created_at timestamptz
);
create unlogged table if not exists {stage}inventory_levels (
    inventory_item_id bigint, location_id bigint, updated_at timestamptz, available bigint, on_hand bigint,
    committed bigint
);
create unlogged table if not exists {stage}collections (
    id bigint, updated_at timestamptz, title text, handle text, kind text, sort_order text
);
create unlogged table if not exists {stage}collection_products (
    collection_id bigint, product_id bigint, position bigint
);
create unlogged table if not exists {stage}lines (
    stream text, position bigint, kind text, gid text, parent text, line bytea
);
create unlogged table if not exists {stage}proven (stream text primary key);

-- name: tables
select tablename from pg_tables where schemaname = 'connector' and tablename like 'import\_%' order by tablename;

-- name: left_over
-- The last import of a shop may be gone on with, also after it failed.
select tablename from pg_tables
where schemaname = 'connector' and tablename ~ '^import_[0-9]+_'
  and split_part(tablename, '_', 2)::bigint not in (
      select max(run_id) from connector.sync_runs group by shop_id
  );

-- name: index_products
create index if not exists {index}products_id on {stage}products (id);
analyze {stage}products, {stage}variants, {stage}variant_media;
create index if not exists {index}variants_id on {stage}variants (id);
create index if not exists {index}variant_media_variant on {stage}variant_media (variant_id, position);

-- name: index_inventory
create index if not exists {index}inventory_items_id on {stage}inventory_items (id);
create index if not exists {index}untracked on {stage}inventory_items (id) where tracked is not true;
analyze {stage}inventory_items, {stage}inventory_levels;

-- name: index_collections
create index if not exists {index}collections_id on {stage}collections (id);
create index if not exists {index}members_collection on {stage}collection_products (collection_id);
analyze {stage}collections, {stage}collection_products;

-- name: index_lines
create index if not exists {index}lines_parent on {stage}lines (stream, parent, position);
create index if not exists {index}lines_position on {stage}lines (stream, position) where parent is null;
analyze {stage}lines;

-- name: staged_products
select (select count(*) from {stage}products) + (select count(*) from {stage}variants)
    + (select count(*) from {stage}variant_media);

-- name: staged_inventory
select (select count(*) from {stage}inventory_items) + (select count(*) from {stage}inventory_levels);

-- name: staged_collections
select (select count(*) from {stage}collections) + (select count(*) from {stage}collection_products);

-- name: staged_lines
select count(*) from {stage}lines where stream = $1;

-- name: orphans_products
select (
    select count(*) from {stage}variants as staged
    where not exists (select from {stage}products as parent where parent.id = staged.product_id)
) + (
    select count(*) from {stage}variant_media as staged
    where not exists (select from {stage}variants as parent where parent.id = staged.variant_id)
);

-- name: orphans_inventory
select count(*) from {stage}inventory_levels as staged
where not exists (select from {stage}inventory_items as parent where parent.id = staged.inventory_item_id);

-- name: orphans_collections
select count(*) from {stage}collection_products as staged
where not exists (select from {stage}collections as parent where parent.id = staged.collection_id);

-- name: orphans_lines
select count(*) from {stage}lines as staged
where stream = $1 and parent is not null
  and not exists (
      select from {stage}lines as parent where parent.stream = staged.stream and parent.gid = staged.parent
  );

-- name: forget_lines
delete from {stage}lines where stream = $1;

-- name: prove
insert into {stage}proven (stream) values ($1) on conflict do nothing;

-- name: is_proven
select exists (select from {stage}proven where stream = $1);

-- name: doubt
delete from {stage}proven where stream = $1;
