-- name: lock
select pg_advisory_xact_lock_shared(lock)
from (
    select distinct hashtextextended(family, 7313460231) as lock from unnest($1::text[]) as family order by lock
) as families
union all
select pg_advisory_xact_lock(lock)
from (
    select distinct hashtextextended(root, 7313460229) as lock from unnest($2::text[]) as root order by lock
) as roots;

-- name: try_lock_family
select pg_try_advisory_xact_lock(hashtextextended($1::text, 7313460231));

-- name: lock_family
select pg_advisory_xact_lock(hashtextextended($1::text, 7313460231));

-- name: asked
select set_config('connector.asked', 'on', true);
