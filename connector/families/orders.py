"""How orders are read, with the refunds and fulfillments that they show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Change, Origin, Record, Refetch, tombstone, upsert
from connector.families.fields import Amount, Flag, Id, Int, Money, MoneyBag, OptionalId, Text, Time, reads
from connector.families.fulfillments import FulfillmentPayload
from connector.families.fulfillments import of_order as fulfillment_of
from connector.families.order_parts import Reference, required, root, total
from connector.families.refunds import RefundPayload
from connector.families.refunds import of_order as refunds_of

#: Seconds within which several webhooks about one sale have its customer read once.
BOUGHT = 10.0


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


def _add_up(line: Line) -> None:
    """Shopify spreads order discounts over ``discount_allocations``; ``total_discount`` stays 0.00."""
    if isinstance(line.discount_allocations, list):
        line.total_discount = total([discount.amount for discount in line.discount_allocations])
    if isinstance(line.tax_lines, list):
        line.total_tax = total([tax.price for tax in line.tax_lines])
    line.discount_allocations = line.tax_lines = UNSET
