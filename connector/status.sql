-- name: look
with recent as (
    select
        repeats,
        settled_at,
        1000 * extract(epoch from settled_at - received_at)::float8 as lag,
        1000 * extract(epoch from settled_at - triggered_at)::float8 as trigger_lag
    from connector.deliveries
    where settled_at > now() - $1::interval
)
select
    coalesce(sum(repeats), 0)::bigint as repeats,
    max(settled_at) as last_delivery_at,
    percentile_cont(0.5) within group (order by lag) as lag_p50,
    percentile_cont(0.99) within group (order by lag) as lag_p99,
    percentile_cont(0.5) within group (order by trigger_lag) as trigger_lag_p50,
    percentile_cont(0.99) within group (order by trigger_lag) as trigger_lag_p99,
    (select count(*) from connector.dead_letters where resolved_at is null) as dead_letters
from recent;

-- name: outcomes
select outcome, count(*) as deliveries
from connector.deliveries
where settled_at > now() - $1::interval
group by outcome
order by outcome;

-- name: count
select count(*) from pos.{view};

-- name: rows
select * from pos.{view};
