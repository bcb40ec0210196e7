"""How fulfillments and fulfillment orders of the Admin API are read, and all that hangs on an order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from connector.changes import Change, Origin, upsert
from connector.errors import Permanent
from connector.families.fulfillments import FulfilledLine, Fulfillment
from connector.families.nodes.form import Connection, Node, lower, number_of, reads_node
from connector.families.nodes.returns import ReturnNode
from connector.families.order_parts import root
from connector.families.pickups import FulfillmentOrder, HeldLine

#: What a fulfillment's status is where its goods did leave.
LEFT = ("SUCCESS", "OPEN", "PENDING")


class FulfillmentLineNode(Node, kw_only=True):
    """FulfillmentLineItem."""

    line_item: Node
    quantity: int | None = None


class FulfillmentNode(Node, kw_only=True):
    """Fulfillment; the order is told where it is not the fulfillment's parent."""

    status: str | None = None
    location: Node | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    order: Node | None = None
    fulfillment_line_items: Connection[FulfillmentLineNode] | None = None


class HeldLineNode(Node, kw_only=True):
    """FulfillmentOrderLineItem."""

    line_item: Node
    total_quantity: int | None = None
    remaining_quantity: int | None = None


class DeliveryMethod(msgspec.Struct, rename="camel"):
    """How it goes out; in webhooks `pickup`, in REST `pick_up`, here PICK_UP."""

    method_type: str | None = None


class AssignedLocation(msgspec.Struct):
    """Where it goes out from; null where the location is gone."""

    location: Node | None = None


class Destination(msgspec.Struct, rename="camel"):
    """Who gets it, as told for the delivery; what could identify a person may be withheld."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None


class FulfillmentOrderNode(Node, kw_only=True):
    """FulfillmentOrder."""

    order_id: str | None = None
    status: str | None = None
    delivery_method: DeliveryMethod | None = None
    assigned_location: AssignedLocation | None = None
    created_at: datetime | None = None
    updated_at: datetime
    destination: Destination | None = None
    line_items: Connection[HeldLineNode] | None = None
    fulfillments: Connection[FulfillmentNode] | None = None


class PartsNode(Node, kw_only=True):
    """Order, as far as what hangs on it is asked for."""

    updated_at: datetime
    fulfillments: tuple[FulfillmentNode, ...] = ()
    fulfillment_orders: Connection[FulfillmentOrderNode] | None = None
    returns: Connection[ReturnNode] | None = None


_parts = reads_node(PartsNode)
_held = reads_node(FulfillmentOrderNode)


def read(node: bytes, origin: Origin) -> Iterable[Change]:
    """What hangs on an order: fulfillments, fulfillment orders and returns."""
    told = _parts(node)
    order_id = told.number
    for fulfillment in told.fulfillments:
        yield _fulfillment(fulfillment, order_id, origin)
    for held in told.fulfillment_orders.nodes if told.fulfillment_orders else ():
        yield _fulfillment_order(held, order_id, origin)
    for returned in told.returns.nodes if told.returns else ():
        yield upsert(returned.returned(order_id), root(order_id), origin, at=told.updated_at)


def read_fulfillment_order(node: bytes, origin: Origin) -> Iterable[Change]:
    """A fulfillment order by itself, with the fulfillments made from it."""
    told = _held(node)
    if told.order_id is None:
        raise Permanent("a fulfillment order names no order")
    order_id = Node(id=told.order_id).number
    yield _fulfillment_order(told, order_id, origin)
    for fulfillment in told.fulfillments.nodes if told.fulfillments else ():
        yield _fulfillment(fulfillment, number_of(fulfillment.order) or order_id, origin)


def _fulfillment(told: FulfillmentNode, order_id: int, origin: Origin) -> Change:
    fulfillment = Fulfillment(
        id=told.number,
        updated_at=told.updated_at,
        order_id=order_id,
        status=lower(told.status),
        location_id=number_of(told.location),
        created_at=told.created_at,
    )
    if told.fulfillment_line_items is not None:
        fulfillment.line_items = [
            FulfilledLine(id=line.line_item.number, quantity=line.quantity)
            for line in {line.id: line for line in told.fulfillment_line_items.nodes}.values()
        ]
    return upsert(fulfillment, root(order_id), origin)


def _fulfillment_order(told: FulfillmentOrderNode, order_id: int, origin: Origin) -> Change:
    method = told.delivery_method.method_type if told.delivery_method else None
    lines = {line.id: line for line in told.line_items.nodes} if told.line_items else {}
    who = told.destination or Destination()
    held = FulfillmentOrder(
        id=told.number,
        updated_at=told.updated_at,
        order_id=order_id,
        location_id=number_of(told.assigned_location.location) if told.assigned_location else None,
        delivery_method=method,
        status=told.status,
        created_at=told.created_at,
        collector_name=" ".join(filter(None, (who.first_name, who.last_name))) or None,
        collector_email=who.email,
        collector_phone=who.phone,
        lines=[
            HeldLine(line.line_item.number, line.total_quantity, line.remaining_quantity)
            for line in sorted(lines.values(), key=lambda line: line.line_item.number)
        ],
        picked_up_at=_handed_over_at(told),
    )
    if method == "PICK_UP" and told.status == "IN_PROGRESS":
        held.ready_at = told.updated_at
    return upsert(held, root(order_id), origin)


def _handed_over_at(told: FulfillmentOrderNode) -> datetime | None:
    """When the last of its goods left; None where all of that was taken back, or nothing ever left."""
    made = told.fulfillments.nodes if told.fulfillments else ()
    return max((each.created_at for each in made if each.created_at and each.status in LEFT), default=None)
