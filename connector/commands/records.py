"""What each kind of command says: its arguments, read and refused in words. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec

from connector.errors import Permanent

Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Refused(Permanent):
    """The command is not carried out, now or later; the words are for the clerk."""


class NeedsPerson(Permanent):
    """Somebody must decide what became of the command, or is to; the words are for the clerk."""


class Arguments(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The arguments of one kind of command. Ids are Shopify's numbers, also as strings."""


class Pickup(Arguments, kw_only=True):
    """prepare_for_pickup, cancel_pickup: the fulfillment order as the till knew it."""

    fulfillment_order_id: Number


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """So many of an order line."""

    line_id: Number
    quantity: Quantity


class HandOver(Pickup, kw_only=True):
    """picked_up: all that is left of it, or only these lines."""

    lines: list[Part] = []
    notify_customer: bool = False


class Returned(Part):
    """So many of an order line come back. ``reason`` is one of Shopify's words, such as size_too_small."""

    reason: str = "unknown"
    note: Annotated[str, msgspec.Meta(max_length=255)] = ""


class OpenReturn(Arguments, kw_only=True):
    """open_return: what the customer brings back."""

    lines: Annotated[list[Returned], msgspec.Meta(min_length=1)]


class OfReturn(Arguments, kw_only=True):
    """close_return: a return by Shopify's number, or by the command that opens it, pending or not."""

    return_id: Number | None = None
    opened_by: UUID | None = None

    def __post_init__(self) -> None:
        if (self.return_id is None) == (self.opened_by is None):
            raise ValueError("say either return_id or opened_by, the open_return command's id")


class Processed(Part):
    """So many of an order line are dealt with; with ``restock`` they go back on sale at ``location_id``."""

    restock: bool = False
    location_id: Number | None = None

    def __post_init__(self) -> None:
        if self.restock and self.location_id is None:
            raise ValueError("restock needs a location_id")


class ProcessReturn(OfReturn, kw_only=True):
    """process_return: ``refund`` is true for what Shopify suggests, or an amount in their currency."""

    lines: Annotated[list[Processed], msgspec.Meta(min_length=1)]
    refund: bool | str = False
    notify_customer: bool = False
    note: str | None = None

    @property
    def amount(self) -> Decimal | None:
        """The amount to pay back; None where Shopify's suggestion is meant, or nothing at all."""
        return Decimal(self.refund) if isinstance(self.refund, str) else None

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.refund, str):
            try:
                amount = Decimal(self.refund)
            except ArithmeticError:
                raise ValueError("refund is true, false or an amount such as 12.50") from None
            if not amount.is_finite() or amount < 0:
                raise ValueError("refund cannot be less than nothing")


class AdjustInventory(Arguments, kw_only=True):
    """adjust_inventory: by how many the stock changed; a sale of two is -2."""

    inventory_item_id: Number
    location_id: Number
    delta: Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]
    reason: str = "correction"


#: The kinds, and what they say.
KINDS: dict[str, type[Arguments]] = {
    "prepare_for_pickup": Pickup,
    "picked_up": HandOver,
    "cancel_pickup": Pickup,
    "open_return": OpenReturn,
    "process_return": ProcessReturn,
    "close_return": OfReturn,
    "adjust_inventory": AdjustInventory,
}


class Sent(msgspec.Struct, frozen=True):
    """What was sent to Shopify, stored before it was: enough to tell afterwards whether it took effect."""

    variables: dict[str, Any]
    #: What was there before, by which the new is known.
    seen: list[str] = []
    key: str | None = None
    #: How many could be sold before an adjustment.
    before: int | None = msgspec.field(name="from", default=None)


class Command(msgspec.Struct, frozen=True):
    """A pending command, and how far it is."""

    command_id: UUID
    shop_id: int
    shop: str
    kind: str
    order_id: int | None
    arguments: bytes
    till: str | None
    received_at: datetime
    attempts: int = 0
    sent: Sent | None = None
    effect: dict[str, Any] | None = None

    def read(self) -> Arguments:
        """Its arguments; raises Refused in words that name what is wrong."""
        form = KINDS.get(self.kind)
        if form is None:
            raise Refused(f"there is no command {self.kind[:40]!r}; there are {', '.join(KINDS)}")
        if self.order_id is None and form is not AdjustInventory:
            raise Refused(f"{self.kind} needs the order_id of its order")
        try:
            return msgspec.json.decode(self.arguments, type=form, strict=False)
        except msgspec.DecodeError as error:
            raise Refused(f"the arguments of {self.kind} are not understood: {error}") from None
