-- name: upsert_locations
with patches as materialized (
    select location.*
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.locations as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as location
)
insert into connector.locations as location
select * from patches
order by shop_id, id
on conflict (shop_id, id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    name = excluded.name,
    active = excluded.active,
    address1 = excluded.address1,
    address2 = excluded.address2,
    city = excluded.city,
    zip = excluded.zip,
    province = excluded.province,
    country_code = excluded.country_code,
    phone = excluded.phone,
    created_at = excluded.created_at
where (location.updated_at, location.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
   or connector.raised(location.deleted_at, location.triggered_at, excluded.deleted_at, excluded.triggered_at)
returning shop_id, id;
