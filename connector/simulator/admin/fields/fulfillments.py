"""Fulfillments, fulfillment orders and returns."""

from typing import Any, Final

from connector.simulator.admin.fields.orders import line_of, parts
from connector.simulator.admin.fields.values import Fields, Part, at, enum
from connector.simulator.admin.rows import Rows
from connector.simulator.admin.view import View
from connector.simulator.sales import Order
from connector.simulator.wire import gid


def handed_over(part: Part, fulfillment_line_id: int) -> Part:
    """The fulfillment line that something of its order names."""
    lines = (line for made in part.order.fulfillments for line in made.lines)
    return next(Part(part.order, line) for line in lines if line.id == fulfillment_line_id)


def _destination(order: Order, view: View) -> dict[str, Any] | None:
    """Who gets it: the one named for the pickup, else whose addresses the order has."""
    who = order.collector or order.shipping_address or order.billing_address
    if who is None:
        return None
    told = {"firstName": who.first_name, "lastName": who.last_name, "phone": who.phone}
    return {name: view.personal(value) for name, value in (told | {"email": order.email or None}).items()}


def _made_from(part: Part) -> list[Any]:
    return [made for made in part.order.fulfillments if part.what.id in made.routed_ids]


FULFILLMENT: Final[Fields] = {
    "id": lambda p, view, _: gid("Fulfillment", p.what.id),
    "status": lambda p, view, _: enum(p.what.status),
    "location": lambda p, view, _: view.shop.locations.get(p.what.location_id),
    "createdAt": lambda p, view, _: at(p.what.created_at),
    "updatedAt": lambda p, view, _: at(p.what.updated_at),
    "order": lambda p, view, _: p.order,
    "fulfillmentLineItems": lambda p, view, _: Rows(parts(p.order, p.what.lines)),
}
FULFILLMENT_LINE: Final[Fields] = {
    "id": lambda p, view, _: gid("FulfillmentLineItem", p.what.id),
    "lineItem": lambda p, view, _: line_of(p, p.what.line_id),
    "quantity": lambda p, view, _: p.what.quantity,
}
FULFILLMENT_ORDER: Final[Fields] = {
    "id": lambda p, view, _: gid("FulfillmentOrder", p.what.id),
    "orderId": lambda p, view, _: gid("Order", p.order.id),
    "status": lambda p, view, _: enum(p.what.status),
    "deliveryMethod": lambda p, view, _: {"methodType": enum(p.what.method)},
    "assignedLocation": lambda p, view, _: {"location": view.shop.locations.get(p.what.location_id)},
    "createdAt": lambda p, view, _: at(p.what.created_at or p.order.created_at),
    "updatedAt": lambda p, view, _: at(p.what.updated_at or p.order.updated_at),
    "destination": lambda p, view, _: _destination(p.order, view),
    "lineItems": lambda p, view, _: Rows(parts(p.order, p.what.lines)),
    "fulfillments": lambda p, view, _: Rows(parts(p.order, _made_from(p))),
}
FULFILLMENT_ORDER_LINE: Final[Fields] = {
    "id": lambda p, view, _: gid("FulfillmentOrderLineItem", p.what.id),
    "lineItem": lambda p, view, _: line_of(p, p.what.line_id),
    "totalQuantity": lambda p, view, _: p.what.total,
    "remainingQuantity": lambda p, view, _: p.what.remaining,
}
RETURN: Final[Fields] = {
    "id": lambda p, view, _: gid("Return", p.what.id),
    "name": lambda p, view, _: p.what.name,
    "status": lambda p, view, _: enum(p.what.status),
    "order": lambda p, view, _: p.order,
    "returnLineItems": lambda p, view, _: Rows(parts(p.order, p.what.lines)),
}
RETURN_LINE: Final[Fields] = {
    "id": lambda p, view, _: gid("ReturnLineItem", p.what.id),
    "quantity": lambda p, view, _: p.what.quantity,
    "refundedQuantity": lambda p, view, _: p.what.refunded,
    "fulfillmentLineItem": lambda p, view, _: handed_over(p, p.what.fulfillment_line_id),
}
