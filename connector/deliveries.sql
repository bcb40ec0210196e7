-- name: record
-- A delivery that stands here already is left alone and not returned, unless $12 says that this is a replay.
insert into connector.deliveries (
    shop_id, webhook_id, triggered_on, triggered_at, received_at, topic, event_id, api_version, outcome, headers, body
)
select shop_id, webhook_id, triggered_on, triggered_at, received_at, topic, event_id, api_version, outcome,
    headers::jsonb, body
from unnest(
    $1::integer[], $2::text[], $3::date[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::bytea[]
) as delivery (
    shop_id, webhook_id, triggered_on, triggered_at, received_at, topic, event_id, api_version, outcome, headers, body
)
order by shop_id, webhook_id, triggered_on
on conflict (shop_id, webhook_id, triggered_on) do update set
    outcome = excluded.outcome, settled_at = clock_timestamp()
where $12::boolean
returning shop_id, webhook_id, triggered_on;

-- name: mark_superseded
update connector.deliveries as delivery set outcome = 'superseded'
from unnest($1::integer[], $2::text[], $3::date[]) as lost (shop_id, webhook_id, triggered_on)
where (delivery.shop_id, delivery.webhook_id, delivery.triggered_on)
    = (lost.shop_id, lost.webhook_id, lost.triggered_on);

-- name: count_repeats
update connector.deliveries as delivery set repeats = delivery.repeats + again.times
from (
    select shop_id, webhook_id, triggered_on, count(*)::integer as times
    from unnest($1::integer[], $2::text[], $3::date[]) as came (shop_id, webhook_id, triggered_on)
    group by shop_id, webhook_id, triggered_on
) as again
where (delivery.shop_id, delivery.webhook_id, delivery.triggered_on)
    = (again.shop_id, again.webhook_id, again.triggered_on);

-- name: find
select shop.domain as shop, delivery.topic, delivery.webhook_id, delivery.event_id, delivery.api_version,
    delivery.triggered_at, delivery.received_at, delivery.settled_at, delivery.outcome, delivery.repeats,
    delivery.headers, delivery.body
from connector.deliveries as delivery
join connector.shops as shop using (shop_id)
where delivery.webhook_id = $1
order by delivery.received_at;

-- name: latest
select shop.domain as shop, delivery.topic, delivery.webhook_id, delivery.event_id, delivery.triggered_at,
    delivery.received_at, delivery.settled_at, delivery.outcome, delivery.repeats
from connector.deliveries as delivery
join connector.shops as shop using (shop_id)
where ($1::text is null or delivery.topic = $1) and ($2::text is null or delivery.outcome = $2)
order by delivery.settled_at desc
limit $3;
