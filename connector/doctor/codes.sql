-- name: doubled
-- Of each shop and kind how many codes stand on several variants, and the first of them.
select shop, kind, count(*) as codes, (array_agg(code order by code))[1:5] as first
from pos.duplicate_codes
group by shop, kind
order by shop, kind;
