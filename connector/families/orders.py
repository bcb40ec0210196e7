"""How orders are read, with the refunds and fulfillments that they show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Change, Origin, Record, Refetch, tombstone, upsert
from connector.families.fields import Flag, Id, Money, MoneyBag, OptionalId, Text, Time, reads
from connector.families.fulfillments import FulfillmentPayload
from connector.families.fulfillments import of_order as fulfillment_of
from connector.families.order_lines import Line, LinePayload, add_up
from connector.families.order_parts import Reference, in_shop, required, root, shown
from connector.families.refunds import RefundPayload, is_foreign
from connector.families.refunds import of_order as refunds_of

#: Seconds within which several webhooks about one sale have its customer read once.
BOUGHT = 10.0


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
    presentment_subtotal: Money = UNSET
    presentment_discounts: Money = UNSET
    presentment_tax: Money = UNSET
    presentment_current_total: Money = UNSET
    total_shipping: Money = UNSET
    presentment_shipping: Money = UNSET
    total_duties: Money = UNSET
    presentment_duties: Money = UNSET
    total_additional_fees: Money = UNSET
    presentment_additional_fees: Money = UNSET
    total_tip: Money = UNSET
    total_rounding: Money = UNSET
    total_refund_rounding: Money = UNSET
    duties_included: Flag = UNSET
    billing_name: Text = UNSET
    billing_phone: Text = UNSET
    shipping_name: Text = UNSET
    shipping_phone: Text = UNSET
    #: When it was asked for, where it was: what follows is told by the Admin API alone, and is as of then.
    asked_at: Time = UNSET
    total_refunded: Money = UNSET
    presentment_refunded: Money = UNSET
    total_received: Money = UNSET
    presentment_outstanding: Money = UNSET
    presentment_tip: Money = UNSET
    refund_discrepancy: Money = UNSET
    line_items: Sequence[Line] | UnsetType | None = UNSET


class Address(msgspec.Struct):
    """Whose address it is."""

    name: str | None = None
    phone: str | None = None


class OrderPayload(Order, kw_only=True):
    """The body of all orders topics but orders/edited and orders/delete."""

    updated_at: Time = UNSET
    line_items: list[LinePayload] | UnsetType | None = UNSET
    customer: Reference | UnsetType | None = UNSET
    billing_address: Address | UnsetType | None = UNSET
    shipping_address: Address | UnsetType | None = UNSET
    subtotal_price_set: MoneyBag | UnsetType | None = UNSET
    total_discounts_set: MoneyBag | UnsetType | None = UNSET
    total_tax_set: MoneyBag | UnsetType | None = UNSET
    total_price_set: MoneyBag | UnsetType | None = UNSET
    current_total_price_set: MoneyBag | UnsetType | None = UNSET
    total_shipping_price_set: MoneyBag | UnsetType | None = UNSET
    original_total_duties_set: MoneyBag | UnsetType | None = UNSET
    original_total_additional_fees_set: MoneyBag | UnsetType | None = UNSET
    total_cash_rounding_payment_adjustment_set: MoneyBag | UnsetType | None = UNSET
    total_cash_rounding_refund_adjustment_set: MoneyBag | UnsetType | None = UNSET
    total_tip_received: Money = UNSET
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
_deleted = reads(Reference)


def read(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """orders/create, updated, paid, cancelled, fulfilled, partially_fulfilled: one body, the state.

    It shows returns only in part, and its customer has bought more than before: these are read anew.
    """
    order = _order(body)
    refunds, fulfillments = order.refunds or (), order.fulfillments or ()
    if order.returns or order.cancelled_at:
        yield Refetch("Fulfillments", order.id)
    if refunds and (order.returns or any(map(is_foreign, refunds))):
        yield Refetch("Refunds", order.id)
    if order.customer is not UNSET:
        order.customer_id = order.customer.id if order.customer else None
        if order.customer_id:
            yield Refetch("Customer", order.customer_id, settle=BOUGHT)
    _open_bags(order)
    for line in order.line_items or ():
        add_up(line)
    order.customer = order.refunds = order.fulfillments = order.returns = UNSET
    yield upsert(order, root(order.id), origin)
    for refund in refunds:
        yield from refunds_of(refund, order.id, origin)
    for fulfillment in fulfillments:
        yield fulfillment_of(fulfillment, order.id, origin)


def read_edited(body: bytes, origin: Origin) -> Iterable[Refetch]:
    """orders/edited."""
    yield Refetch("Order", _edited(body).order_edit.order_id)


def read_delete(body: bytes, origin: Origin) -> Iterable[Change]:
    """orders/delete."""
    return gone(required(_deleted(body).id, "id"), origin)


def gone(order_id: int, origin: Origin) -> Iterable[Change]:
    """The order is no more."""
    yield tombstone(Order(id=order_id), root(order_id), origin)


#: Bags of money: under which names the shop's side and the customer's side are kept, where they are.
_BAGS = (
    ("subtotal_price_set", "", "presentment_subtotal"),
    ("total_discounts_set", "", "presentment_discounts"),
    ("total_tax_set", "", "presentment_tax"),
    ("total_price_set", "", "presentment_total"),
    ("current_total_price_set", "", "presentment_current_total"),
    ("total_shipping_price_set", "total_shipping", "presentment_shipping"),
    ("original_total_duties_set", "total_duties", "presentment_duties"),
    ("original_total_additional_fees_set", "total_additional_fees", "presentment_additional_fees"),
    ("total_cash_rounding_payment_adjustment_set", "total_rounding", ""),
    ("total_cash_rounding_refund_adjustment_set", "total_refund_rounding", ""),
)


def _open_bags(order: OrderPayload) -> None:
    for bag, ours, theirs in _BAGS:
        told = getattr(order, bag)
        if ours:
            setattr(order, ours, in_shop(told))
        if theirs:
            setattr(order, theirs, shown(told))
        setattr(order, bag, UNSET)
    order.total_tip, order.total_tip_received = order.total_tip_received, UNSET
    for whose in ("billing", "shipping"):
        address = getattr(order, f"{whose}_address")
        known = isinstance(address, Address)
        setattr(order, f"{whose}_name", address.name if known else address)
        setattr(order, f"{whose}_phone", address.phone if known else address)
        setattr(order, f"{whose}_address", UNSET)
