-- name: upsert_customers
with patches as materialized (
    select customer.*
    from jsonb_array_elements($1::jsonb) as patch
    left join connector.customers as stored
        on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint
    cross join lateral jsonb_populate_record(stored, patch) as customer
)
insert into connector.customers as customer (
    shop_id, id, updated_at, triggered_at, deleted_at, first_name, last_name, email, phone, state, note,
    tax_exempt, created_at, default_address, addresses, phone_digits
)
select
    shop_id, id, updated_at, triggered_at, deleted_at, first_name, last_name, email, phone, state, note,
    tax_exempt, created_at, default_address, addresses, phone_digits
from patches
order by shop_id, id
on conflict (shop_id, id) do update set
    updated_at = excluded.updated_at,
    triggered_at = excluded.triggered_at,
    deleted_at = excluded.deleted_at,
    first_name = excluded.first_name,
    last_name = excluded.last_name,
    email = excluded.email,
    phone = excluded.phone,
    state = excluded.state,
    note = excluded.note,
    tax_exempt = excluded.tax_exempt,
    created_at = excluded.created_at,
    default_address = excluded.default_address,
    addresses = excluded.addresses,
    phone_digits = excluded.phone_digits
where (customer.updated_at, customer.triggered_at) <= (excluded.updated_at, excluded.triggered_at)
   or connector.raised(customer.deleted_at, customer.triggered_at, excluded.deleted_at, excluded.triggered_at)
returning shop_id, id;
