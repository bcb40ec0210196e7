-- What is read from Shopify's Admin API: things to look at again, imports, comparisons and what they found.

create table connector.refetches (
    shop_id integer not null,
    kind text not null,
    id bigint not null,
    asks bigint not null default 1,
    asked_at timestamptz not null default clock_timestamp(),
    due_at timestamptz not null,
    attempts integer not null default 0,
    error text,
    primary key (shop_id, kind, id)
);
create index refetches_due on connector.refetches (shop_id, due_at);
comment on table connector.refetches is
    'Things that a webhook told had changed without telling how; many asks for one thing are one row.';

create table connector.sync_runs (
    run_id bigint generated always as identity primary key,
    shop_id integer not null,
    reason text not null check (reason in ('first', 'asked', 'outage')),
    state text not null default 'running' check (state in ('running', 'cancelled', 'failed', 'done')),
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    error text
);
create unique index sync_runs_one_at_a_time on connector.sync_runs (shop_id) where state = 'running';
comment on table connector.sync_runs is 'Imports of a shop, one at a time.';

create table connector.sync_streams (
    run_id bigint not null references connector.sync_runs on delete cascade,
    stream text not null,
    position integer not null,
    state text not null default 'waiting'
        check (state in ('waiting', 'exporting', 'reading', 'merging', 'completing', 'done', 'skipped', 'failed')),
    asked_at timestamptz,
    operation_id text,
    objects bigint not null default 0,
    bytes bigint,
    url text,
    read_bytes bigint not null default 0,
    read_objects bigint not null default 0,
    merged bigint not null default 0,
    to_merge bigint not null default 0,
    step integer not null default 0,
    cursor bigint not null default 0,
    attempts integer not null default 0,
    gone bigint not null default 0,
    note text,
    started_at timestamptz,
    ended_at timestamptz,
    primary key (run_id, stream)
);
comment on table connector.sync_streams is 'How far each stream of an import is; enough to go on after a crash.';

create table connector.reconcile_runs (
    run_id bigint generated always as identity primary key,
    shop_id integer not null,
    family text not null,
    kind text not null check (kind in ('incremental', 'full', 'outage')),
    since timestamptz,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    checked bigint not null default 0,
    missing bigint not null default 0,
    stale bigint not null default 0,
    extra bigint not null default 0,
    repaired bigint not null default 0,
    error text
);
create index reconcile_runs_recent on connector.reconcile_runs (shop_id, family, started_at);
comment on table connector.reconcile_runs is 'Comparisons of the mirrored rows with Shopify, and how many differed.';

create table connector.drift (
    run_id bigint not null references connector.reconcile_runs on delete cascade,
    kind text not null,
    id bigint not null,
    difference text not null check (difference in ('missing', 'stale', 'extra')),
    fields text[] not null default '{}',
    shopify_updated_at timestamptz,
    stored_updated_at timestamptz,
    stale_for interval,
    cause text,
    repaired_at timestamptz,
    primary key (run_id, kind, id)
);
comment on table connector.drift is 'Each row that a comparison found to differ, in which fields, for how long, and probably why.';

create table connector.reconciled (
    shop_id integer not null,
    family text not null,
    until timestamptz,
    full_at timestamptz,
    wanted text check (wanted in ('incremental', 'full')),
    not_before timestamptz,
    primary key (shop_id, family)
);
comment on table connector.reconciled is 'Up to which moment of Shopify each family is known to agree.';

-- A tombstone is dated by when it was told, which is later than any change of the thing itself. What Shopify
-- shows alive when it is asked afterwards is alive; a webhook alone does not raise the dead.
create function connector.raised(
    stored_deleted timestamptz, stored_triggered timestamptz, told_deleted timestamptz, told_triggered timestamptz
) returns boolean
    language sql stable
    return stored_deleted is not null and told_deleted is null and stored_triggered < told_triggered
        and current_setting('connector.asked', true) = 'on';
comment on function connector.raised is 'Whether what was read from Shopify raises a tombstone; within a transaction that says so.';
