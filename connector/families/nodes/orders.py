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
    shown_amount,
)
from connector.families.nodes.order_lines import LineNode
from connector.families.order_parts import root
from connector.families.orders import Order

#: The Admin API tells what a clerk sees; webhooks know three of these and null.
FULFILLMENT_STATUS = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "RESTOCKED": "restocked"}


class AddressNode(msgspec.Struct):
    """Whose address it is."""

    name: str | None = None
    phone: str | None = None


class Rounding(msgspec.Struct, rename="camel"):
    """What rounding cash added to payments and to what was paid back."""

    payment_set: Bag | None = None
    refund_set: Bag | None = None


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
    total_shipping_price_set: Bag | None = None
    original_total_duties_set: Bag | None = None
    original_total_additional_fees_set: Bag | None = None
    total_tip_received_set: Bag | None = None
    total_cash_rounding_adjustment: Rounding | None = None
    total_refunded_set: Bag | None = None
    total_received_set: Bag | None = None
    refund_discrepancy_set: Bag | None = None
    billing_address: AddressNode | None = None
    shipping_address: AddressNode | None = None
    duties_included: bool | None = None
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
        rounding = self.total_cash_rounding_adjustment or Rounding()
        billing, shipping = self.billing_address or AddressNode(), self.shipping_address or AddressNode()
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
            total_price=shop_amount(self.total_price_set),
            total_outstanding=shop_amount(self.total_outstanding_set),
            current_subtotal_price=shop_amount(self.current_subtotal_price_set),
            current_total_discounts=shop_amount(self.current_total_discounts_set),
            current_total_tax=shop_amount(self.current_total_tax_set),
            current_total_price=shop_amount(self.current_total_price_set),
            presentment_currency=self.presentment_currency_code,
            presentment_total=shown_amount(self.total_price_set),
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
            presentment_subtotal=shown_amount(self.subtotal_price_set),
            presentment_discounts=shown_amount(self.total_discounts_set),
            presentment_tax=shown_amount(self.total_tax_set),
            presentment_current_total=shown_amount(self.current_total_price_set),
            total_shipping=shop_amount(self.total_shipping_price_set),
            presentment_shipping=shown_amount(self.total_shipping_price_set),
            total_duties=shop_amount(self.original_total_duties_set),
            presentment_duties=shown_amount(self.original_total_duties_set),
            total_additional_fees=shop_amount(self.original_total_additional_fees_set),
            presentment_additional_fees=shown_amount(self.original_total_additional_fees_set),
            total_tip=shop_amount(self.total_tip_received_set),
            total_rounding=shop_amount(rounding.payment_set),
            total_refund_rounding=shop_amount(rounding.refund_set),
            duties_included=self.duties_included,
            billing_name=billing.name,
            billing_phone=billing.phone,
            shipping_name=shipping.name,
            shipping_phone=shipping.phone,
            total_refunded=shop_amount(self.total_refunded_set),
            presentment_refunded=shown_amount(self.total_refunded_set),
            total_received=shop_amount(self.total_received_set),
            presentment_outstanding=shown_amount(self.total_outstanding_set),
            presentment_tip=shown_amount(self.total_tip_received_set),
            refund_discrepancy=shop_amount(self.refund_discrepancy_set),
        )


_order = reads_node(OrderNode)


def read(node: bytes, origin: Origin) -> Iterable[Change]:
    """An order with all of its lines."""
    told = _order(node)
    order = told.order()
    order.asked_at = origin.moment
    if told.line_items is not None:
        order.line_items = [line.line() for line in once(told.line_items.nodes)]
    yield upsert(order, root(order.id), origin)
