"""How orders, their refunds and their fulfillments are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Change, Origin, Record, Refetch, tombstone, upsert
from connector.errors import Permanent
from connector.families.fields import Amount, Flag, Id, Int, Money, MoneyBag, OptionalId, Text, Time, reads

#: Seconds within which several webhooks about one sale have its customer read once.
BOUGHT = 10.0


class Reference(msgspec.Struct):
    """Another thing, of which only the id is wanted."""

    id: OptionalId = UNSET


class Discount(msgspec.Struct):
    """The share of one discount that falls on one line, in the shop's currency."""

    amount: Amount


class Tax(msgspec.Struct):
    """One tax on one line, in the shop's currency."""

    price: Amount


class Line(msgspec.Struct):
    """A line of an order; it lives under the order's version."""

    id: Id
    variant_id: OptionalId = UNSET
    product_id: OptionalId = UNSET
    sku: Text = UNSET
    title: Text = UNSET
    variant_title: Text = UNSET
    quantity: Int = UNSET
    current_quantity: Int = UNSET
    fulfillable_quantity: Int = UNSET
    price: Money = UNSET
    total_discount: Money = UNSET
    total_tax: Money = UNSET
    gift_card: Flag = UNSET
    taxable: Flag = UNSET
    requires_shipping: Flag = UNSET
    discount_allocations: list[Discount] | UnsetType | None = UNSET
    tax_lines: list[Tax] | UnsetType | None = UNSET


class Order(Record, kw_only=True):
    """An order. Plain amounts are as ordered, ``current_`` ones after edits, refunds and returns."""

    statement: ClassVar[str] = "orders.upsert_orders"

    id: Id
    name: Text = UNSET
    customer_id: OptionalId = UNSET
    email: Text = UNSET
    phone: Text = UNSET
    financial_status: Text = UNSET
    fulfillment_status: Text = UNSET
    currency: Text = UNSET
    subtotal_price: Money = UNSET
    total_discounts: Money = UNSET
    total_tax: Money = UNSET
    total_price: Money = UNSET
    total_outstanding: Money = UNSET
    current_subtotal_price: Money = UNSET
    current_total_discounts: Money = UNSET
    current_total_tax: Money = UNSET
    current_total_price: Money = UNSET
    presentment_currency: Text = UNSET
    presentment_total: Money = UNSET
    taxes_included: Flag = UNSET
    test: Flag = UNSET
    note: Text = UNSET
    tags: Text = UNSET
    source_name: Text = UNSET
    location_id: OptionalId = UNSET
    created_at: Time = UNSET
    processed_at: Time = UNSET
    cancelled_at: Time = UNSET
    cancel_reason: Text = UNSET
    closed_at: Time = UNSET
    line_items: list[Line] | UnsetType | None = UNSET


class RefundLine(msgspec.Struct):
    """What of an order line was refunded, and whether it went back into stock, and where."""

    id: Id
    line_item_id: Id
    quantity: Int = UNSET
    restock_type: Text = UNSET
    location_id: OptionalId = UNSET
    subtotal: Money = UNSET
    total_tax: Money = UNSET


class Transaction(msgspec.Struct):
    """Money that moved, or did not."""

    kind: Text = UNSET
    status: Text = UNSET
    amount: Money = UNSET
    currency: Text = UNSET


class Refund(Record, kw_only=True):
    """A refund; it is made once, so when it was made is its version on Shopify's clock."""

    statement: ClassVar[str] = "orders.upsert_refunds"

    id: Id
    order_id: OptionalId = UNSET
    amount: Money = UNSET
    currency: Text = UNSET
    note: Text = UNSET
    created_at: Time = UNSET
    processed_at: Time = UNSET
    refund_line_items: list[RefundLine] | UnsetType | None = UNSET


class RefundReturn(Record, kw_only=True):
    """The return that a refund belongs to: only refunds/create tells it, an order's ``refunds`` do not."""

    statement: ClassVar[str] = "orders.upsert_refund_returns"
    key: ClassVar[tuple[str, ...]] = ("refund_id",)

    refund_id: Id
    return_id: OptionalId


class RefundPayload(Refund, kw_only=True):
    """The body of refunds/create, and an entry of an order's ``refunds``."""

    returned: Reference | UnsetType | None = msgspec.field(name="return", default=UNSET)
    transactions: list[Transaction] | UnsetType | None = UNSET
    total_duties_set: MoneyBag | UnsetType | None = UNSET


class FulfilledLine(msgspec.Struct):
    """How many of an order line a fulfillment holds."""

    id: Id
    quantity: Int = UNSET


class Fulfillment(Record, kw_only=True):
    """Goods that left a location, shipped or handed over."""

    statement: ClassVar[str] = "orders.upsert_fulfillments"

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


class OrderPayload(Order, kw_only=True):
    """The body of all orders topics but orders/edited and orders/delete."""

    updated_at: Time = UNSET
    customer: Reference | UnsetType | None = UNSET
    total_price_set: MoneyBag | UnsetType | None = UNSET
    refunds: list[RefundPayload] | UnsetType | None = UNSET
    fulfillments: list[FulfillmentPayload] | UnsetType | None = UNSET
    returns: list[object] | UnsetType | None = UNSET


class OrderEdit(msgspec.Struct):
    """What was edited, as differences; the order itself is not in it."""

    order_id: Id


class EditedPayload(msgspec.Struct):
    """The body of orders/edited."""

    order_edit: OrderEdit


_order = reads(OrderPayload)
_edited = reads(EditedPayload)
_refund = reads(RefundPayload)
_fulfillment = reads(FulfillmentPayload)
_deleted = reads(Reference)


def read(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """orders/create, updated, paid, cancelled, fulfilled, partially_fulfilled: one body, the state.

    It shows returns only in part, and its customer has bought more than before: these are read anew.
    """
    order = _order(body)
    refunds, fulfillments = order.refunds or (), order.fulfillments or ()
    if order.returns or order.cancelled_at:
        yield Refetch("Fulfillments", order.id)
    if order.returns and refunds:
        yield Refetch("Refunds", order.id)
    if order.customer is not UNSET:
        order.customer_id = order.customer.id if order.customer else None
        if order.customer_id:
            yield Refetch("Customer", order.customer_id, settle=BOUGHT)
    if isinstance(order.total_price_set, MoneyBag) and order.total_price_set.presentment_money:
        order.presentment_total = order.total_price_set.presentment_money.amount
    for line in order.line_items or ():
        _add_up(line)
    order.customer = order.total_price_set = order.refunds = order.fulfillments = order.returns = UNSET
    yield upsert(order, root(order.id), origin)
    for refund in refunds:
        yield from _upsert_refund(refund, order.id, origin)
    for fulfillment in fulfillments:
        yield _upsert_fulfillment(fulfillment, order.id, origin)


def read_edited(body: bytes, origin: Origin) -> Iterable[Refetch]:
    """orders/edited."""
    yield Refetch("Order", _edited(body).order_edit.order_id)


def read_delete(body: bytes, origin: Origin) -> Iterable[Change]:
    """orders/delete."""
    return gone(_required(_deleted(body).id, "id"), origin)


def gone(order_id: int, origin: Origin) -> Iterable[Change]:
    """The order is no more."""
    yield tombstone(Order(id=order_id), root(order_id), origin)


def read_refund(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """refunds/create, which may well come before its order; what it takes off a fulfillment order is read."""
    refund = _refund(body)
    order_id = _required(refund.order_id, "order_id")
    yield from _upsert_refund(refund, order_id, origin)
    yield Refetch("Fulfillments", order_id)


def read_fulfillment(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """fulfillments/create and fulfillments/update; the fulfillment order that it came from is read."""
    fulfillment = _fulfillment(body)
    order_id = _required(fulfillment.order_id, "order_id")
    yield _upsert_fulfillment(fulfillment, order_id, origin)
    yield Refetch("Fulfillments", order_id)


def _add_up(line: Line) -> None:
    """Shopify spreads order discounts over ``discount_allocations``; ``total_discount`` stays 0.00."""
    if isinstance(line.discount_allocations, list):
        line.total_discount = _sum([discount.amount for discount in line.discount_allocations])
    if isinstance(line.tax_lines, list):
        line.total_tax = _sum([tax.price for tax in line.tax_lines])
    line.discount_allocations = line.tax_lines = UNSET


def _upsert_refund(refund: RefundPayload, order_id: int, origin: Origin) -> Iterable[Change]:
    made_at = refund.processed_at or refund.created_at or UNSET
    if refund.returned is not UNSET:
        told = RefundReturn(refund_id=refund.id, return_id=refund.returned.id if refund.returned else None)
        yield upsert(told, root(order_id), origin, at=made_at)
    refund.order_id = order_id
    _pay_back(refund)
    refund.returned = refund.transactions = refund.total_duties_set = UNSET
    yield upsert(refund, root(order_id), origin, at=made_at)


def _pay_back(refund: RefundPayload) -> None:
    """What was paid back is what the transactions moved, in the currency that the customer saw."""
    bag = refund.total_duties_set
    refund.currency = bag.shop_money.currency_code if isinstance(bag, MoneyBag) and bag.shop_money else UNSET
    if isinstance(refund.transactions, list):
        paid = [move for move in refund.transactions if move.kind == "refund" and move.status == "success"]
        refund.amount = _sum([move.amount for move in paid])
        refund.currency = next((move.currency for move in paid if move.currency), refund.currency)


def _upsert_fulfillment(fulfillment: FulfillmentPayload, order_id: int, origin: Origin) -> Change:
    fulfillment.order_id = order_id
    return upsert(fulfillment, root(order_id), origin)


def _sum(amounts: Sequence[Money]) -> str:
    return str(sum((Decimal(str(amount)) for amount in amounts if amount), Decimal(0)))


def root(order_id: int) -> str:
    """What is written as one: an order with all that hangs on it."""
    return f"orders/{order_id}"


def _required(value: int | UnsetType | None, name: str) -> int:
    if not isinstance(value, int):
        raise Permanent(f"Object missing required field `{name}`")
    return value
