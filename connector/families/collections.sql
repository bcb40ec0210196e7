-- name: upsert_collections
with patches as materialized (
    select collection.*
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.collections as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as collection
)
insert into connector.collections as collection
select * from patches
order by shop_id, id
on conflict (shop_id, id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    title = excluded.title,
    handle = excluded.handle,
    kind = excluded.kind,
    sort_order = excluded.sort_order,
    published_at = excluded.published_at
where (collection.updated_at, collection.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
returning shop_id, id;
