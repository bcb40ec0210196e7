-- name: ask
insert into connector.refetches as refetch (shop_id, kind, id, due_at, asked_by)
select $1, wanted.kind, wanted.id, clock_timestamp() + make_interval(secs => wanted.settle), wanted.asked_by
from unnest($2::text[], $3::bigint[], $4::float8[], $5::text[]) as wanted (kind, id, settle, asked_by)
on conflict (shop_id, kind, id) do update set
    asks = refetch.asks + 1,
    due_at = least(refetch.due_at, excluded.due_at),
    asked_by = coalesce(excluded.asked_by, refetch.asked_by);

-- name: due
select id, asks, asked_at, asked_by
from connector.refetches
where shop_id = $1 and kind = $2 and due_at <= clock_timestamp()
order by attempts, due_at
limit $3;

-- name: next_due
select min(due_at) from connector.refetches where shop_id = $1;

-- name: shops_waiting
select distinct shop_id from connector.refetches where due_at <= clock_timestamp();

-- name: shops_asking
select distinct shop_id from connector.refetches;

-- name: done
-- Of two who read the same the first takes the row away; asked for after that it has one ask again, of a later time.
delete from connector.refetches as refetch
using unnest($3::bigint[], $4::bigint[], $5::timestamptz[]) as read (id, asks, asked_at)
where refetch.shop_id = $1 and refetch.kind = $2 and refetch.id = read.id
  and (refetch.asks, refetch.asked_at) = (read.asks, read.asked_at);

-- name: tried
update connector.refetches set attempts = attempts + 1
where shop_id = $1 and kind = $2 and id = any($3::bigint[]);

-- name: put_off
update connector.refetches set
    attempts = attempts + 1,
    due_at = clock_timestamp() + $4::interval,
    error = $5
where shop_id = $1 and kind = $2 and id = any($3::bigint[]);

-- name: waiting
select count(*) from connector.refetches where shop_id = $1 and ($2::text[] is null or kind = any($2));
