"""Reverse fulfillment orders: how what a return announces comes in, and what becomes of it."""

from dataclasses import dataclass
from typing import Final

from connector.simulator.admin.fields.values import Fields, Part, enum
from connector.simulator.admin.rows import Rows
from connector.simulator.sales import Return, ReturnLine
from connector.simulator.wire import gid


@dataclass(frozen=True, slots=True)
class Reversal:
    """The reverse fulfillment order of an approved return."""

    id: int
    asked: Return


@dataclass(frozen=True, slots=True)
class ReversalLine:
    """One line of it."""

    id: int
    part: ReturnLine


def reversals(returned: Part) -> list[Part]:
    """Those of a return: one, once it is approved."""
    asked: Return = returned.what
    return [Part(returned.order, Reversal(asked.reverse_id, asked))] if asked.reverse_id else []


def _lines(part: Part) -> list[Part]:
    return [
        Part(part.order, ReversalLine(line.reverse_id, line))
        for line in part.what.asked.lines
        if line.reverse_id
    ]


def _came_from(part: Part) -> Part:
    lines = (line for made in part.order.fulfillments for line in made.lines)
    return next(Part(part.order, line) for line in lines if line.id == part.what.part.fulfillment_line_id)


REVERSAL: Final[Fields] = {
    "id": lambda p, view, _: gid("ReverseFulfillmentOrder", p.what.id),
    "order": lambda p, view, _: p.order,
    "lineItems": lambda p, view, _: Rows(_lines(p)),
}
REVERSAL_LINE: Final[Fields] = {
    "id": lambda p, view, _: gid("ReverseFulfillmentOrderLineItem", p.what.id),
    "totalQuantity": lambda p, view, _: p.what.part.quantity,
    "fulfillmentLineItem": lambda p, view, _: _came_from(p),
    "dispositions": lambda p, view, _: [
        {
            "type": enum(made.kind),
            "quantity": made.quantity,
            "location": view.shop.locations.get(made.location_id) if made.location_id else None,
        }
        for made in p.what.part.dispositions
    ],
}
