-- name: order_in_window
-- Not told, the scopes are taken to lack read_all_orders; a day is left for clocks.
select coalesce(
    (
        select 'read_all_orders' = any(credentials.scopes)
        from connector.credentials where credentials.shop_id = $1
    ),
    false
) or coalesce(
    (
        select stored.created_at > now() - interval '59 days'
        from connector.orders as stored where stored.shop_id = $1 and stored.id = $2
    ),
    false
);
