-- name: settle_in
-- A dump brings its changes along, numbered as where it was made: those that are still to come here would be
-- told again then, and the note of what was forgotten says nothing here.
with settled as (
    update connector.feed_state set home = connector.feed_home(), forgotten = '0'
    where home <> connector.feed_home()
    returning true
)
delete from connector.changes
where exists (select from settled) and xid >= pg_snapshot_xmax(pg_current_snapshot());

-- name: forget
-- The oldest $2 changes, those of them from before $1; what they were is noted in the same breath. A transaction
-- that is under way would count as forgotten too, and with it every cursor that waits for it.
with oldest as materialized (
    select xid, seq, at from connector.changes order by xid, seq limit $2
),
forgotten as (
    delete from connector.changes as change
    using oldest
    where change.xid = oldest.xid and change.seq = oldest.seq
      and oldest.at < $1::timestamptz and oldest.xid < pg_snapshot_xmin(pg_current_snapshot())
    returning change.xid
),
noted as (
    update connector.feed_state set forgotten = greatest(forgotten, (select max(xid) from forgotten))
    where exists (select from forgotten)
)
select count(*) from forgotten;
