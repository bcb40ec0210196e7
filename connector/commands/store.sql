-- name: shops_due
-- Those of which the oldest command of some lane is due: who stands behind another one waits for that.
select distinct shop_id
from (
    select distinct on (shop_id, lane) shop_id, due_at
    from connector.command_work
    order by shop_id, lane, position
) as head
where due_at <= clock_timestamp();

-- name: heads
-- The oldest pending command of each lane, where it is due.
select *
from (
    select distinct on (work.lane)
        command.command_id, work.shop_id, command.shop, command.kind, command.order_id,
        command.arguments::text as arguments, command.till, command.received_at, work.attempts,
        work.sent::text as sent, work.effect::text as effect, work.due_at, work.position
    from connector.command_work as work
    join pos.commands as command using (command_id)
    where work.shop_id = $1
    order by work.lane, work.position
) as head
where due_at <= clock_timestamp()
order by position
limit $2;

-- name: unsettled
select command.status, count(*)::integer as commands
from connector.command_work as work
join pos.commands as command using (command_id)
group by command.status
order by command.status desc;

-- name: note_sent
update connector.command_work
set sent = $2::jsonb, due_at = clock_timestamp() + $3::interval
where command_id = $1;

-- name: note_unsent
update connector.command_work set sent = null where command_id = $1;

-- name: note_effect
update connector.command_work set effect = $2::jsonb where command_id = $1;

-- name: postpone
with work as (
    update connector.command_work
    set attempts = $3, due_at = greatest(due_at, clock_timestamp() + $2::interval)
    where command_id = $1
    returning command_id
)
update pos.commands as command set reason = $4 from work where command.command_id = work.command_id;

-- name: end
-- What a person must decide stays as the till left it: a parcel that is gone, pieces that were sold.
with ended as (
    delete from connector.command_work where command_id = $1 and $2 <> 'needs_person'
),
left_to_a_person as (
    update connector.command_work set due_at = 'infinity' where command_id = $1 and $2 = 'needs_person'
)
update pos.commands
set status = $2, reason = $3, answer = $4::jsonb, ended_at = clock_timestamp()
where command_id = $1 and status = 'pending';

-- name: outcome
select status, answer from pos.commands where command_id = $1 and shop = $2;

-- name: handed_over
select till, ended_at, command_id
from pos.commands
where shop = $1 and order_id = $2 and kind = 'picked_up' and status = 'done'
  and answer -> 'fulfillment_order_id' = to_jsonb($3::bigint)
order by ended_at desc
limit 1;

-- name: opened
select (answer ->> 'return_id')::bigint as return_id
from pos.commands
where shop = $1 and order_id = $2 and kind = 'open_return' and status = 'done' and answer ? 'return_id';
