"""From an event to the bytes of its webhook, with the state of the shop as it is right now."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from connector.simulator.event import Event
from connector.simulator.payloads.customers import (
    customer_body,
    email_consent_body,
    sms_consent_body,
    whatsapp_consent_body,
)
from connector.simulator.payloads.fulfillments import (
    fulfillment_body,
    pickup_body,
    routing_body,
    stopped_body,
)
from connector.simulator.payloads.inventory import item_body, level_body, location_body
from connector.simulator.payloads.orders import order_body
from connector.simulator.payloads.products import collection_body, product_body
from connector.simulator.payloads.refunds import refund_body, return_body, return_status_body
from connector.simulator.payloads.settings import shop_body
from connector.simulator.shop import Shop

# Raises KeyError when the entity is gone.
Build = Callable[..., dict[str, Any]]

_FAMILIES: Final[dict[str, Build]] = {
    "products": lambda shop, i: product_body(shop, shop.products[i]),
    "collections": lambda shop, i: collection_body(shop.collections[i]),
    "inventory_items": lambda shop, i: item_body(shop.items[i]),
    "inventory_levels": lambda shop, i, at: level_body(shop.levels[i, at]),
    "locations": lambda shop, i: location_body(shop.locations[i]),
    "orders": lambda shop, i: order_body(shop, shop.orders[i]),
    "customers": lambda shop, i: customer_body(shop, shop.customers[i]),
    "customers_email_marketing_consent": lambda shop, i: email_consent_body(shop.customers[i]),
    "customers_marketing_consent": lambda shop, i: sms_consent_body(shop.customers[i]),
    "customers_whats_app_marketing_consent": lambda shop, i: whatsapp_consent_body(shop.customers[i]),
    "refunds": lambda shop, i, part: refund_body(shop, shop.orders[i], part),
    "fulfillments": lambda shop, i, part: fulfillment_body(shop, shop.orders[i], part),
    "returns": lambda shop, i, part: return_body(shop.orders[i], part),
    "shop": lambda shop, i: shop_body(shop),
}
_TOPICS: Final[dict[str, Build]] = {
    "returns/cancel": lambda shop, i, part: return_status_body(shop.orders[i], part),
    "returns/close": lambda shop, i, part: return_status_body(shop.orders[i], part),
    "fulfillment_orders/order_routing_complete": lambda shop, i, part: routing_body(shop.orders[i], part),
    "fulfillment_orders/line_items_prepared_for_pickup": (
        lambda shop, i, part: pickup_body(shop.orders[i], part)
    ),
    "fulfillment_orders/manually_reported_progress_stopped": (
        lambda shop, i, part: stopped_body(shop.orders[i], part)
    ),
}


def assemble(shop: Shop, event: Event) -> bytes | None:
    """The body, or None when its entity does not exist any more and nothing was pinned."""
    if event.pinned is not None:
        return event.pinned.encode()
    build = _TOPICS.get(event.topic) or _FAMILIES[event.topic.partition("/")[0]]
    try:
        body = build(shop, *event.key)
    except KeyError:
        return None
    return msgspec.json.encode(body)
