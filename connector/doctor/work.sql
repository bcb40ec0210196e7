-- name: overdue_refetches
select shop.domain as shop, count(*) as things, min(refetch.due_at) as since, max(refetch.error) as error
from connector.refetches as refetch
join connector.shops as shop using (shop_id)
where refetch.due_at < clock_timestamp() - $1::interval
group by shop.domain
order by shop.domain;

-- name: dead_letters
select topic, kind, error, count(*) as letters, sum(attempts) as attempts, min(first_failed_at) as first_failed_at,
    max(last_failed_at) as last_failed_at
from connector.dead_letters
where resolved_at is null
group by topic, kind, error
order by letters desc, topic
limit 200;

-- name: imports
select distinct on (shop_id) shop.domain as shop, run.state, run.started_at, run.error
from connector.shops as shop
join connector.credentials using (shop_id)
left join connector.sync_runs as run using (shop_id)
where shop.removed_at is null
order by shop_id, run.run_id desc;

-- name: compared
select shop.domain as shop, min(reached.until) as until
from connector.reconciled as reached
join connector.shops as shop using (shop_id)
join connector.credentials using (shop_id)
where shop.removed_at is null and reached.until is not null
group by shop.domain
order by shop.domain;
