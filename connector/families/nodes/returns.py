"""How returns of the Admin API are read: what comes back, how far it is, and what went on which shelf."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from connector.families.nodes.form import Connection, Node, lower, number_of
from connector.families.returns import Restocked, Return, ReturnedLine


class FulfilledNode(Node, kw_only=True):
    """FulfillmentLineItem, as what comes back of a fulfillment."""

    line_item: Node


class ReturnLineNode(Node, kw_only=True):
    """ReturnLineItem; an unverified one names no fulfillment."""

    quantity: int | None = None
    processed_quantity: int | None = None
    refunded_quantity: int | None = None
    fulfillment_line_item: FulfilledNode | None = None


class Disposition(msgspec.Struct):
    """What became of some units: RESTOCKED, NOT_RESTOCKED, MISSING or PROCESSING_REQUIRED."""

    type: str
    quantity: int
    location: Node | None = None


class ReverseLineNode(Node, kw_only=True):
    """ReverseFulfillmentOrderLineItem."""

    fulfillment_line_item: Node | None = None
    dispositions: tuple[Disposition, ...] = ()


class ReverseNode(Node, kw_only=True):
    """ReverseFulfillmentOrder: how what a return announces comes in."""

    line_items: Connection[ReverseLineNode] | None = None


class ReturnNode(Node, kw_only=True):
    """Return; where its reverse fulfillment orders are not asked for, what was restocked is not told."""

    name: str | None = None
    status: str | None = None
    return_line_items: Connection[ReturnLineNode] | None = None
    reverse_fulfillment_orders: Connection[ReverseNode] | None = None

    def returned(self, order_id: int) -> Return:
        """The return as a row."""
        shelves = self._shelves()
        lines = {line.id: line for line in self.return_line_items.nodes} if self.return_line_items else {}
        return Return(
            id=self.number,
            order_id=order_id,
            name=self.name,
            status=lower(self.status),
            lines=[_line(line, shelves) for line in sorted(lines.values(), key=lambda line: line.number)],
        )

    def _shelves(self) -> dict[str, list[Restocked]] | None:
        """What went where, by the fulfillment's line that it came from."""
        if self.reverse_fulfillment_orders is None:
            return None
        found: defaultdict[str, defaultdict[int | None, int]] = defaultdict(lambda: defaultdict(int))
        orders = self.reverse_fulfillment_orders.nodes
        lines = {line.id: line for order in orders if order.line_items for line in order.line_items.nodes}
        for line in lines.values():
            for disposed in line.dispositions:
                if disposed.type == "RESTOCKED" and line.fulfillment_line_item:
                    found[line.fulfillment_line_item.id][number_of(disposed.location)] += disposed.quantity
        return {
            came_from: [Restocked(location, count) for location, count in shelves.items()]
            for came_from, shelves in found.items()
        }


def _line(told: ReturnLineNode, shelves: dict[str, list[Restocked]] | None) -> ReturnedLine:
    came_from = told.fulfillment_line_item
    line = ReturnedLine(
        came_from.line_item.number if came_from else None,
        told.quantity,
        told.processed_quantity,
        told.refunded_quantity,
    )
    if shelves is not None:
        restocked = shelves.get(came_from.id, []) if came_from else []
        line.restocked, line.restocked_quantity = restocked, sum(each.quantity for each in restocked)
    return line
