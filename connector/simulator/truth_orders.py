"""What the views must hold of orders, as far as webhooks tell it."""

from decimal import Decimal
from typing import Final

from connector.simulator.balance import (
    balance,
    current,
    discount_of,
    financial_status,
    fulfilled,
    fulfillment_status,
    refundable,
    refunded,
)
from connector.simulator.money import ZERO
from connector.simulator.sales import Line, Order, Refund
from connector.simulator.shop import Shop
from connector.simulator.truth_people import Row, time
from connector.simulator.units import with_customer
from connector.simulator.wire import amount

BACK_ON_SHELF: Final = {"return", "cancel", "legacy_restock"}


def order_row(shop: Shop, order: Order) -> Row:
    sums = balance(order)
    return {
        "order_id": order.id,
        "name": order.name,
        "customer_id": order.customer_id,
        "email": order.email,
        "phone": order.phone,
        "financial_status": financial_status(order, sums),
        "fulfillment_status": fulfillment_status(order),
        "currency": shop.settings.currency,
        "subtotal": amount(sums.subtotal),
        "total_discounts": amount(sums.discounts),
        "total_tax": amount(sums.tax),
        "total": amount(sums.total),
        "total_refunded": amount(sums.refunded),
        "outstanding": amount(max(ZERO, sums.outstanding)),
        "overpaid": amount(max(ZERO, -sums.outstanding)),
        "current_subtotal": amount(sums.current_subtotal),
        "current_total": amount(sums.current_total),
        "total_shipping": amount(sums.shipping),
        "total_duties": None if order.duties is None else amount(order.duties),
        "total_additional_fees": None if order.fees is None else amount(order.fees),
        "total_tip": amount(sums.tip),
        "total_rounding": amount(order.rounding),
        "presentment_currency": order.presentment_currency,
        "presentment_total": amount(sums.total * order.presentment_rate),
        "presentment_subtotal": amount(sums.subtotal * order.presentment_rate),
        "presentment_discounts": amount(sums.discounts * order.presentment_rate),
        "presentment_tax": amount(sums.tax * order.presentment_rate),
        "presentment_current_total": amount(sums.current_total * order.presentment_rate),
        "presentment_refunded": amount(sums.refunded * order.presentment_rate),
        "test": order.test,
        "note": order.note,
        "tags": list(order.tags),
        "source": order.source,
        "created_at": time(order.created_at),
        "cancelled_at": time(order.cancelled_at),
        "cancel_reason": order.cancel_reason,
        "closed_at": time(order.closed_at),
        "updated_at": time(order.updated_at),
    }


def line_row(order: Order, line: Line) -> Row:
    """As far as webhooks tell: of returns they tell only that there are some."""
    return {
        "order_id": order.id,
        "line_id": line.id,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "current_quantity": current(order, line),
        "fulfilled_quantity": fulfilled(order, line),
        "refunded_quantity": refunded(order, line),
        "returnable_quantity": with_customer(order, line),
        "refundable_quantity": min(refundable(order, line), current(order, line)),
        "gift_card": line.kind == "gift_card",
        "price": amount(line.price),
        "presentment_price": amount(line.price * order.presentment_rate),
        "presentment_discount": amount(discount_of(line) * order.presentment_rate),
        "presentment_tax": amount(line.tax * order.presentment_rate),
        "total_discount": amount(discount_of(line)),
        "total_tax": amount(line.tax),
    }


def refund_row(shop: Shop, order: Order, made: Refund) -> Row:
    """Its amount is in the currency the money moved in: the one the buyer saw, if any moved."""
    paid = sum((t.amount for t in made.transactions if t.status == "success"), Decimal(0))
    return {
        "refund_id": made.id,
        "order_id": order.id,
        "return_id": made.return_id,
        "amount": amount(paid * order.presentment_rate),
        "currency": order.presentment_currency if paid else shop.settings.currency,
        "restocked": any(line.restock_type in BACK_ON_SHELF for line in made.lines),
        "note": made.note,
        "created_at": time(made.created_at),
        "lines": [
            {
                "line_id": line.line_id,
                "quantity": line.quantity,
                "restock_type": line.restock_type,
                "location_id": line.location_id,
            }
            for line in sorted(made.lines, key=lambda line: line.line_id)
        ],
    }
