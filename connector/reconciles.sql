-- name: begin
insert into connector.reconcile_runs (shop_id, family, kind, since) values ($1, $2, $3, $4) returning run_id;

-- name: found
insert into connector.drift (
    run_id, kind, id, difference, fields, shopify_updated_at, stored_updated_at, stale_for, cause, repaired_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp())
on conflict (run_id, kind, id) do nothing;

-- name: unproven
-- That it was stale too, and is as Shopify tells it now, says less than that it does not add up.
insert into connector.drift (
    run_id, kind, id, difference, fields, shopify_updated_at, stored_updated_at, cause
)
values ($1, $2, $3, 'unproven', $4, $5, $6, $7)
on conflict (run_id, kind, id) do update set
    difference = excluded.difference,
    fields = excluded.fields,
    cause = excluded.cause,
    repaired_at = null;

-- name: end
update connector.reconcile_runs as run set
    ended_at = clock_timestamp(),
    checked = $2,
    error = $3,
    missing = found.missing,
    stale = found.stale,
    extra = found.extra,
    unproven = found.unproven,
    repaired = found.repaired
from (
    select
        count(*) filter (where difference = 'missing') as missing,
        count(*) filter (where difference = 'stale') as stale,
        count(*) filter (where difference = 'extra') as extra,
        count(*) filter (where difference = 'unproven') as unproven,
        count(repaired_at) as repaired
    from connector.drift
    where run_id = $1
) as found
where run.run_id = $1;

-- name: reached
select until, full_at, wanted, not_before from connector.reconciled where shop_id = $1 and family = $2;

-- name: reach
-- What was asked for while it was compared stays to be done: a gap further back, or all of it.
insert into connector.reconciled as reached (shop_id, family, until, full_at)
values ($1, $2, $3::timestamptz, case when $4::boolean then $3::timestamptz end)
on conflict (shop_id, family) do update set
    until = case
        when reached.until is not distinct from $5::timestamptz then excluded.until
        else least(reached.until, excluded.until)
    end,
    full_at = coalesce(excluded.full_at, reached.full_at),
    wanted = nullif(reached.wanted, $6::text),
    not_before = null;

-- name: covered
-- An import has all of a family as of a moment.
insert into connector.reconciled as reached (shop_id, family, until, full_at)
values ($1, $2, $3::timestamptz, case when $4::boolean then $3::timestamptz end)
on conflict (shop_id, family) do update set
    until = greatest(reached.until, excluded.until),
    full_at = coalesce(excluded.full_at, reached.full_at),
    not_before = null;

-- name: put_off
insert into connector.reconciled as reached (shop_id, family, not_before)
select $1, family, clock_timestamp() + $3::interval from unnest($2::text[]) as family
on conflict (shop_id, family) do update set not_before = excluded.not_before, wanted = null;

-- name: forget
delete from connector.reconcile_runs as run
where run.shop_id = $1 and run.family = $2
  and (
      run.started_at < clock_timestamp() - interval '30 days'
      or run.started_at < clock_timestamp() - interval '1 day'
          and run.missing + run.stale + run.extra + run.unproven = 0 and run.error is null
  );

-- name: look_back
insert into connector.reconciled as reached (shop_id, family, until)
select $1, family, $3 from unnest($2::text[]) as family
on conflict (shop_id, family) do update set until = least(reached.until, excluded.until);

-- name: report
select run.run_id, shop.domain as shop, run.family, run.kind, run.since, run.started_at, run.ended_at, run.checked,
    run.missing, run.stale, run.extra, run.unproven, run.repaired, run.error
from connector.reconcile_runs as run
join connector.shops as shop using (shop_id)
where $1::integer is null or run.shop_id = $1
order by run.run_id desc
limit $2;

-- name: drift
select kind, id, difference, fields, shopify_updated_at, stored_updated_at, stale_for, cause, repaired_at
from connector.drift
where run_id = $1
order by kind, id;

-- name: want
insert into connector.reconciled as reached (shop_id, family, wanted)
select $1, family, $3 from unnest($2::text[]) as family
on conflict (shop_id, family) do update set
    wanted = case when reached.wanted = 'full' then 'full' else excluded.wanted end,
    not_before = null;

-- name: waiting
select family from connector.reconciled
where shop_id = $1 and family = any($2::text[]) and wanted is not null
order by family;
