-- A table partitioned by day: {daily} is its name, {dated} the column that says which day.

-- name: wait_for_writers
-- Not longer: while we wait for a long transaction, a dump for example, everybody else waits behind us.
set local lock_timeout = '3s';

-- name: hold_writers
-- Writers lock the table first and its days after: holding it, nobody adds a row to a day that we move, and
-- nobody waits for us crosswise.
lock table only connector.{daily} in access exclusive mode;

-- name: add_day
-- Rows of the day may stand among the other days already, where nothing made its partition in time.
create table connector.{name} (like connector.{daily} including defaults including constraints including storage);
with moved as (
    delete from connector.{daily}_other_days where {dated} >= '{day}' and {dated} < '{next}' returning *
)
insert into connector.{name} select * from moved;
alter table connector.{daily} attach partition connector.{name} for values from ('{day}') to ('{next}');

-- name: days
select relation.relname as name
from pg_inherits as inheritance
join pg_class as relation on relation.oid = inheritance.inhrelid
where inheritance.inhparent = 'connector.{daily}'::regclass and relation.relname ~ '^{daily}_[0-9]+$';

-- name: drop_day
drop table connector.{name};

-- name: forget_other_days
delete from connector.{daily}_other_days where {dated} < $1::date;
