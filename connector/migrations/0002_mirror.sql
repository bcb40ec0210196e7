-- The mirrored tables. Column names are those of Shopify's payloads; (updated_at, triggered_at) is a row's
-- version; deleted_at marks a tombstone. No foreign keys: children arrive before their parents.

create table connector.products (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    title text,
    handle text,
    vendor text,
    product_type text,
    status text,
    tags text,
    created_at timestamptz,
    published_at timestamptz,
    primary key (shop_id, id)
);

create table connector.variants (
    shop_id integer not null,
    id bigint not null,
    product_id bigint not null,
    title text,
    sku text,
    barcode text,
    price numeric,
    compare_at_price numeric,
    position bigint,
    option1 text,
    option2 text,
    option3 text,
    inventory_item_id bigint,
    inventory_policy text,
    taxable boolean,
    grams bigint,
    image_url text,
    primary key (shop_id, id)
);
create index variants_product on connector.variants (shop_id, product_id);
create index variants_sku on connector.variants (shop_id, sku);
create index variants_barcode on connector.variants (shop_id, barcode);

create table connector.collections (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    title text,
    handle text,
    kind text,
    sort_order text,
    published_at timestamptz,
    primary key (shop_id, id)
);

create table connector.collection_products (
    shop_id integer not null,
    collection_id bigint not null,
    product_id bigint not null,
    position bigint,
    primary key (shop_id, collection_id, product_id)
);
create index collection_products_product on connector.collection_products (shop_id, product_id);

create table connector.locations (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    name text,
    active boolean,
    address1 text,
    address2 text,
    city text,
    zip text,
    province text,
    country_code text,
    phone text,
    created_at timestamptz,
    primary key (shop_id, id)
);

create table connector.inventory_items (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    sku text,
    tracked boolean,
    requires_shipping boolean,
    cost numeric,
    weight_value numeric,
    weight_unit text,
    created_at timestamptz,
    primary key (shop_id, id)
);

create table connector.inventory_levels (
    shop_id integer not null,
    inventory_item_id bigint not null,
    location_id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    available bigint,
    on_hand bigint,
    committed bigint,
    primary key (shop_id, inventory_item_id, location_id)
);

create table connector.orders (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    name text,
    customer_id bigint,
    email text,
    phone text,
    financial_status text,
    fulfillment_status text,
    currency text,
    subtotal_price numeric,
    total_discounts numeric,
    total_tax numeric,
    total_price numeric,
    total_outstanding numeric,
    current_subtotal_price numeric,
    current_total_discounts numeric,
    current_total_tax numeric,
    current_total_price numeric,
    presentment_currency text,
    presentment_total numeric,
    taxes_included boolean,
    test boolean,
    note text,
    tags text,
    source_name text,
    location_id bigint,
    created_at timestamptz,
    processed_at timestamptz,
    cancelled_at timestamptz,
    cancel_reason text,
    closed_at timestamptz,
    primary key (shop_id, id)
);
create index orders_name on connector.orders (shop_id, name);
create index orders_customer on connector.orders (shop_id, customer_id);
create index orders_email on connector.orders (shop_id, email);

create table connector.order_lines (
    shop_id integer not null,
    id bigint not null,
    order_id bigint not null,
    position bigint,
    variant_id bigint,
    product_id bigint,
    sku text,
    title text,
    variant_title text,
    quantity bigint,
    current_quantity bigint,
    fulfillable_quantity bigint,
    price numeric,
    total_discount numeric,
    total_tax numeric,
    gift_card boolean,
    taxable boolean,
    requires_shipping boolean,
    primary key (shop_id, id)
);
create index order_lines_order on connector.order_lines (shop_id, order_id);

create table connector.refunds (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    order_id bigint,
    amount numeric,
    currency text,
    note text,
    created_at timestamptz,
    processed_at timestamptz,
    primary key (shop_id, id)
);
create index refunds_order on connector.refunds (shop_id, order_id);

create table connector.refund_returns (
    shop_id integer not null,
    refund_id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    return_id bigint,
    primary key (shop_id, refund_id)
);

create table connector.refund_lines (
    shop_id integer not null,
    id bigint not null,
    refund_id bigint not null,
    line_item_id bigint not null,
    quantity bigint,
    restock_type text,
    location_id bigint,
    subtotal numeric,
    total_tax numeric,
    primary key (shop_id, id)
);
create index refund_lines_refund on connector.refund_lines (shop_id, refund_id);
create index refund_lines_line on connector.refund_lines (shop_id, line_item_id);

create table connector.fulfillments (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    order_id bigint,
    status text,
    shipment_status text,
    location_id bigint,
    created_at timestamptz,
    primary key (shop_id, id)
);
create index fulfillments_order on connector.fulfillments (shop_id, order_id);

create table connector.fulfillment_lines (
    shop_id integer not null,
    fulfillment_id bigint not null,
    line_item_id bigint not null,
    quantity bigint,
    primary key (shop_id, fulfillment_id, line_item_id)
);
create index fulfillment_lines_line on connector.fulfillment_lines (shop_id, line_item_id);

-- Fulfillment orders and returns come from the Admin API; webhooks only tell that they changed.
create table connector.fulfillment_orders (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    order_id bigint,
    location_id bigint,
    delivery_method text,
    status text,
    ready_at timestamptz,
    picked_up_at timestamptz,
    lines jsonb,
    primary key (shop_id, id)
);
create index fulfillment_orders_order on connector.fulfillment_orders (shop_id, order_id);
create index fulfillment_orders_location on connector.fulfillment_orders (shop_id, location_id, status);

create table connector.returns (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    order_id bigint,
    name text,
    status text,
    lines jsonb,
    primary key (shop_id, id)
);
create index returns_order on connector.returns (shop_id, order_id);

create table connector.customers (
    shop_id integer not null,
    id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    first_name text,
    last_name text,
    email text,
    phone text,
    state text,
    note text,
    tax_exempt boolean,
    created_at timestamptz,
    default_address jsonb,
    primary key (shop_id, id)
);
create index customers_email on connector.customers (shop_id, email);
create index customers_phone on connector.customers (shop_id, phone);

-- What only topics of their own tell has rows, and so versions, of its own.
create table connector.customer_consents (
    shop_id integer not null,
    customer_id bigint not null,
    channel text not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    state text,
    opt_in_level text,
    primary key (shop_id, customer_id, channel)
);

create table connector.customer_tag_lists (
    shop_id integer not null,
    customer_id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    tags text,
    primary key (shop_id, customer_id)
);

create table connector.customer_tags (
    shop_id integer not null,
    customer_id bigint not null,
    tag text not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    present boolean not null,
    primary key (shop_id, customer_id, tag)
);

create table connector.customer_totals (
    shop_id integer not null,
    customer_id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    orders_count bigint,
    total_spent numeric,
    primary key (shop_id, customer_id)
);

create table connector.customer_merges (
    shop_id integer not null,
    customer_id bigint not null,
    updated_at timestamptz not null,
    triggered_at timestamptz not null,
    deleted_at timestamptz,
    merged_into bigint not null,
    primary key (shop_id, customer_id)
);
