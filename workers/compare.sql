-- name: versions
-- What Shopify has against what is stored: missing rows, and rows older than Shopify's.
select told.id, told.updated_at as shopify_updated_at, stored.updated_at as stored_updated_at,
    case when stored.id is null or stored.deleted_at is not null then 'missing' else 'stale' end as difference
from unnest($2::bigint[], $3::timestamptz[]) as told (id, updated_at)
left join connector.{table} as stored on stored.shop_id = $1 and stored.id = told.id
where stored.id is null
   or (stored.deleted_at is not null and stored.triggered_at < $4)
   or (stored.deleted_at is null and stored.updated_at < told.updated_at);

-- name: levels
select distinct on (told.item_id) told.item_id as id, told.updated_at as shopify_updated_at,
    stored.updated_at as stored_updated_at,
    case
        when stored.inventory_item_id is null or stored.deleted_at is not null then 'missing'
        when told.active then 'stale'
        else 'extra'
    end as difference
from unnest($3::bigint[], $4::timestamptz[], $5::boolean[]) as told (item_id, updated_at, active)
left join connector.inventory_levels as stored
    on stored.shop_id = $1 and stored.inventory_item_id = told.item_id and stored.location_id = $2
where case
    when told.active then stored.inventory_item_id is null
        or (stored.deleted_at is not null and stored.triggered_at < $6)
        or (stored.deleted_at is null and stored.updated_at < told.updated_at)
    else stored.deleted_at is null and stored.updated_at <= told.updated_at
end
order by told.item_id, told.updated_at desc;

-- name: fields
-- In which fields a stored row differs from what is about to be written.
select stored.id, array(
    select told.key
    from jsonb_each(to_jsonb(jsonb_populate_record(stored, patch))) as told
    where told.value is distinct from to_jsonb(stored) -> told.key
      and told.key not in ('shop_id', 'updated_at', 'triggered_at')
    order by told.key
) as fields
from jsonb_array_elements($1::jsonb) as patch
join connector.{table} as stored
    on stored.shop_id = (patch ->> 'shop_id')::integer and stored.id = (patch ->> 'id')::bigint;

-- name: remember
-- `compared` holds what Shopify listed: things, and with `other` an item at a location or a product in a collection.
insert into compared (id, other) select id, other from unnest($1::bigint[], $2::bigint[]) as told (id, other);

-- name: extra
select stored.id, stored.updated_at as stored_updated_at
from connector.{table} as stored
where stored.shop_id = $1 and stored.deleted_at is null and stored.triggered_at < $2
  and not exists (select from compared where compared.id = stored.id);

-- name: extra_orders
select stored.id, stored.updated_at as stored_updated_at
from connector.orders as stored
where stored.shop_id = $1 and stored.deleted_at is null and stored.triggered_at < $2
  and stored.created_at >= coalesce($3::timestamptz, '-infinity')
  and not exists (select from compared where compared.id = stored.id);

-- name: extra_levels
select distinct on (stored.inventory_item_id) stored.inventory_item_id as id,
    stored.updated_at as stored_updated_at
from connector.inventory_levels as stored
where stored.shop_id = $1 and stored.deleted_at is null and stored.triggered_at < $2
  and not exists (
      select from compared
      where compared.id = stored.inventory_item_id and compared.other = stored.location_id
  );

-- name: other_members
-- Collections that hold other products than Shopify lists, of those that nothing changed since.
select stored.id, stored.updated_at as stored_updated_at
from connector.collections as stored
where stored.shop_id = $1 and stored.deleted_at is null and stored.triggered_at < $2
  and exists (select from compared where compared.id = stored.id and compared.other is null)
  and (
      exists (
          select from connector.collection_products as member
          where member.shop_id = stored.shop_id and member.collection_id = stored.id
            and not exists (
                select from compared
                where compared.id = member.collection_id and compared.other = member.product_id
            )
      ) or exists (
          select from compared
          where compared.id = stored.id and compared.other is not null
            and not exists (
                select from connector.collection_products as member
                where member.shop_id = stored.shop_id and member.collection_id = compared.id
                  and member.product_id = compared.other
            )
      )
  );

-- name: other_facets
-- Customers of whom topics of their own should have told something else; none of it dates the customer.
select told.id, customer.updated_at as stored_updated_at, array_remove(array[
    case when customer.orders_count is distinct from told.orders_count then 'orders_count' end,
    case when customer.total_spent is distinct from told.total_spent then 'total_spent' end,
    case when customer.tags is distinct from told.tags then 'tags' end
], null) as fields
from (
    select id, orders_count, total_spent,
        (
            select coalesce(array_agg(distinct tag collate "C" order by tag collate "C"), '{}')
            from unnest(string_to_array(nullif(tags, ''), ', ')) as tag
        ) as tags
    from unnest($2::bigint[], $3::bigint[], $4::numeric[], $5::text[])
        as given (id, orders_count, total_spent, tags)
) as told
join connector.shops as shop on shop.shop_id = $1
join pos.customers as customer on customer.shop = shop.domain and customer.customer_id = told.id
where customer.merged_into is null
  and (customer.orders_count, customer.total_spent, customer.tags)
      is distinct from (told.orders_count, told.total_spent, told.tags);

-- name: active_locations
select id from connector.locations where shop_id = $1 and deleted_at is null and active;

-- name: last_delivery
select max(coalesce(triggered_at, received_at)) from connector.deliveries
where shop_id = $1 and topic = any($2::text[]) and received_at >= $3;

-- name: connected_shops
select shop.shop_id
from connector.shops as shop
join connector.credentials as credentials using (shop_id)
where shop.removed_at is null and shop.uninstalled_at is null;

-- name: dead_letters
select count(*) from connector.dead_letters as letter
join connector.shops as shop on shop.domain = letter.shop
where shop.shop_id = $1 and letter.topic = any($2::text[]) and letter.resolved_at is null;

-- name: zone
select iana_timezone from connector.shops where shop_id = $1;
