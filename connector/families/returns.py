"""How returns are kept: what a customer brings back, and how far that is."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Record
from connector.families.fields import Id, Int, OptionalId, Text


class ReturnedLine(msgspec.Struct):
    """How many of an order line come back."""

    line_id: OptionalId
    quantity: Int


class Return(Record, kw_only=True):
    """A return. Shopify gives it no time of change: it lives under its order's version."""

    statement: ClassVar[str] = "returns.upsert_returns"

    id: Id
    order_id: OptionalId = UNSET
    name: Text = UNSET
    status: Text = UNSET
    lines: list[ReturnedLine] | UnsetType | None = UNSET
