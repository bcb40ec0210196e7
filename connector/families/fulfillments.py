"""How fulfillments are read: by themselves, and as parts of their order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Change, Origin, Record, Refetch, upsert
from connector.families.fields import Id, Int, OptionalId, Text, Time, reads
from connector.families.order_parts import required, root


class FulfilledLine(msgspec.Struct):
    """How many of an order line a fulfillment holds."""

    id: Id
    quantity: Int = UNSET


class Fulfillment(Record, kw_only=True):
    """Goods that left a location, shipped or handed over."""

    statement: ClassVar[str] = "fulfillments.upsert_fulfillments"

    id: Id
    order_id: OptionalId = UNSET
    status: Text = UNSET
    shipment_status: Text = UNSET
    location_id: OptionalId = UNSET
    created_at: Time = UNSET
    line_items: list[FulfilledLine] | UnsetType | None = UNSET


class FulfillmentPayload(Fulfillment, kw_only=True):
    """The body of fulfillments/*, and an entry of an order's ``fulfillments``."""

    updated_at: Time = UNSET


_fulfillment = reads(FulfillmentPayload)


def read(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """fulfillments/create and fulfillments/update; the fulfillment order that it came from is read."""
    fulfillment = _fulfillment(body)
    order_id = required(fulfillment.order_id, "order_id")
    yield of_order(fulfillment, order_id, origin)
    yield Refetch("Fulfillments", order_id)


def of_order(fulfillment: FulfillmentPayload, order_id: int, origin: Origin) -> Change:
    """The change that a fulfillment of an order means."""
    fulfillment.order_id = order_id
    return upsert(fulfillment, root(order_id), origin)
