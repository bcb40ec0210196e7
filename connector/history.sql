-- name: record
-- All at one moment: what one transaction wrote was written together.
insert into connector.history (
    shop_id, written, gone, at, triggered_at, updated_at, root, record, source, topic, reference
)
select shop_id, written, gone, (select clock_timestamp()), triggered_at, updated_at, root, record, source, topic,
    reference
from jsonb_populate_recordset(null::connector.history, $1::jsonb);

-- name: of
-- What was told of some things, newest first.
select at, triggered_at, updated_at, root, record, source, topic, reference, written, gone
from connector.history
where shop_id = $1 and root = any($2::text[]) and ($3::text[] is null or record is null or record = any($3))
order by at desc, triggered_at desc, updated_at desc, record
limit $4;
