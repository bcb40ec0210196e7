-- name: outgrown
-- Mirrored tables that are far larger than Postgres knew when it last looked.
select format('analyze connector.%I', relname) as analyze
from pg_class
where relnamespace = 'connector'::regnamespace and relkind = 'r' and relname !~ '^import_'
  and pg_relation_size(oid) > 2 * greatest(relpages, 1) * current_setting('block_size')::bigint;
