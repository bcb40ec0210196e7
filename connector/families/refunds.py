"""How refunds are read: by themselves, and as parts of their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Change, Origin, Record, Refetch, upsert
from connector.families.fields import Id, Int, Money, MoneyBag, OptionalId, Text, Time, reads
from connector.families.order_parts import Reference, required, root, shown, total


class RefundLine(msgspec.Struct):
    """What of an order line was refunded, and whether it went back into stock, and where."""

    id: Id
    line_item_id: Id
    quantity: Int = UNSET
    restock_type: Text = UNSET
    location_id: OptionalId = UNSET
    subtotal: Money = UNSET
    total_tax: Money = UNSET
    presentment_subtotal: Money = UNSET
    presentment_tax: Money = UNSET


class RefundLinePayload(RefundLine, kw_only=True):
    """An entry of a refund's ``refund_line_items``."""

    subtotal_set: MoneyBag | UnsetType | None = UNSET
    total_tax_set: MoneyBag | UnsetType | None = UNSET


class Transaction(msgspec.Struct):
    """Money that moved, or did not."""

    kind: Text = UNSET
    status: Text = UNSET
    amount: Money = UNSET
    currency: Text = UNSET


class Refund(Record, kw_only=True):
    """A refund; it is made once, so when it was made is its version on Shopify's clock."""

    statement: ClassVar[str] = "refunds.upsert_refunds"

    id: Id
    order_id: OptionalId = UNSET
    amount: Money = UNSET
    currency: Text = UNSET
    note: Text = UNSET
    created_at: Time = UNSET
    processed_at: Time = UNSET
    shop_amount: Money = UNSET
    shop_currency: Text = UNSET
    refund_line_items: Sequence[RefundLine] | UnsetType | None = UNSET


class RefundReturn(Record, kw_only=True):
    """The return that a refund belongs to: only refunds/create tells it, an order's ``refunds`` do not."""

    statement: ClassVar[str] = "refunds.upsert_refund_returns"
    key: ClassVar[tuple[str, ...]] = ("refund_id",)

    refund_id: Id
    return_id: OptionalId


class RefundPayload(Refund, kw_only=True):
    """The body of refunds/create, and an entry of an order's ``refunds``."""

    refund_line_items: list[RefundLinePayload] | UnsetType | None = UNSET
    returned: Reference | UnsetType | None = msgspec.field(name="return", default=UNSET)
    transactions: list[Transaction] | UnsetType | None = UNSET
    total_duties_set: MoneyBag | UnsetType | None = UNSET


_refund = reads(RefundPayload)


def read(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """refunds/create, which may well come before its order; what it takes off a fulfillment order is read."""
    refund = _refund(body)
    order_id = required(refund.order_id, "order_id")
    if is_foreign(refund):
        yield Refetch("Refunds", order_id)
    yield from of_order(refund, order_id, origin)
    yield Refetch("Fulfillments", order_id)


def of_order(refund: RefundPayload, order_id: int, origin: Origin) -> Iterable[Change]:
    """The changes that a refund of an order means; when it was made is its version."""
    made_at = refund.processed_at or refund.created_at or UNSET
    if refund.returned is not UNSET:
        told = RefundReturn(refund_id=refund.id, return_id=refund.returned.id if refund.returned else None)
        yield upsert(told, root(order_id), origin, at=made_at)
    refund.order_id = order_id
    _pay_back(refund)
    refund.returned = refund.transactions = refund.total_duties_set = UNSET
    yield upsert(refund, root(order_id), origin, at=made_at)


def is_foreign(refund: RefundPayload) -> bool:
    """Whether money moved in another currency than the shop's: what it was worth there is not told."""
    bag = refund.total_duties_set
    home = bag.shop_money.currency_code if isinstance(bag, MoneyBag) and bag.shop_money else None
    moves = refund.transactions if isinstance(refund.transactions, list) else []
    return home is not None and any(move.currency not in (home, None, UNSET) for move in moves)


def _pay_back(refund: RefundPayload) -> None:
    """What was paid back is what the transactions moved, in the currency that the customer saw."""
    bag = refund.total_duties_set
    home = bag.shop_money.currency_code if isinstance(bag, MoneyBag) and bag.shop_money else UNSET
    refund.currency = refund.shop_currency = home
    if isinstance(refund.transactions, list):
        paid = [move for move in refund.transactions if move.kind == "refund" and move.status == "success"]
        refund.amount = total([move.amount for move in paid])
        refund.currency = next((move.currency for move in paid if move.currency), refund.currency)
        if refund.currency == home is not UNSET:
            refund.shop_amount = refund.amount
    for line in refund.refund_line_items or ():
        line.presentment_subtotal = shown(line.subtotal_set)
        line.presentment_tax = shown(line.total_tax_set)
        line.subtotal_set = line.total_tax_set = UNSET
