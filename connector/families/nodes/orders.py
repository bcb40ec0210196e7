"""How orders of the Admin API are read: the order with its lines, and apart from it what hangs on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from connector.changes import Change, Origin, upsert
from connector.families.nodes.form import (
    Bag,
    Connection,
    Node,
    lower,
    number_of,
    once,
    reads_node,
    shop_amount,
)
from connector.families.order_parts import root, total
from connector.families.orders import Line, Order

#: The Admin API tells what a clerk sees; webhooks know three of these and null.
FULFILLMENT_STATUS = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "RESTOCKED": "restocked"}


class Allocation(msgspec.Struct, rename="camel"):
    """The share of one discount that falls on one line."""

    allocated_amount_set: Bag


class TaxLine(msgspec.Struct, rename="camel"):
    """One tax on one line."""

    price_set: Bag


class LineNode(Node, kw_only=True):
    """LineItem."""

    variant: Node | None = None
    product: Node | None = None
    sku: str | None = None
    title: str | None = None
    variant_title: str | None = None
    quantity: int | None = None
    current_quantity: int | None = None
    unfulfilled_quantity: int | None = None
    original_unit_price_set: Bag | None = None
    discount_allocations: tuple[Allocation, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
    is_gift_card: bool | None = None
    taxable: bool | None = None
    requires_shipping: bool | None = None

    def line(self) -> Line:
        """The line, its discounts and taxes added up."""
        return Line(
            id=self.number,
            variant_id=number_of(self.variant),
            product_id=number_of(self.product),
            sku=self.sku,
            title=self.title,
            variant_title=self.variant_title,
            quantity=self.quantity,
            current_quantity=self.current_quantity,
            fulfillable_quantity=self.unfulfilled_quantity,
            price=shop_amount(self.original_unit_price_set),
            total_discount=total(
                [shop_amount(each.allocated_amount_set) for each in self.discount_allocations]
            ),
            total_tax=total([shop_amount(tax.price_set) for tax in self.tax_lines]),
            gift_card=self.is_gift_card,
            taxable=self.taxable,
            requires_shipping=self.requires_shipping,
        )


class OrderNode(Node, kw_only=True):
    """Order; what could identify the customer may be withheld."""

    name: str | None = None
    customer: Node | None = None
    email: str | None = None
    phone: str | None = None
    display_financial_status: str | None = None
    display_fulfillment_status: str | None = None
    currency_code: str | None = None
    presentment_currency_code: str | None = None
    subtotal_price_set: Bag | None = None
    total_discounts_set: Bag | None = None
    total_tax_set: Bag | None = None
    total_price_set: Bag | None = None
    total_outstanding_set: Bag | None = None
    current_subtotal_price_set: Bag | None = None
    current_total_discounts_set: Bag | None = None
    current_total_tax_set: Bag | None = None
    current_total_price_set: Bag | None = None
    taxes_included: bool | None = None
    test: bool | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    source_name: str | None = None
    retail_location: Node | None = None
    created_at: datetime | None = None
    processed_at: datetime | None = None
    updated_at: datetime
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    line_items: Connection[LineNode] | None = None

    def order(self) -> Order:
        """The order without its lines."""
        total = self.total_price_set
        presentment = total.presentment_money if total else None
        return Order(
            id=self.number,
            updated_at=self.updated_at,
            name=self.name,
            customer_id=number_of(self.customer),
            email=self.email,
            phone=self.phone,
            financial_status=lower(self.display_financial_status),
            fulfillment_status=FULFILLMENT_STATUS.get(self.display_fulfillment_status or ""),
            currency=self.currency_code,
            subtotal_price=shop_amount(self.subtotal_price_set),
            total_discounts=shop_amount(self.total_discounts_set),
            total_tax=shop_amount(self.total_tax_set),
            total_price=shop_amount(total),
            total_outstanding=shop_amount(self.total_outstanding_set),
            current_subtotal_price=shop_amount(self.current_subtotal_price_set),
            current_total_discounts=shop_amount(self.current_total_discounts_set),
            current_total_tax=shop_amount(self.current_total_tax_set),
            current_total_price=shop_amount(self.current_total_price_set),
            presentment_currency=self.presentment_currency_code,
            presentment_total=presentment.amount if presentment else None,
            taxes_included=self.taxes_included,
            test=self.test,
            note=self.note,
            tags=", ".join(self.tags),
            source_name=self.source_name,
            location_id=number_of(self.retail_location),
            created_at=self.created_at,
            processed_at=self.processed_at,
            cancelled_at=self.cancelled_at,
            cancel_reason=lower(self.cancel_reason),
            closed_at=self.closed_at,
        )


_order = reads_node(OrderNode)


def read(node: bytes, origin: Origin) -> Iterable[Change]:
    """An order with all of its lines."""
    told = _order(node)
    order = told.order()
    if told.line_items is not None:
        order.line_items = [line.line() for line in once(told.line_items.nodes)]
    yield upsert(order, root(order.id), origin)
