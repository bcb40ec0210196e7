-- name: upsert_collections
-- Collections as patches; a list of products replaces the stored one, only where its collection's version wins.
with patches as materialized (
    select collection.*, patch -> 'members' as members
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.collections as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as collection
),
written as (
    insert into connector.collections as collection (
        shop_id, id, updated_at, triggered_at, deleted_at, title, handle, kind, sort_order, published_at
    )
    select shop_id, id, updated_at, triggered_at, deleted_at, title, handle, kind, sort_order, published_at
    from patches
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
       or connector.raised(collection.deleted_at, collection.triggered_at, excluded.deleted_at, excluded.triggered_at)
    returning shop_id, id
),
listed as (
    select written.shop_id, written.id as collection_id,
        (entry ->> 'product_id')::bigint as product_id, min((entry ->> 'position')::bigint) as position
    from written
    join patches using (shop_id, id)
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(patches.members) = 'array' then patches.members else '[]' end
    ) as entry
    group by written.shop_id, written.id, product_id
),
removed as (
    delete from connector.collection_products as member
    using written join patches using (shop_id, id)
    where jsonb_typeof(patches.members) = 'array'
      and member.shop_id = written.shop_id and member.collection_id = written.id
      and not exists (
          select from listed
          where (listed.shop_id, listed.collection_id, listed.product_id)
              = (member.shop_id, member.collection_id, member.product_id)
      )
),
kept as (
    insert into connector.collection_products as member (shop_id, collection_id, product_id, position)
    select shop_id, collection_id, product_id, position from listed
    order by shop_id, collection_id, product_id
    on conflict (shop_id, collection_id, product_id) do update set position = excluded.position
)
select shop_id, id from written;
