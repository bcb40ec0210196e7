-- name: wanted
select webhooks_wanted from connector.shops where shop_id = $1;

-- name: want
update connector.shops set webhooks_wanted = $2 where shop_id = $1;

-- name: to_register
select shop_id
from connector.shops
join connector.credentials using (shop_id)
where removed_at is null and webhooks_wanted;

-- name: known
select topic, state, subscription_id, uri, api_version, note, since, seen_at, looked_at
from connector.subscriptions
where shop_id = $1
order by topic;

-- name: note
insert into connector.subscriptions as known (
    shop_id, topic, state, subscription_id, uri, api_version, note, since, seen_at, looked_at
)
values (
    $1, $2, $3, $4, $5, $6, $7, case when $4::text is not null then $8::timestamptz end,
    case when $3 = 'present' then $8::timestamptz end, $8
)
on conflict (shop_id, topic) do update set
    state = excluded.state,
    subscription_id = coalesce(excluded.subscription_id, known.subscription_id),
    uri = coalesce(excluded.uri, known.uri),
    api_version = coalesce(excluded.api_version, known.api_version),
    note = excluded.note,
    since = case
        when known.subscription_id = excluded.subscription_id then coalesce(known.since, excluded.since)
        else coalesce(excluded.since, known.since)
    end,
    seen_at = coalesce(excluded.seen_at, known.seen_at),
    looked_at = excluded.looked_at;

-- name: forget_others
delete from connector.subscriptions where shop_id = $1 and not topic = any($2::text[]);

-- name: lose
insert into connector.subscription_losses (shop_id, topic, cause, words, seen_at)
values ($1, $2, $3, $4, $5)
on conflict (shop_id, topic) where restored_at is null do nothing;

-- name: open
select topic, cause, words, seen_at, noticed_at
from connector.subscription_losses
where shop_id = $1 and restored_at is null
order by topic;

-- name: restore
update connector.subscription_losses set restored_at = clock_timestamp(), looked_back_to = $3
where shop_id = $1 and topic = $2 and restored_at is null;

-- name: close
update connector.subscription_losses set restored_at = clock_timestamp()
where shop_id = $1 and restored_at is null;

-- name: losses
select shop.domain as shop, loss.topic, loss.cause, loss.words, loss.seen_at, loss.noticed_at, loss.restored_at,
    loss.looked_back_to
from connector.subscription_losses as loss
join connector.shops as shop using (shop_id)
where shop.removed_at is null and ($1::integer is null or shop_id = $1) and loss.noticed_at > now() - $2::interval
order by loss.noticed_at desc, loss.topic
limit 500;

-- name: standing
select shop.domain as shop, known.topic, known.state, known.note, known.seen_at, known.looked_at
from connector.subscriptions as known
join connector.shops as shop using (shop_id)
where shop.removed_at is null
order by shop.domain, known.topic;

-- name: uninstalled_at
select max(coalesce(triggered_at, received_at))
from connector.deliveries
where shop_id = $1 and topic = 'app/uninstalled' and settled_at > $2;
