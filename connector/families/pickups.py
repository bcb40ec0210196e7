"""How fulfillment orders are kept: what is to be handed over where, and whether it is to be collected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Origin, Record, Refetch
from connector.errors import Permanent
from connector.families.fields import Id, Int, OptionalId, Text, Time
from connector.gids import gids


class HeldLine(msgspec.Struct):
    """How many of an order line a fulfillment order holds, and how many of them are still to go."""

    line_id: Id
    quantity: Int
    remaining: Int


class FulfillmentOrder(Record, kw_only=True):
    """What of an order goes out from one location by one way; its id changes on split, hold and move."""

    statement: ClassVar[str] = "pickups.upsert_fulfillment_orders"

    id: Id
    order_id: OptionalId = UNSET
    location_id: OptionalId = UNSET
    delivery_method: Text = UNSET
    status: Text = UNSET
    ready_at: Time = UNSET
    picked_up_at: Time = UNSET
    lines: list[HeldLine] | UnsetType | None = UNSET
    created_at: Time = UNSET
    collector_name: Text = UNSET
    collector_email: Text = UNSET
    collector_phone: Text = UNSET


def read(body: bytes, origin: Origin) -> Iterable[Refetch]:
    """fulfillment_orders/*: no order and often no location, under a wrapper of each topic's own.

    All that it names are read anew: on a split, hold or move other ones take a fulfillment order's place.
    """
    named = gids(body, "FulfillmentOrder")
    if not named:
        raise Permanent("the body names no fulfillment order")
    for number in named:
        yield Refetch("FulfillmentOrder", number)
