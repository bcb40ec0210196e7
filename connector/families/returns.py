"""How returns are kept: what a customer brings back, and how far that is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Origin, Record, Refetch
from connector.families.fields import Id, Int, OptionalId, Text, reads
from connector.gids import gids


class Restocked(msgspec.Struct):
    """How many went back on a shelf, and where."""

    location_id: OptionalId
    quantity: int


class ReturnedLine(msgspec.Struct):
    """How many of an order line come back, and what became of them."""

    line_id: OptionalId
    quantity: Int
    processed_quantity: Int = UNSET
    refunded_quantity: Int = UNSET
    #: Where the return's dispositions were read.
    restocked_quantity: Int = UNSET
    restocked: list[Restocked] | UnsetType = UNSET


class Return(Record, kw_only=True):
    """A return. Shopify gives it no time of change: it lives under its order's version."""

    statement: ClassVar[str] = "returns.upsert_returns"

    id: Id
    order_id: OptionalId = UNSET
    name: Text = UNSET
    status: Text = UNSET
    lines: list[ReturnedLine] | UnsetType | None = UNSET


class OrderOf(msgspec.Struct):
    """The order that a return belongs to."""

    id: OptionalId = UNSET


class ReturnPayload(msgspec.Struct):
    """The body of returns/*: some carry the order, some its id, some neither."""

    order: OrderOf | UnsetType | None = UNSET
    order_id: OptionalId = UNSET


_payload = reads(ReturnPayload)


def read(body: bytes, origin: Origin) -> Iterable[Refetch]:
    """returns/* and reverse_fulfillment_orders/dispose: the order is read anew, with all of its returns.

    returns/update is a diff without order or status, and returns/process is documented as empty: where
    nothing is named, all orders with returns under way are.
    """
    told = _payload(body)
    order_id = told.order.id if isinstance(told.order, OrderOf) else told.order_id
    if order_id:
        yield Refetch("Fulfillments", order_id)
        return
    named = [Refetch(kind, number) for kind in OWNED for number in gids(body, kind)]
    yield from named or [Refetch(EVERY_RETURN, 0)]


#: What leads to an order by a question of its own.
OWNED = ("Return", "ReverseFulfillmentOrder")
#: Not a gid's type: all orders whose returns are under way.
EVERY_RETURN = "Returns"
