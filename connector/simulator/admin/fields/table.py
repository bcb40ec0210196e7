"""Every type's fields in one table, and which type a source is of."""

from collections.abc import Mapping
from typing import Any, Final

from connector.simulator.admin.bulk.operation import Operation
from connector.simulator.admin.fields import (
    counter,
    fulfillments,
    goods,
    orders,
    people,
    platform,
    roots,
    takebacks,
)
from connector.simulator.admin.fields.values import Fields, Part
from connector.simulator.admin.mutations import pickups, returns, stock
from connector.simulator.admin.view import View
from connector.simulator.goods import Collection, Image, InventoryItem, Level, Location, Product, Variant
from connector.simulator.installation import Subscription
from connector.simulator.people import Address, Customer
from connector.simulator.reverse import ReverseLine, ReverseOrder
from connector.simulator.sales import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    Line,
    Order,
    Refund,
    RefundLine,
    Return,
    ReturnLine,
)

FIELDS: Final[dict[str, Fields]] = {
    "QueryRoot": roots.QUERY | takebacks.QUERY,
    "Mutation": roots.MUTATION | pickups.MUTATION | returns.MUTATION | stock.MUTATION,
    "Product": goods.PRODUCT,
    "ProductVariant": goods.VARIANT,
    "MediaImage": goods.MEDIA,
    "Collection": goods.COLLECTION,
    "InventoryItem": goods.ITEM | counter.ITEM,
    "InventoryLevel": goods.LEVEL,
    "Location": goods.LOCATION,
    "Customer": people.CUSTOMER,
    "MailingAddress": people.ADDRESS,
    "Order": orders.ORDER,
    "LineItem": orders.LINE,
    "Refund": orders.REFUND,
    "RefundLineItem": orders.REFUND_LINE,
    "Fulfillment": fulfillments.FULFILLMENT,
    "FulfillmentLineItem": fulfillments.FULFILLMENT_LINE,
    "FulfillmentOrder": fulfillments.FULFILLMENT_ORDER | counter.FULFILLMENT_ORDER,
    "FulfillmentOrderLineItem": fulfillments.FULFILLMENT_ORDER_LINE,
    "Return": fulfillments.RETURN | takebacks.RETURN,
    "ReturnLineItem": fulfillments.RETURN_LINE | takebacks.RETURN_LINE,
    "ReverseFulfillmentOrder": takebacks.REVERSE,
    "ReverseFulfillmentOrderLineItem": takebacks.REVERSE_LINE,
    "BulkOperation": platform.OPERATION,
    "WebhookSubscription": platform.SUBSCRIPTION,
}
KINDS: Final[dict[type, str]] = {
    Product: "Product",
    Variant: "ProductVariant",
    Image: "MediaImage",
    Collection: "Collection",
    InventoryItem: "InventoryItem",
    Level: "InventoryLevel",
    Location: "Location",
    Customer: "Customer",
    Address: "MailingAddress",
    Order: "Order",
    Line: "LineItem",
    Refund: "Refund",
    RefundLine: "RefundLineItem",
    Fulfillment: "Fulfillment",
    FulfillmentLine: "FulfillmentLineItem",
    FulfillmentOrder: "FulfillmentOrder",
    FulfillmentOrderLine: "FulfillmentOrderLineItem",
    Return: "Return",
    ReturnLine: "ReturnLineItem",
    ReverseOrder: "ReverseFulfillmentOrder",
    ReverseLine: "ReverseFulfillmentOrderLineItem",
    Operation: "BulkOperation",
    Subscription: "WebhookSubscription",
}


def kind_of(source: Any) -> str:
    """The name of the source's GraphQL type."""
    if isinstance(source, dict):
        return str(source["__typename"])
    return KINDS[type(source.what if isinstance(source, Part) else source)]


def read(source: Any, kind: str, name: str, view: View, arguments: Mapping[str, Any]) -> Any:
    """The field's value; a connection is still Rows. Raises GraphQLError where it may not be read."""
    if refusal := view.refusal(kind, name):
        raise refusal
    return source[name] if isinstance(source, dict) else FIELDS[kind][name](source, view, arguments)
