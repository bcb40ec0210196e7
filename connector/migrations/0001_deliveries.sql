-- What came, what became of it, and what could not be applied.

create table connector.shops (
    shop_id integer generated always as identity primary key,
    domain text not null unique,
    updated_at timestamptz not null default '-infinity',
    triggered_at timestamptz not null default '-infinity',
    name text,
    currency text,
    iana_timezone text,
    taxes_included boolean,
    plan_name text,
    added_at timestamptz not null default now(),
    uninstalled_at timestamptz
);
comment on table connector.shops is 'The shops this installation serves; every mirrored row belongs to one.';

-- The ledger. Its day is the one Shopify triggered the delivery on, the same on every retry: a retry after
-- midnight must meet its first delivery. Old days are dropped whole.
create table connector.deliveries (
    shop_id integer not null,
    webhook_id text not null,
    triggered_on date not null,
    triggered_at timestamptz,
    received_at timestamptz not null,
    settled_at timestamptz not null default clock_timestamp(),
    topic text not null,
    event_id text,
    api_version text not null,
    outcome text not null
        check (outcome in ('applied', 'superseded', 'ignored', 'deferred', 'dead')),
    repeats integer not null default 0,
    headers jsonb,
    body bytea not null,
    primary key (shop_id, webhook_id, triggered_on)
) partition by range (triggered_on);
alter table connector.deliveries alter column body set storage external;
create table connector.deliveries_other_days partition of connector.deliveries default;
create index deliveries_settled_at on connector.deliveries using brin (settled_at);
comment on table connector.deliveries is
    'Every delivery that was settled, once each, with its body (zstd); inserted in the transaction of its effect.';
comment on column connector.deliveries.repeats is 'How often the same delivery came again and was left alone.';

create table connector.dead_letters (
    dead_letter_id bigint generated always as identity primary key,
    shop text not null,
    topic text not null,
    webhook_id text not null,
    event_id text,
    api_version text not null,
    triggered_at timestamptz,
    received_at timestamptz not null,
    headers jsonb not null,
    body bytea not null,
    kind text not null check (kind in ('permanent', 'suspect')),
    error text not null,
    traceback text,
    attempts integer not null,
    first_failed_at timestamptz not null default now(),
    last_failed_at timestamptz not null default now(),
    replayed_at timestamptz,
    resolved_at timestamptz,
    resolution text,
    unique (shop, webhook_id)
);
alter table connector.dead_letters alter column body set storage external;
create index dead_letters_waiting on connector.dead_letters (last_failed_at) where resolved_at is null;
comment on table connector.dead_letters is
    'Deliveries that could not be applied, with their original bytes (zstd), headers, error and attempts.';
