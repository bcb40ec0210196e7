-- Who told what of each thing, when, and what came of it.

-- One row per teller and thing, beside the ledger and kept as long. It holds no personal data: what was told is
-- named, never shown. An import writes none, its rows carry the moment it asked at as their version.
create table connector.history (
    shop_id integer not null,
    root text not null,
    at timestamptz not null,
    triggered_at timestamptz not null,
    source text not null check (source in ('webhook', 'replay', 'refetch', 'compare', 'command')),
    topic text not null,
    reference text,
    gone boolean not null,
    told text[] not null,
    versions timestamptz[] not null,
    written boolean[] not null
) partition by range (at);
create table connector.history_other_days partition of connector.history default;
create index history_root on connector.history (shop_id, root);
comment on table connector.history is
    'Who told what of each thing; inserted in the transaction of its effect. Old days are dropped whole.';
comment on column connector.history.root is 'The thing with all that hangs on it, such as orders/1001.';
comment on column connector.history.topic is 'The webhook''s topic, the kind that was read anew, the family compared, the command.';
comment on column connector.history.reference is
    'Of a webhook or replay its delivery, of a refetch the delivery that asked for it, of a comparison its run, of a command its id.';
comment on column connector.history.gone is 'Whether it told that something is no more.';
comment on column connector.history.told is
    'The records it told, such as refunds/7; empty where it told only that the thing changed.';
comment on column connector.history.versions is 'The updated_at of each.';
comment on column connector.history.written is 'Whether each was written; else a newer version stood already.';

alter table connector.refetches add column asked_by text;
comment on column connector.refetches.asked_by is 'The last delivery that asked for it; null where none did.';
