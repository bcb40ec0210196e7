-- name: count
-- From the hour before the last one that is counted: a delivery may have waited to be settled. An hour whose
-- ledger was dropped in part keeps what was counted before.
with since as (
    select coalesce(max(hour), '-infinity') - interval '1 hour' as at from connector.heard
)
insert into connector.heard as heard (shop_id, topic, hour, deliveries, last_at)
select shop_id, topic, date_trunc('hour', received_at, 'UTC'), count(*), max(received_at)
from connector.deliveries
where settled_at >= (select at from since)
group by 1, 2, 3
order by 1, 2, 3
on conflict (shop_id, topic, hour) do update set
    deliveries = greatest(heard.deliveries, excluded.deliveries),
    last_at = greatest(heard.last_at, excluded.last_at)
where heard.deliveries < excluded.deliveries or heard.last_at < excluded.last_at;

-- name: forget
delete from connector.heard where hour < now() - $1::interval;

-- name: last
select topic, max(last_at) as last_at from connector.heard where shop_id = $1 group by topic;

-- name: hours
select shop.domain as shop, heard.topic, heard.hour, heard.deliveries, heard.last_at
from connector.heard as heard
join connector.shops as shop using (shop_id)
where shop.removed_at is null and heard.hour >= now() - $1::interval and ($2::integer is null or shop_id = $2)
order by shop.domain, heard.topic, heard.hour;
