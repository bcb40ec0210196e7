"""What Shopify calls the topics of webhooks in GraphQL, and the scopes that each needs. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from connector.shopify.scopes import includes

_MARKETPLACE, _MEMBERSHIP = "read_marketplace_orders", "read_buyer_membership_orders"
_ORDERS = ("read_orders", _MARKETPLACE)
_OF_AN_ORDER = (*_ORDERS, _MEMBERSHIP)
_RETURNS = ("read_returns", "read_marketplace_returns")
_FULFILLMENT_ORDERS = (
    "read_merchant_managed_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
)
_ROUTED = (*_FULFILLMENT_ORDERS, "read_marketplace_fulfillment_orders")

#: Any one of them opens the topic; what is said of a single topic goes before what is said of its group.
#: From the descriptions of WebhookSubscriptionTopic in 2026-10. Shop and app topics need none.
_SCOPES: dict[str, tuple[str, ...]] = {
    "products": ("read_products",),
    "collections": ("read_products",),
    "inventory_items": ("read_inventory", "read_products"),
    "inventory_levels": ("read_inventory",),
    "locations": ("read_locations",),
    "orders": _ORDERS,
    "orders/updated": _OF_AN_ORDER,
    "orders/cancelled": _OF_AN_ORDER,
    "orders/edited": _OF_AN_ORDER,
    "orders/delete": ("read_orders",),
    "refunds": _OF_AN_ORDER,
    "fulfillments": ("read_fulfillments", _MARKETPLACE),
    "customers": ("read_customers",),
    "customers/merge": ("read_customer_merge",),
    "customer": ("read_customers",),
    "customers_email_marketing_consent": ("read_customers",),
    "customers_marketing_consent": ("read_customers",),
    "customers_whats_app_marketing_consent": ("read_customers",),
    "fulfillment_orders": _ROUTED,
    "fulfillment_orders/manually_reported_progress_stopped": _FULFILLMENT_ORDERS,
    "fulfillment_orders/merged": _FULFILLMENT_ORDERS,
    "fulfillment_orders/progress_reported": _FULFILLMENT_ORDERS,
    "fulfillment_orders/split": _FULFILLMENT_ORDERS,
    "fulfillment_orders/order_routing_complete": (*_ROUTED, _MEMBERSHIP),
    "returns": (*_RETURNS, _MEMBERSHIP),
    "returns/cancel": (*_ORDERS, *_RETURNS, _MEMBERSHIP),
    "returns/close": (*_ORDERS, *_RETURNS, _MEMBERSHIP),
    "returns/reopen": (*_ORDERS, *_RETURNS, _MEMBERSHIP),
    "reverse_fulfillment_orders": _RETURNS,
    "shop": (),
    "app": (),
}


def enum_of(topic: str) -> str:
    """ORDERS_CREATE for orders/create, CUSTOMER_TAGS_ADDED for customer.tags_added."""
    return topic.upper().replace("/", "_").replace(".", "_")


def scopes_of(topic: str) -> tuple[str, ...]:
    """The scopes that open a topic, any one of them; empty where it needs none."""
    if topic in _SCOPES:
        return _SCOPES[topic]
    return _SCOPES[topic.partition("/")[0].partition(".")[0]]


def lacking(topic: str, granted: Iterable[str]) -> tuple[str, ...]:
    """The scopes of which one is needed and none was granted; the first is the one to grant."""
    granted = set(granted)
    needed = scopes_of(topic)
    return () if any(includes(granted, scope) for scope in needed) else needed
