-- How each shop is reached: what its owner gave, sealed, and what the last check found.

alter table connector.shops
    add column shopify_id bigint,
    add column removed_at timestamptz;
comment on column connector.shops.removed_at is
    'When the operator took the shop out of this installation; its mirrored data may have stayed.';

create table connector.credentials (
    shop_id integer primary key,
    kind text not null,
    api_key text not null,
    sealed bytea not null,
    scopes text[],
    checked_at timestamptz,
    problem text,
    updated_at timestamptz not null default now()
);
comment on table connector.credentials is
    'What opens a shop, sealed with the installation''s key; deleted when the shop is removed.';
comment on column connector.credentials.scopes is 'What Shopify said the app may; null until it was asked.';
comment on column connector.credentials.problem is 'What the last check found wrong, in words; null for nothing.';
