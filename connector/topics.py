"""The one table: which topic belongs to which family, and who reads it."""

from __future__ import annotations

from typing import NamedTuple

from connector.changes import Reader
from connector.families import (
    collections,
    customers,
    fulfillments,
    inventory,
    locations,
    orders,
    pickups,
    products,
    refunds,
    returns,
    shop,
)
from connector.families import (
    customer_facets as facets,
)


class Topic(NamedTuple):
    """What a topic is about. A thin payload's reader only says what is to be read anew."""

    family: str
    read: Reader


TOPICS: dict[str, Topic] = {
    "products/create": Topic("products", products.read),
    "products/update": Topic("products", products.read),
    "products/delete": Topic("products", products.read_delete),
    "collections/create": Topic("collections", collections.read),
    "collections/update": Topic("collections", collections.read),
    "collections/delete": Topic("collections", collections.read_delete),
    "inventory_items/create": Topic("inventory", inventory.read_item),
    "inventory_items/update": Topic("inventory", inventory.read_item),
    "inventory_items/delete": Topic("inventory", inventory.read_item_delete),
    "inventory_levels/connect": Topic("inventory", inventory.read_level),
    "inventory_levels/update": Topic("inventory", inventory.read_level),
    "inventory_levels/disconnect": Topic("inventory", inventory.read_level_disconnect),
    "locations/create": Topic("locations", locations.read),
    "locations/update": Topic("locations", locations.read),
    "locations/activate": Topic("locations", locations.read),
    "locations/deactivate": Topic("locations", locations.read),
    "locations/delete": Topic("locations", locations.read_delete),
    "orders/create": Topic("orders", orders.read),
    "orders/updated": Topic("orders", orders.read),
    "orders/paid": Topic("orders", orders.read),
    "orders/cancelled": Topic("orders", orders.read),
    "orders/fulfilled": Topic("orders", orders.read),
    "orders/partially_fulfilled": Topic("orders", orders.read),
    "orders/delete": Topic("orders", orders.read_delete),
    "orders/edited": Topic("orders", orders.read_edited),
    "refunds/create": Topic("orders", refunds.read),
    "fulfillments/create": Topic("orders", fulfillments.read),
    "fulfillments/update": Topic("orders", fulfillments.read),
    "customers/create": Topic("customers", customers.read),
    "customers/update": Topic("customers", customers.read),
    "customers/enable": Topic("customers", customers.read),
    "customers/disable": Topic("customers", customers.read),
    "customers/delete": Topic("customers", customers.read_delete),
    "customers/merge": Topic("customers", facets.read_merge),
    "customers/purchasing_summary": Topic("customers", facets.read_summary),
    "customers_email_marketing_consent/update": Topic("customers", facets.read_email_consent),
    "customers_marketing_consent/update": Topic("customers", facets.read_sms_consent),
    "customers_whats_app_marketing_consent/update": Topic("customers", facets.read_whats_app_consent),
    "customer.tags_added": Topic("customers", facets.read_tags_added),
    "customer.tags_removed": Topic("customers", facets.read_tags_removed),
    "shop/update": Topic("shop", shop.read),
    "app/uninstalled": Topic("shop", shop.read_uninstalled),
    "fulfillment_orders/cancelled": Topic("pickups", pickups.read),
    "fulfillment_orders/fulfillment_service_failed_to_complete": Topic("pickups", pickups.read),
    "fulfillment_orders/hold_released": Topic("pickups", pickups.read),
    "fulfillment_orders/line_items_prepared_for_local_delivery": Topic("pickups", pickups.read),
    "fulfillment_orders/line_items_prepared_for_pickup": Topic("pickups", pickups.read),
    "fulfillment_orders/manually_reported_progress_stopped": Topic("pickups", pickups.read),
    "fulfillment_orders/merged": Topic("pickups", pickups.read),
    "fulfillment_orders/moved": Topic("pickups", pickups.read),
    "fulfillment_orders/order_routing_complete": Topic("pickups", pickups.read),
    "fulfillment_orders/placed_on_hold": Topic("pickups", pickups.read),
    "fulfillment_orders/progress_reported": Topic("pickups", pickups.read),
    "fulfillment_orders/rescheduled": Topic("pickups", pickups.read),
    "fulfillment_orders/scheduled_fulfillment_order_ready": Topic("pickups", pickups.read),
    "fulfillment_orders/split": Topic("pickups", pickups.read),
    "fulfillment_orders/fulfillment_request_submitted": Topic("pickups", pickups.read),
    "fulfillment_orders/fulfillment_request_accepted": Topic("pickups", pickups.read),
    "fulfillment_orders/fulfillment_request_rejected": Topic("pickups", pickups.read),
    "fulfillment_orders/cancellation_request_submitted": Topic("pickups", pickups.read),
    "fulfillment_orders/cancellation_request_accepted": Topic("pickups", pickups.read),
    "fulfillment_orders/cancellation_request_rejected": Topic("pickups", pickups.read),
    "returns/request": Topic("returns", returns.read),
    "returns/approve": Topic("returns", returns.read),
    "returns/decline": Topic("returns", returns.read),
    "returns/cancel": Topic("returns", returns.read),
    "returns/close": Topic("returns", returns.read),
    "returns/reopen": Topic("returns", returns.read),
    "returns/update": Topic("returns", returns.read),
    "returns/process": Topic("returns", returns.read),
    "reverse_fulfillment_orders/dispose": Topic("returns", returns.read),
}
