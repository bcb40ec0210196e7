"""Where queries begin: the roots, what they can be filtered by, and nodes by their ids."""

import re
from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLError

from connector.simulator.admin import refusals
from connector.simulator.admin.fields.filters import (
    COLLECTIONS,
    CUSTOMERS,
    FULFILLMENT_ORDERS,
    ITEMS,
    LOCATIONS,
    OPERATIONS,
    ORDERS,
    PRODUCTS,
    listed,
)
from connector.simulator.admin.fields.orders import parts
from connector.simulator.admin.fields.platform import VERSIONS, installation_of, shop_of
from connector.simulator.admin.fields.values import Fields, Part
from connector.simulator.admin.view import View
from connector.simulator.routes import DONE

_GID: Final = re.compile(r"gid://shopify/(\w+)/(\d+)(?:\?inventory_item_id=(\d+))?(?:\?.*)?")


def fulfillment_orders(view: View, *, closed: bool) -> list[Part]:
    if not view.routes():
        return []
    return [
        part
        for order in view.shop.orders.values()
        if view.sees(order)
        for part in parts(order, order.fulfillment_orders)
        if closed or part.what.status not in DONE
    ]


def node(view: View, gid: str) -> Any:
    """What the id names: None if it is gone, an error if it may not be read."""
    match = _GID.fullmatch(gid)
    if match is None:
        raise refusals.malformed_id(gid)
    kind, number, shop = match[1], int(match[2]), view.shop
    if refusal := view.refusal_of_node(kind):
        return refusal
    match kind:
        case "Product":
            return shop.products.get(number)
        case "ProductVariant":
            return shop.variant(number)[1] if number in shop.homes else None
        case "Collection":
            return shop.collections.get(number)
        case "InventoryItem":
            return shop.items.get(number)
        case "InventoryLevel":
            return shop.levels.get((int(match[3] or 0), number))
        case "Location":
            return shop.locations.get(number)
        case "Customer":
            return shop.customers.get(number)
        case "Order":
            order = shop.orders.get(number)
            return order if order and view.sees(order) else None
        case "WebhookSubscription":
            return next((made for made in view.subscriptions() if made.id == number), None)
        case _:
            return part_of(view, kind, number)


def part_of(view: View, kind: str, number: int) -> Part | None:
    """What hangs on an order and can be asked for by itself, if the app may see it."""
    order = view.shop.orders.get(view.shop.parts.get(number, 0))
    if order is None or not view.sees(order) or (kind == "FulfillmentOrder" and not view.routes()):
        return None
    held: Mapping[str, list[Any]] = {
        "Refund": order.refunds,
        "Return": order.returns,
        "ReverseFulfillmentOrder": [reverse for asked in order.returns for reverse in asked.reverse],
        "Fulfillment": order.fulfillments,
        "FulfillmentOrder": order.fulfillment_orders,
    }
    return next((part for part in parts(order, held.get(kind, [])) if part.id == number), None)


def _operation(view: View, gid: str) -> Any:
    match = _GID.fullmatch(gid)
    if match is None:
        raise refusals.malformed_id(gid)
    if match[1] != "BulkOperation":
        raise refusals.not_found(gid)
    return next((ran for ran in view.desk.operations() if ran.id == int(match[2])), None)


def _or_error(view: View, gid: str) -> Any:
    try:
        return node(view, gid)
    except GraphQLError as error:
        return error


QUERY: Final[Fields] = {
    "node": lambda _, view, a: node(view, a["id"]),
    "nodes": lambda _, view, a: [_or_error(view, gid) for gid in a["ids"]],
    "shop": lambda _, view, a: shop_of(view),
    "currentAppInstallation": lambda _, view, a: installation_of(view),
    "publicApiVersions": lambda _, view, a: VERSIONS,
    "products": lambda _, view, a: listed(view, view.shop.products.values(), PRODUCTS, a),
    "collections": lambda _, view, a: listed(view, view.shop.collections.values(), COLLECTIONS, a),
    "inventoryItems": lambda _, view, a: listed(view, view.shop.items.values(), ITEMS, a),
    "locations": lambda _, view, a: listed(
        view,
        [place for place in view.shop.locations.values() if place.active or a.get("includeInactive")],
        LOCATIONS,
        a,
    ),
    "location": lambda _, view, a: node(view, a["id"]) if a.get("id") else None,
    "customers": lambda _, view, a: listed(view, view.shop.customers.values(), CUSTOMERS, a),
    "orders": lambda _, view, a: listed(
        view, [order for order in view.shop.orders.values() if view.sees(order)], ORDERS, a
    ),
    "fulfillmentOrders": lambda _, view, a: listed(
        view, fulfillment_orders(view, closed=bool(a.get("includeClosed"))), FULFILLMENT_ORDERS, a
    ),
    "bulkOperation": lambda _, view, a: _operation(view, a["id"]),
    "bulkOperations": lambda _, view, a: listed(view, view.desk.operations(), OPERATIONS, a),
    "webhookSubscriptions": lambda _, view, a: listed(view, view.subscriptions(), {}, a),
}
MUTATION: Final[Fields] = {
    "bulkOperationRunQuery": lambda _, view, a: view.desk.run_bulk(a["query"]),
    "bulkOperationCancel": lambda _, view, a: view.desk.cancel_bulk(a["id"]),
    "webhookSubscriptionCreate": lambda _, view, a: view.desk.subscribe(a["topic"], a["webhookSubscription"]),
    "webhookSubscriptionUpdate": lambda _, view, a: view.desk.change(a["id"], a["webhookSubscription"]),
    "webhookSubscriptionDelete": lambda _, view, a: view.desk.unsubscribe(a["id"]),
}
