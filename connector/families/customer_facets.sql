-- name: upsert_consents
with patches as materialized (
    select consent.*
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.customer_consents as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer
        and stored.customer_id = (patch ->> 'customer_id')::bigint
        and stored.channel = patch ->> 'channel'
    cross join lateral jsonb_populate_record(stored, patch) as consent
)
insert into connector.customer_consents as consent
select * from patches
order by shop_id, customer_id, channel
on conflict (shop_id, customer_id, channel) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    state = excluded.state,
    opt_in_level = excluded.opt_in_level
where (consent.updated_at, consent.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
returning shop_id, customer_id, channel;

-- name: upsert_tag_lists
insert into connector.customer_tag_lists as list
select patch.* from jsonb_populate_recordset(null::connector.customer_tag_lists, $1::jsonb) as patch
order by shop_id, customer_id
on conflict (shop_id, customer_id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    tags = excluded.tags
where (list.updated_at, list.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
returning shop_id, customer_id;

-- name: upsert_tags
insert into connector.customer_tags as stored
select patch.* from jsonb_populate_recordset(null::connector.customer_tags, $1::jsonb) as patch
order by shop_id, customer_id, tag
on conflict (shop_id, customer_id, tag) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    present = excluded.present
where (stored.updated_at, stored.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
returning shop_id, customer_id, tag;

-- name: upsert_totals
with patches as materialized (
    select totals.*
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.customer_totals as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer
        and stored.customer_id = (patch ->> 'customer_id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as totals
)
insert into connector.customer_totals as totals
select * from patches
order by shop_id, customer_id
on conflict (shop_id, customer_id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    orders_count = excluded.orders_count,
    total_spent = excluded.total_spent
where (totals.updated_at, totals.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
returning shop_id, customer_id;

-- name: upsert_merges
insert into connector.customer_merges as merge
select patch.* from jsonb_populate_recordset(null::connector.customer_merges, $1::jsonb) as patch
order by shop_id, customer_id
on conflict (shop_id, customer_id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    merged_into = excluded.merged_into
where (merge.updated_at, merge.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
returning shop_id, customer_id;
