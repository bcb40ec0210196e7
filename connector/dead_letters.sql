-- name: bury
insert into connector.dead_letters as letter (
    shop, topic, webhook_id, event_id, api_version, triggered_at, received_at, headers, body,
    kind, error, traceback, attempts
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (shop, webhook_id) do update set
    kind = excluded.kind,
    error = excluded.error,
    traceback = excluded.traceback,
    attempts = letter.attempts + excluded.attempts,
    last_failed_at = now(),
    resolved_at = null,
    resolution = null;

-- name: resolve
update connector.dead_letters set resolved_at = now(), resolution = $2 where dead_letter_id = $1;

-- name: list
select dead_letter_id, shop, topic, webhook_id, kind, error, attempts, first_failed_at, last_failed_at,
    replayed_at, resolved_at, resolution
from connector.dead_letters
where (not $1 or resolved_at is null) and ($2::text is null or topic = $2)
order by last_failed_at desc, dead_letter_id desc
limit $3;

-- name: find
select dead_letter_id, shop, topic, webhook_id, event_id, api_version, triggered_at, received_at, headers, body,
    kind, error, traceback, attempts, first_failed_at, last_failed_at, replayed_at, resolved_at, resolution
from connector.dead_letters
where dead_letter_id = $1;

-- name: revive_commands
with revived as (
    update pos.commands as command
    set status = 'pending', reason = null, ended_at = null
    from connector.dead_letters as letter
    where letter.dead_letter_id = any($1::bigint[]) and letter.resolved_at is null
      and starts_with(letter.topic, $2) and command.command_id::text = letter.webhook_id
      and command.status = 'needs_person'
    returning letter.dead_letter_id
)
update connector.dead_letters as letter
set replayed_at = now(), resolved_at = now(), resolution = 'pending again'
from revived
where letter.dead_letter_id = revived.dead_letter_id;

-- name: start_replay
update connector.dead_letters set replayed_at = now()
where dead_letter_id = any($1::bigint[]) and resolved_at is null
returning dead_letter_id, shop, topic, webhook_id, event_id, api_version, triggered_at, received_at,
    headers - array[
        'X-Shopify-Topic', 'X-Shopify-Shop-Domain', 'X-Shopify-API-Version', 'X-Shopify-Webhook-Id',
        'X-Shopify-Event-Id', 'X-Shopify-Triggered-At'
    ] as headers,
    body;
