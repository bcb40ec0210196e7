-- name: lock
select pg_advisory_xact_lock(lock)
from (
    select distinct hashtextextended(root, 7313460229) as lock from unnest($1::text[]) as root order by lock
) as locks;
