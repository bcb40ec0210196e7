"""The one table of what the Admin API is asked for: how each thing is read, paged, and known to be gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from connector.changes import Change, Origin
from connector.families import collections, customers, inventory, locations, orders, products
from connector.families.nodes import collections as collection_nodes
from connector.families.nodes import customers as customer_nodes
from connector.families.nodes import fulfillments as fulfillment_nodes
from connector.families.nodes import inventory as inventory_nodes
from connector.families.nodes import locations as location_nodes
from connector.families.nodes import orders as order_nodes
from connector.families.nodes import products as product_nodes
from connector.families.nodes import refunds as refund_nodes
from connector.shopify.documents import Document, document

NodeReader = Callable[[bytes, Origin], Iterable[Change]]


class Part(NamedTuple):
    """One question about things named by gid, how many at once, and who reads each answer.

    So many that Shopify's limit of 1,000 points for a single query holds.
    """

    document: Document
    batch: int
    read: NodeReader


class Resource(NamedTuple):
    """A type of thing that has a root of its own in the Admin API."""

    kind: str
    family: str
    #: The table that holds it.
    table: str
    #: The scope without which Shopify denies it.
    scope: str
    parts: tuple[Part, ...]
    gone: Callable[[int, Origin], Iterable[Change]]
    #: Ids and times of change, page by page, oldest id first.
    versions: Document
    #: The same of all as a bulk operation.
    versions_bulk: str


def _asked(family: str, operation: str) -> Document:
    return document("connector.families", family, operation)


def _resource(
    kind: str, family: str, table: str, scope: str, parts: tuple[Part, ...],
    gone: Callable[[int, Origin], Iterable[Change]],
) -> Resource:  # fmt: skip
    versions = f"{family.capitalize()}Versions"
    return Resource(kind, family, table, scope, parts, gone, _asked(family, versions), f"{versions}Bulk")


RESOURCES: dict[str, Resource] = {
    resource.kind: resource
    for resource in (
        _resource(
            "Location", "locations", "locations", "read_locations",
            (Part(_asked("locations", "LocationsRefetch"), 50, location_nodes.read),), locations.gone,
        ),
        _resource(
            "Product", "products", "products", "read_products",
            (Part(_asked("products", "ProductsRefetch"), 5, product_nodes.read),), products.gone,
        ),
        _resource(
            "InventoryItem", "inventory", "inventory_items", "read_inventory",
            (Part(_asked("inventory", "InventoryRefetch"), 5, inventory_nodes.read),), inventory.gone,
        ),
        _resource(
            "Collection", "collections", "collections", "read_products",
            (Part(_asked("collections", "CollectionsRefetch"), 5, collection_nodes.read),), collections.gone,
        ),
        _resource(
            "Order", "orders", "orders", "read_orders",
            (
                Part(_asked("orders", "OrdersRefetch"), 3, order_nodes.read),
                Part(_asked("orders", "OrdersRefetchRefunds"), 3, refund_nodes.read),
                Part(_asked("orders", "OrdersRefetchFulfillments"), 1, fulfillment_nodes.read),
            ),
            orders.gone,
        ),
        _resource(
            "Customer", "customers", "customers", "read_customers",
            (Part(_asked("customers", "CustomersRefetch"), 50, customer_nodes.read),), customers.gone,
        ),
    )
}  # fmt: skip

#: The further pages of a connection, by the type that has it and its name.
PAGES: dict[tuple[str, str], Document] = {
    ("Product", "variants"): _asked("products", "ProductsRefetchVariants"),
    ("InventoryItem", "inventoryLevels"): _asked("inventory", "InventoryRefetchInventoryLevels"),
    ("Collection", "products"): _asked("collections", "CollectionsRefetchProducts"),
    ("Order", "lineItems"): _asked("orders", "OrdersRefetchLineItems"),
    ("Order", "fulfillmentOrders"): _asked("orders", "OrdersRefetchFulfillmentOrders"),
    ("Order", "returns"): _asked("orders", "OrdersRefetchReturns"),
    ("Refund", "refundLineItems"): _asked("orders", "OrdersRefetchRefundLineItems"),
    ("Fulfillment", "fulfillmentLineItems"): _asked("orders", "OrdersRefetchFulfillmentLineItems"),
    ("FulfillmentOrder", "lineItems"): _asked("orders", "OrdersRefetchFulfillmentOrderLineItems"),
    ("FulfillmentOrder", "fulfillments"): _asked("orders", "OrdersRefetchFulfillmentOrderFulfillments"),
    ("Return", "returnLineItems"): _asked("orders", "OrdersRefetchReturnLineItems"),
    ("Return", "reverseFulfillmentOrders"): _asked("orders", "OrdersRefetchReverseFulfillmentOrders"),
    ("ReverseFulfillmentOrder", "lineItems"): _asked("orders", "OrdersRefetchReverseLineItems"),
}

#: Which orders things belong to that have no root of their own.
ORDERS_OF = _asked("orders", "OrdersOf")
