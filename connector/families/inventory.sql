-- name: upsert_inventory_items
with patches as materialized (
    select item.*
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.inventory_items as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as item
)
insert into connector.inventory_items as item
select * from patches
order by shop_id, id
on conflict (shop_id, id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    sku = excluded.sku,
    tracked = excluded.tracked,
    requires_shipping = excluded.requires_shipping,
    cost = excluded.cost,
    weight_value = excluded.weight_value,
    weight_unit = excluded.weight_unit,
    created_at = excluded.created_at
where (item.updated_at, item.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
   or connector.raised(item.deleted_at, item.triggered_at, excluded.deleted_at, excluded.triggered_at)
returning shop_id, id;

-- name: upsert_inventory_levels
-- Webhooks tell only what is available; on_hand and committed are read from the Admin API.
with patches as materialized (
    select level.*
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.inventory_levels as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer
        and stored.inventory_item_id = (patch ->> 'inventory_item_id')::bigint
        and stored.location_id = (patch ->> 'location_id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as level
)
insert into connector.inventory_levels as level
select * from patches
order by shop_id, inventory_item_id, location_id
on conflict (shop_id, inventory_item_id, location_id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    available = excluded.available,
    on_hand = excluded.on_hand,
    committed = excluded.committed
where (level.updated_at, level.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
   or connector.raised(level.deleted_at, level.triggered_at, excluded.deleted_at, excluded.triggered_at)
returning shop_id, inventory_item_id, location_id;

-- name: disconnect_unlisted
-- Levels are tombstoned where no list of the item's locations names them any more.
with patches as materialized (
    select patch.* from jsonb_to_recordset($1::jsonb) as patch (
        shop_id integer, inventory_item_id bigint, updated_at timestamptz, triggered_at timestamptz, location_ids jsonb
    )
),
disconnected as (
    update connector.inventory_levels as level set
        updated_at = patches.updated_at,
        triggered_at = patches.triggered_at,
        deleted_at = patches.triggered_at
    from patches
    where level.shop_id = patches.shop_id and level.inventory_item_id = patches.inventory_item_id
      and level.deleted_at is null
      and not patches.location_ids @> to_jsonb(level.location_id)
      and (level.updated_at, level.triggered_at) <= (patches.updated_at, patches.triggered_at)
    returning level.shop_id, level.inventory_item_id
)
select distinct shop_id, inventory_item_id from disconnected;
