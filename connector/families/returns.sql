-- name: upsert_returns
with patches as materialized (
    select returned.*
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.returns as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as returned
)
insert into connector.returns as returned
select * from patches
order by shop_id, id
on conflict (shop_id, id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    order_id = excluded.order_id,
    name = excluded.name,
    status = excluded.status,
    lines = excluded.lines
where (returned.updated_at, returned.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
returning shop_id, id;
