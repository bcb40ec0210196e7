-- name: record
-- All at one moment: what one transaction wrote was written together.
insert into connector.history (
    shop_id, root, at, triggered_at, source, topic, reference, gone, told, versions, written
)
select shop_id, root, (select clock_timestamp()), triggered_at, source, topic, reference, gone,
    told::text[], versions::timestamptz[], written::boolean[]
from unnest(
    $1::integer[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::boolean[],
    $8::text[], $9::text[], $10::text[]
) as teller (shop_id, root, triggered_at, source, topic, reference, gone, told, versions, written);

-- name: of
-- What was told of some things, newest first.
select root, at, triggered_at, source, topic, reference, gone, told, versions, written
from connector.history
where shop_id = $1 and root = any($2::text[])
order by at desc, triggered_at desc, root
limit $3;
