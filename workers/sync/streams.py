"""The one table of what an import reads: in which order, by which query, under which scope."""

from __future__ import annotations

from typing import NamedTuple

from connector.families.nodes import customers, fulfillments, locations, orders
from connector.resources import NodeReader
from connector.shopify import scopes
from connector.shopify.documents import bulk_query


class Stream(NamedTuple):
    """One bulk query. Its lines are staged as rows, or regrouped for a reader of whole nodes."""

    name: str
    family: str
    scopes: tuple[str, ...]
    query: str
    #: What absence from a whole export proves gone, by the types of ``connector.resources``.
    proves: tuple[str, ...]
    #: For regrouped streams: who reads a root with its children.
    read: NodeReader | None = None


#: Sellable things first, so that a till works before the import ends.
STREAMS: dict[str, Stream] = {
    stream.name: stream
    for stream in (
        Stream(
            "locations", "locations", ("read_locations",),
            bulk_query("locations", "LocationsBulk"), ("Location",), locations.read,
        ),
        Stream(
            "products", "products", ("read_products",),
            bulk_query("products", "ProductsBulk"), ("Product",),
        ),
        Stream(
            "inventory", "inventory", ("read_inventory",),
            bulk_query("inventory", "InventoryBulk"), ("InventoryItem", "InventoryLevel"),
        ),
        Stream(
            "collections", "collections", ("read_products",),
            bulk_query("collections", "CollectionsBulk"), ("Collection",),
        ),
        Stream(
            "customers", "customers", ("read_customers",),
            bulk_query("customers", "CustomersBulk"), ("Customer",), customers.read,
        ),
        Stream(
            "orders", "orders", ("read_orders",),
            bulk_query("orders", "OrdersBulk"), ("Order",), orders.read,
        ),
        # Which fulfillment orders are listed depends on the scopes, silently: absence proves nothing.
        Stream(
            "fulfillments", "pickups", scopes.FULFILLMENT_ORDERS,
            bulk_query("orders", "FulfillmentsBulk"), (), fulfillments.read_fulfillment_order,
        ),
        Stream(
            "returns", "returns", ("read_returns",),
            bulk_query("orders", "ReturnsBulk"), (), fulfillments.read,
        ),
    )
}  # fmt: skip

#: Where a child stands in its parent: (parent's type, child's type) → the connection's name.
PLACES: dict[tuple[str, str], str] = {
    ("Order", "LineItem"): "lineItems",
    ("Order", "Return"): "returns",
    ("Return", "ReturnLineItem"): "returnLineItems",
    ("Return", "UnverifiedReturnLineItem"): "returnLineItems",
    ("FulfillmentOrder", "FulfillmentOrderLineItem"): "lineItems",
    ("FulfillmentOrder", "Fulfillment"): "fulfillments",
    ("Fulfillment", "FulfillmentLineItem"): "fulfillmentLineItems",
}
