"""The topics one can subscribe to: what webhooks call them, what GraphQL does, and the scopes they need."""

from typing import Final

_ROUTING: Final = (
    "read_merchant_managed_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
)
_GROUPS: Final[list[tuple[tuple[str, ...], str, str]]] = [
    (("read_products",), "products", "create update delete"),
    (("read_products",), "collections", "create update delete"),
    (("read_inventory", "read_products"), "inventory_items", "create update delete"),
    (("read_inventory",), "inventory_levels", "connect update disconnect"),
    (("read_locations",), "locations", "create update activate deactivate delete"),
    (
        ("read_orders", "read_marketplace_orders"),
        "orders",
        "create updated paid cancelled fulfilled partially_fulfilled edited",
    ),
    (("read_orders",), "orders", "delete"),
    (("read_orders", "read_marketplace_orders"), "refunds", "create"),
    (("read_fulfillments", "read_marketplace_orders"), "fulfillments", "create update"),
    (("read_customers",), "customers", "create update enable disable delete purchasing_summary"),
    (("read_customer_merge",), "customers", "merge"),
    (("read_customers",), "customers_email_marketing_consent", "update"),
    (("read_customers",), "customers_marketing_consent", "update"),
    (("read_customers",), "customers_whats_app_marketing_consent", "update"),
    ((), "shop", "update"),
    ((), "app", "uninstalled scopes_update"),
    ((), "bulk_operations", "finish"),
    (
        _ROUTING,
        "fulfillment_orders",
        "cancelled fulfillment_service_failed_to_complete hold_released "
        "line_items_prepared_for_local_delivery line_items_prepared_for_pickup "
        "manually_reported_progress_stopped merged moved order_routing_complete placed_on_hold "
        "progress_reported rescheduled scheduled_fulfillment_order_ready split "
        "fulfillment_request_submitted fulfillment_request_accepted fulfillment_request_rejected "
        "cancellation_request_submitted cancellation_request_accepted cancellation_request_rejected",
    ),
    (("read_returns", "read_marketplace_returns"), "returns", "request approve decline update process"),
    (("read_returns", "read_orders"), "returns", "cancel close reopen"),
    (("read_returns", "read_marketplace_returns"), "reverse_fulfillment_orders", "dispose"),
]
TOPICS: Final[dict[str, tuple[str, ...]]] = {
    f"{family}/{what}": scopes for scopes, family, names in _GROUPS for what in names.split()
} | {"customer.tags_added": ("read_customers",), "customer.tags_removed": ("read_customers",)}


def enum_of(topic: str) -> str:
    """ORDERS_CREATE for orders/create."""
    return topic.upper().replace("/", "_").replace(".", "_")


NAMES: Final = {enum_of(topic): topic for topic in TOPICS}  # by the enum's value
