-- name: begin
insert into connector.sync_runs (shop_id, reason) values ($1, $2)
on conflict (shop_id) where state = 'running' do nothing
returning run_id, shop_id, reason, state, started_at, ended_at, error;

-- name: begin_streams
insert into connector.sync_streams (run_id, stream, position)
select $1, stream, position from unnest($2::text[]) with ordinality as wanted (stream, position);

-- name: resume
update connector.sync_runs set state = 'running', ended_at = null, error = null
where run_id = (
    select run_id from connector.sync_runs where shop_id = $1 order by run_id desc limit 1
) and state in ('cancelled', 'failed')
returning run_id, shop_id, reason, state, started_at, ended_at, error;

-- name: resume_streams
update connector.sync_streams set
    state = 'waiting', attempts = 0, note = null, operation_id = null, url = null, ended_at = null,
    read_bytes = 0, read_objects = 0, merged = 0, to_merge = 0, step = 0, cursor = 0
where run_id = $1 and state = 'failed';

-- name: cancel
update connector.sync_runs set state = 'cancelled', ended_at = clock_timestamp()
where shop_id = $1 and state = 'running'
returning run_id, shop_id, reason, state, started_at, ended_at, error;

-- name: get
select run_id, shop_id, reason, state, started_at, ended_at, error
from connector.sync_runs
where run_id = $1;

-- name: latest
select run_id, shop_id, reason, state, started_at, ended_at, error
from connector.sync_runs
where ($1::integer is null or shop_id = $1) and ($2::text[] is null or state = any($2))
order by run_id desc
limit 1;

-- name: running
select run_id, shop_id, reason, state, started_at, ended_at, error
from connector.sync_runs
where state = 'running';

-- name: streams
select run_id, stream, state, asked_at, operation_id, objects, bytes, url, read_bytes, read_objects,
    to_merge, merged, step, cursor, attempts, gone, note, started_at, ended_at
from connector.sync_streams
where run_id = $1
order by position;

-- name: end
update connector.sync_runs set state = $2, error = $3, ended_at = clock_timestamp()
where run_id = $1 and state = 'running';

-- name: trouble
update connector.sync_runs set error = $2 where run_id = $1 and state = 'running';

-- name: note
update connector.sync_streams set {columns} where run_id = $1 and stream = $2;
