-- Which webhooks Shopify was told to send, what became of that, and how many usually come.

alter table connector.shops add column webhooks_wanted boolean not null default true;
comment on column connector.shops.webhooks_wanted is
    'False once the operator removed the subscriptions: the schedule does not make them again.';

create table connector.subscriptions (
    shop_id integer not null,
    topic text not null,
    state text not null check (state in ('present', 'missing', 'lacking', 'refused')),
    subscription_id text,
    uri text,
    api_version text,
    note text,
    since timestamptz,
    seen_at timestamptz,
    looked_at timestamptz not null,
    primary key (shop_id, topic)
);
comment on table connector.subscriptions is 'What the last look at Shopify found of each topic that is wanted.';
comment on column connector.subscriptions.since is 'When this very subscription was first found.';
comment on column connector.subscriptions.seen_at is 'When a subscription of ours that delivers was last found.';
comment on column connector.subscriptions.note is 'The scope that is lacking, or why Shopify refused.';

create table connector.subscription_losses (
    loss_id bigint generated always as identity primary key,
    shop_id integer not null,
    topic text not null,
    cause text not null
        check (cause in ('scope', 'reinstalled', 'unreachable', 'moved', 'changed', 'deleted')),
    words text not null,
    seen_at timestamptz not null,
    noticed_at timestamptz not null default clock_timestamp(),
    restored_at timestamptz,
    looked_back_to timestamptz
);
create unique index subscription_losses_open on connector.subscription_losses (shop_id, topic)
    where restored_at is null;
comment on table connector.subscription_losses is
    'Each time a subscription of ours was found gone or silenced: why, and from when on the gap was compared.';

create table connector.heard (
    shop_id integer not null,
    topic text not null,
    hour timestamptz not null,
    deliveries bigint not null,
    last_at timestamptz not null,
    primary key (shop_id, topic, hour)
);
comment on table connector.heard is
    'How many deliveries of a topic came in each hour; outlives the ledger, so that the usual is known.';
