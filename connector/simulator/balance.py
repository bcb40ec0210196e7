"""What an order was worth, is worth now, has been paid and still owes."""

from dataclasses import dataclass
from decimal import Decimal

from connector.simulator.money import ZERO, cents, portion
from connector.simulator.sales import Line, Order
from connector.simulator.units import (
    current,
    fulfillable,
    fulfilled,
    held,
    refundable,
    refunded,
    released,
    returnable,
)

__all__ = [
    "Balance", "balance", "current", "discount_of", "financial_status", "fulfillable", "fulfilled",
    "fulfillment_status", "held", "net", "refundable", "refunded", "released", "returnable", "tax_on",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Balance:
    """All amounts in the shop's currency.

    Plain ones are as ordered with what edits added (recorded answers to orderEditCommit), `current` ones are
    after removals, refunds and returns.
    """

    line_items: Decimal
    discounts: Decimal
    subtotal: Decimal
    tax: Decimal
    shipping: Decimal
    tip: Decimal
    total: Decimal
    current_discounts: Decimal
    current_subtotal: Decimal
    current_tax: Decimal
    current_shipping: Decimal
    current_duties: Decimal
    current_fees: Decimal
    current_total: Decimal
    paid: Decimal
    refunded: Decimal

    @property
    def outstanding(self) -> Decimal:
        """Below zero where the customer has money coming."""
        return self.current_total - (self.paid - self.refunded)


def balance(order: Order) -> Balance:
    goods = [line for line in order.lines if line.kind != "tip"]
    tips = [line for line in order.lines if line.kind == "tip"]
    shipping = sum((line.price for line in order.shipping), ZERO)
    subtotal = sum((net(line) for line in goods), ZERO)
    tax = sum((line.tax for line in order.lines), ZERO)
    discounts = sum((discount_of(line) for line in order.lines), ZERO)
    tip = sum((net(line) for line in tips), ZERO)
    duties, fees = order.duties or ZERO, order.fees or ZERO
    current_subtotal = subtotal - sum((_gone(order, line, net(line)) for line in goods), ZERO)
    current_tip = tip - sum((_gone(order, line, net(line)) for line in tips), ZERO)
    current_tax = tax - sum((_gone(order, line, line.tax) for line in order.lines), ZERO)
    current_shipping = shipping - sum((refund.shipping for refund in order.refunds), ZERO)
    current_duties = duties - sum((refund.duties for refund in order.refunds), ZERO)
    current_fees = fees - sum((refund.fees for refund in order.refunds), ZERO)
    goodwill = sum((refund.goodwill for refund in order.refunds), ZERO)
    worth = current_subtotal + current_shipping + current_duties + current_fees + current_tip
    worth += ZERO if order.taxes_included else current_tax
    refunds = [t for refund in order.refunds for t in refund.transactions]
    return Balance(
        line_items=sum((line.price * line.quantity for line in goods), ZERO),
        discounts=discounts,
        subtotal=subtotal,
        tax=tax,
        shipping=shipping,
        tip=tip,
        total=subtotal + shipping + duties + fees + tip + (ZERO if order.taxes_included else tax),
        current_discounts=discounts
        - sum((_gone(order, line, discount_of(line)) for line in order.lines), ZERO),
        current_subtotal=current_subtotal,
        current_tax=current_tax,
        current_shipping=current_shipping,
        current_duties=current_duties,
        current_fees=current_fees,
        # Money given back for nothing in particular is already back when its lines are refunded later.
        current_total=max(ZERO, worth - goodwill),
        paid=sum((t.amount for t in order.transactions if t.status == "success"), ZERO),
        refunded=sum((t.amount for t in refunds if t.status == "success"), ZERO),
    )


def _gone(order: Order, line: Line, worth: Decimal) -> Decimal:
    """What of a line's worth went with the units that were removed, refunded or came back."""
    return portion(worth, 0, line.quantity - current(order, line), line.quantity)


def net(line: Line) -> Decimal:
    """The line's price after discounts, without considering tax."""
    return line.price * line.quantity - discount_of(line)


def discount_of(line: Line) -> Decimal:
    return sum(line.allocations, ZERO)


def tax_on(amount: Decimal, rate: Decimal, included: bool) -> Decimal:
    """The tax inside the amount if included, else on top of it."""
    return cents(amount * rate / (1 + rate) if included else amount * rate)


def financial_status(order: Order, sums: Balance) -> str:
    if not sums.paid:
        return "voided" if order.cancelled_at else "pending"
    if sums.refunded:
        return "refunded" if sums.refunded >= sums.paid else "partially_refunded"
    return "partially_paid" if sums.outstanding > 0 else "paid"


def fulfillment_status(order: Order) -> str | None:
    if not any(fulfilled(order, line) for line in order.lines):
        return None
    return "partial" if any(fulfillable(order, line) for line in order.lines) else "fulfilled"
