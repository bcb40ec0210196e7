-- A feed for tills that were offline: what changed in the views since they last asked.
--
-- Whatever changes mirrored rows logs their ids and looks no further (0012_feed_triggers.sql). Which rows of the
-- views that touches is found when a till asks. Found at once it would be wrong: of two transactions side by side
-- neither sees what the other writes, so that neither could name a view's row that is made of both.
--
-- What a till has seen is a snapshot, not a number: a transaction that took its number early may commit late.
-- It is kept as `top`, the highest transaction with a change that was seen, and `busy`, those up to it that were
-- still under way. Of transactions beyond `top` nothing is said: after a crash Postgres may give a number again
-- that it never wrote to disk, and what was seen was written.

create table connector.changes (
    xid xid8 not null default pg_current_xact_id(),
    seq bigint not null generated always as identity,
    at timestamptz not null default now(),
    shop_id integer not null,
    view text not null,
    feed integer,
    ids bigint[] not null,
    others bigint[],
    primary key (xid, seq)
);
alter table connector.changes alter column ids set storage external, alter column others set storage external;
comment on table connector.changes is 'Which rows of the views changed: one row per statement and view, of ids only.';
comment on column connector.changes.view is 'The view in schema pos.';
comment on column connector.changes.feed is
    'Null where ids are the view''s own; else the row of connector.feeds that tells how to come from ids to rows.';
comment on column connector.changes.others is 'The second halves of keys that have two.';

create table connector.fed_views (
    view text primary key,
    keys text[] not null,
    note text
);
comment on table connector.fed_views is
    'Every view of schema pos: by which columns the feed names its rows; none where it is not fed, and why.';

create table connector.feeds (
    feed integer generated always as identity primary key,
    source text not null,
    view text not null references connector.fed_views,
    columns text[] not null,
    path text,
    reads text[] not null,
    unique (source, view, columns)
);
comment on table connector.feeds is 'Which table''s changes touch which view, and by which of its columns; see connector.feed.';

create table connector.feed_state (
    lone boolean primary key default true check (lone),
    epoch integer not null default 1,
    home text not null,
    forgotten xid8 not null default '0',
    views text not null default ''
);
comment on table connector.feed_state is 'What cursors are checked against; one row.';
comment on column connector.feed_state.epoch is 'Goes up whenever the feed cannot tell what changed: no older cursor holds.';
comment on column connector.feed_state.home is 'The database in which transactions are numbered as here.';
comment on column connector.feed_state.forgotten is 'Of transactions up to this one changes were dropped.';
comment on column connector.feed_state.views is 'What the views were when the triggers were last made, as a hash.';

create function connector.feed_home() returns text
    language plpgsql stable
as $$
begin
    if pg_is_in_recovery() then
        raise exception 'the feed is read from the primary: a standby does not know which transactions are under way'
            using errcode = 'SC002';
    end if;
    return md5(concat_ws('/',
        (select system_identifier from pg_control_system()),
        (select oid from pg_database where datname = current_database()),
        'connector.changes'::regclass::oid,
        left(pg_walfile_name(pg_current_wal_lsn()), 8)
    ));
end $$;
comment on function connector.feed_home is
    'A name for this database and its past: another after a dump or an older backup was restored, or a standby promoted.';

insert into connector.feed_state (home) values (connector.feed_home());

create function connector.feed_forgotten() returns xid8
    language sql stable
    return (select case when home = connector.feed_home() then forgotten else '0' end from connector.feed_state);
comment on function connector.feed_forgotten is
    'Up to which transaction changes were dropped; none here, where the note came in a dump from elsewhere.';

create function connector.feed_epoch() returns text
    language sql stable
    return (select left(md5(concat_ws('/', connector.feed_home(), epoch)), 12) from connector.feed_state);
comment on function connector.feed_epoch is 'What a cursor must carry to hold here and now.';

create function connector.feed_anew() returns void
    language sql volatile
    begin atomic
        update connector.feed_state set epoch = epoch + 1;
    end;
comment on function connector.feed_anew is
    'Let no cursor hold any more: for when rows changed without the triggers, or what the views say of them did.';

create function connector.feed_now(out top xid8, out busy xid8[])
    language plpgsql stable
as $$
begin
    top := greatest(
        connector.feed_forgotten(),
        (
            -- Higher ones were brought along by a dump of another database.
            select change.xid
            from connector.changes as change
            where change.xid < pg_snapshot_xmax(pg_current_snapshot())
            order by change.xid desc, change.seq desc
            limit 1
        )
    );
    -- A transaction counts itself as done in its own snapshot, but may yet write more.
    busy := array(
        select xid
        from (
            select pg_snapshot_xip(pg_current_snapshot())
            union
            select pg_current_xact_id_if_assigned()
        ) as under_way (xid)
        where xid <= top
        order by xid
    );
end $$;
comment on function connector.feed_now is 'What has been seen by whoever reads the views now.';

create function connector.feed_cursor(
    top xid8, busy xid8[], until_top xid8 default null, until_busy xid8[] default null,
    xid xid8 default null, seq bigint default null, ids bigint[] default null
) returns text
    language sql stable
    return concat_ws('.', '1', connector.feed_epoch(), top, array_to_string(busy, ','),
        until_top, array_to_string(until_busy, ','), xid, seq,
        case when until_top is not null then coalesce(array_to_string(ids, ','), '') end);
comment on function connector.feed_cursor is
    'What has been seen, as a cursor; and within a window, up to where it goes and what of it was told last.';

create function connector.feed_place(
    cursor text, out top xid8, out busy xid8[], out until_top xid8, out until_busy xid8[],
    out xid xid8, out seq bigint, out ids bigint[]
)
    language plpgsql stable
as $$
declare
    whole constant text := '^1[.][0-9a-f]{12}[.]N[.](N(,N)*)?([.]N[.](N(,N)*)?[.]N[.]N[.](N(,N)?)?)?$';
    parts text[];
    problem text;
begin
    if cursor is null or cursor !~ replace(whole, 'N', '[0-9]{1,18}') then
        problem := 'it is none that this database gave';
    else
        parts := string_to_array(cursor, '.');
        top := parts[3];
        busy := string_to_array(parts[4], ',');
        until_top := parts[5];
        until_busy := string_to_array(parts[6], ',');
        xid := parts[7];
        seq := parts[8];
        ids := string_to_array(nullif(parts[9], ''), ',');
        if parts[2] <> connector.feed_epoch() then
            problem := 'it is of another database, or from before this one was restored or upgraded';
        elsif xid > '0' and xid <= connector.feed_forgotten() or top < connector.feed_forgotten()
            or connector.feed_forgotten() >= any(busy)
        then
            problem := 'it is too old: what changed since is not kept any more';
        end if;
    end if;
    if problem is not null then
        raise exception 'this cursor cannot be gone on from: %', problem using
            errcode = 'SC001',
            hint = 'Take a new snapshot: keep what pos.changes_cursor() returns, then read the views anew.';
    end if;
end $$;
comment on function connector.feed_place is
    'What a cursor says, the reverse of connector.feed_cursor; raises SC001 for one that does not hold.';

create function connector.feed_statement(views text[], used integer[]) returns text
    language sql stable
    return format(
        $statement$
        with entries as materialized (
            select batch.pos, change.shop_id, change.view, change.feed, entry.id, entry.other
            from unnest($1, $2) with ordinality as batch (xid, seq, pos)
            join connector.changes as change on change.xid = batch.xid and change.seq = batch.seq
            cross join lateral unnest(change.ids, change.others) as entry (id, other)
        ),
        touched (view, shop_id, id, other, pos) as (
            select view, shop_id, id, other, pos from entries where feed is null %1$s
        ),
        named as (
            select view, shop_id, id, other, min(pos) as pos from touched
            where $3 is null or (id, coalesce(other, 0)) > ($3[1], coalesce($3[2], 0))
            group by view, shop_id, id, other
            order by min(pos), view, id, other
            limit $4
        )
        select named.pos, shop.domain as shop, named.view,
            array_remove(array[named.id, named.other], null) as ids, case named.view %2$s end as deleted
        from named
        left join connector.shops as shop on shop.shop_id = named.shop_id
        order by named.pos, named.view, named.id, named.other
        $statement$,
        (
            select string_agg(format(
                'union all select %L, found.* from (with entry as materialized '
                '(select shop_id, id, pos from entries where feed = %s) select * from (%s) as path) as found',
                feed.view, feed.feed, feed.path
            ), ' ')
            from connector.feeds as feed
            where feed.feed = any(used)
        ),
        (
            select string_agg(format(
                'when %L then not exists (select from pos.%I as shown where shown.shop = shop.domain and %s)',
                fed.view, fed.view,
                (
                    select string_agg(format('shown.%I = named.%s', key, (array['id', 'other'])[place]), ' and ')
                    from unnest(fed.keys) with ordinality as keys (key, place)
                )
            ), ' ')
            from connector.fed_views as fed
            where fed.view = any(views)
        )
    );
comment on function connector.feed_statement is
    'The query from changes $1, $2 to rows of the views, behind the key $3, at most $4: each once, and whether it is gone.';

create function connector.feed_batch(
    top xid8, busy xid8[], until_top xid8, until_busy xid8[], behind_xid xid8, behind_seq bigint, most integer,
    out xids xid8[], out seqs bigint[], out views text[], out feeds integer[], out through boolean
)
    language sql stable
    begin atomic
        select array_agg(xid order by xid, seq) filter (where before < most),
            array_agg(seq order by xid, seq) filter (where before < most),
            array_agg(distinct view) filter (where before < most),
            array_agg(distinct feed) filter (where before < most),
            count(*) < most and coalesce(bool_and(before < most), true)
        from (
            select unseen.*, sum(size) over (order by xid, seq) - size as before
            from (
                -- Each half is read in the order of the key, and no further than wanted.
                (
                    select xid, seq, view, feed, cardinality(ids) as size
                    from connector.changes
                    where xid = any(busy) and xid <= until_top and xid <> all(until_busy)
                      and (xid, seq) > (behind_xid, behind_seq)
                    order by xid, seq
                    limit most
                )
                union all
                (
                    select xid, seq, view, feed, cardinality(ids) as size
                    from connector.changes
                    where xid > top and xid <= until_top and xid <> all(until_busy)
                      and (xid, seq) > (behind_xid, behind_seq)
                    order by xid, seq
                    limit most
                )
            ) as unseen
            order by xid, seq
            limit most
        ) as next;
    end;
comment on function connector.feed_batch is
    'The next changes that were not seen and are to be seen now, of about so many ids; and whether there are no others.';

create function pos.changes_cursor() returns text
    language sql stable security definer
    set search_path = pg_catalog
    return (select connector.feed_cursor(top, busy) from connector.feed_now());
comment on function pos.changes_cursor is
'Where the feed of changes stands. For a first snapshot keep what this returns, then read the views in any way and
for as long as it takes; then go on with pos.changes_since.';

create function pos.changes_since(after text, max integer default 1000)
    returns table (shop text, view text, ids bigint[], deleted boolean, cursor text)
    language plpgsql stable security definer
    set search_path = pg_catalog
as $$
declare
    place record := connector.feed_place(after);
    resumed boolean := place.until_top is not null;
    batch record;
    touched record;
    told integer := 0;
    more boolean := false;
begin
    if coalesce(max, 0) < 1 then
        raise exception 'at most how many rows to return must be 1 or more' using errcode = '22023';
    end if;
    loop
        if place.until_top is null then
            select now.top, now.busy, '0', 0 into place.until_top, place.until_busy, place.xid, place.seq
            from connector.feed_now() as now;
        end if;
        if place.ids is null then
            batch := connector.feed_batch(
                place.top, place.busy, place.until_top, place.until_busy, place.xid, place.seq, max
            );
        else
            select array[place.xid] as xids, array[place.seq] as seqs, array[change.view] as views,
                array[change.feed] as feeds, false as through
            into batch
            from connector.changes as change
            where (change.xid, change.seq) = (place.xid, place.seq);
        end if;
        if batch.xids is not null then
            for touched in
                execute connector.feed_statement(batch.views, batch.feeds)
                using batch.xids, batch.seqs, place.ids, max::bigint + 1
            loop
                more := told = max;
                exit when more;
                shop := touched.shop;
                view := touched.view;
                ids := touched.ids;
                deleted := touched.deleted;
                return next;
                told := told + 1;
                place.xid := batch.xids[touched.pos];
                place.seq := batch.seqs[touched.pos];
            end loop;
        end if;
        if more then
            place.ids := ids;
            exit;
        end if;
        place.ids := null;
        if batch.through then
            select place.until_top, place.until_busy, null, null, null, null
            into place.top, place.busy, place.until_top, place.until_busy, place.xid, place.seq;
            exit when not resumed;
            -- The window was begun by an earlier answer: there may be another by now.
            resumed := false;
        else
            place.xid := batch.xids[cardinality(batch.xids)];
            place.seq := batch.seqs[cardinality(batch.seqs)];
        end if;
        exit when told > 0;
    end loop;
    shop := null;
    view := null;
    ids := null;
    deleted := null;
    cursor := connector.feed_cursor(
        place.top, place.busy, place.until_top, place.until_busy, place.xid, place.seq, place.ids
    );
    return next;
end $$;
comment on function pos.changes_since is
'What changed in the views since a cursor, for a till that was away. Each row names one row of one view: its shop,
the view, its ids (the view''s key, in the order of connector.fed_views.keys), and whether it is gone: read it from
the view, or delete it. A row that is read and not found was deleted meanwhile. The last row of every answer names
no view and carries the cursor to go on with: keep it once all before it are done. At most max rows are named;
ask again until that last row comes alone. Then wait for a notification on the channel pos_changes (its payload
is the view''s name; listen before you ask), or ask again later: asking is cheap, and a cursor may be used twice.

What was committed before you ask comes before what is committed after; no change is ever missed, however long
its transaction took, and none waits for another''s. A row that changed often may be named again in a later answer.

A cursor that cannot be gone on from raises SQLSTATE SC001: it is older than what is kept
(CONNECTOR_CHANGES_RETENTION_DAYS), from another database, or none. Take a new snapshot: keep
pos.changes_cursor(), then read the views.';
