"""The schema as we wrote it: the part of Shopify's Admin API that this project asks for, and no more."""

from importlib.resources import files
from typing import Final

from graphql import GraphQLSchema, build_schema

from connector.simulator.admin.topics import NAMES

PARTS: Final = ("goods", "people", "sales", "platform", "counter", "answers")
CONNECTED: Final = (
    "BulkOperation", "Collection", "Customer", "Fulfillment", "FulfillmentLineItem", "FulfillmentOrder",
    "FulfillmentOrderLineItem", "InventoryItem", "InventoryLevel", "LineItem", "Location", "Media", "Order",
    "Product", "ProductVariant", "RefundLineItem", "Return", "ReturnLineItemType", "ReturnableFulfillment",
    "ReturnableFulfillmentLineItem", "ReverseFulfillmentOrder", "ReverseFulfillmentOrderLineItem",
    "WebhookSubscription",
)  # fmt: skip
SORTED: Final = ("Collection", "Customer", "FulfillmentOrder", "Location", "Order", "Product")


def source() -> str:
    """The whole of it in the schema language; what is alike for all is written once, here."""
    parts = [(files(__package__) / f"{part}.graphqls").read_text(encoding="utf-8") for part in PARTS]
    parts += [
        f"type {name}Connection {{ edges: [{name}Edge!]! nodes: [{name}!]! pageInfo: PageInfo! }}\n"
        f"type {name}Edge {{ cursor: String! node: {name}! }}"
        for name in CONNECTED
    ]
    parts += [f"enum {name}SortKeys {{ ID }}" for name in SORTED]
    parts.append(f"enum WebhookSubscriptionTopic {{ {' '.join(sorted(NAMES))} }}")
    return "\n\n".join(parts)


SCHEMA: Final[GraphQLSchema] = build_schema(source())
