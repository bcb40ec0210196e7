-- Who told what of each thing, when, and what came of it.

-- One row per teller and record, beside the ledger and kept as long. It holds no personal data: what was told is
-- named, never shown. An import writes none, its rows carry the moment it asked at as their version.
create table connector.history (
    shop_id integer not null,
    written boolean not null,
    gone boolean not null,
    at timestamptz not null,
    triggered_at timestamptz not null,
    updated_at timestamptz,
    root text not null,
    record text,
    source text not null,
    topic text not null,
    reference text
) partition by range (at);
create table connector.history_other_days partition of connector.history default;
create index history_root on connector.history (shop_id, root);
comment on table connector.history is
    'Who told what of each thing; inserted in the transaction of its effect. Old days are dropped whole.';
comment on column connector.history.written is 'Whether the record was written; else a newer version stood already.';
comment on column connector.history.gone is 'Whether it told that the record is no more.';
comment on column connector.history.updated_at is 'With triggered_at the version that was told.';
comment on column connector.history.root is 'The thing with all that hangs on it, such as orders/1001.';
comment on column connector.history.record is
    'What of it was told, such as refunds/7; null where only that the thing changed.';
comment on column connector.history.source is 'webhook, replay, refetch, compare or command.';
comment on column connector.history.topic is
    'The webhook''s topic, the kind that was read anew, the family compared, the command carried out.';
comment on column connector.history.reference is
    'Of a webhook or replay its delivery, of a refetch the delivery that asked for it, of a comparison its run, of a command its id.';

alter table connector.refetches add column asked_by text;
comment on column connector.refetches.asked_by is 'The last delivery that asked for it; null where none did.';
