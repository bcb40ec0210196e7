"""What an order was worth, is worth now, has been paid and still owes; and where its units are."""

from dataclasses import dataclass
from decimal import Decimal

from connector.simulator.money import ZERO, cents
from connector.simulator.sales import Line, Order


@dataclass(frozen=True, slots=True)
class Balance:
    """All amounts in the shop's currency; `current` ones are after edits, refunds and returns."""

    line_items: Decimal
    discounts: Decimal
    subtotal: Decimal
    tax: Decimal
    shipping: Decimal
    total: Decimal
    current_discounts: Decimal
    current_subtotal: Decimal
    current_tax: Decimal
    current_shipping: Decimal
    current_total: Decimal
    paid: Decimal
    refunded: Decimal

    @property
    def outstanding(self) -> Decimal:
        return self.current_total - (self.paid - self.refunded)


def balance(order: Order) -> Balance:
    ordered = [line for line in order.lines if not line.added]
    added = [line for line in order.lines if line.added]
    gone = [line for refund in order.refunds for line in refund.lines]
    shipping = sum((line.price for line in order.shipping), ZERO)
    subtotal = sum((net(line) for line in ordered), ZERO)
    tax = sum((line.tax for line in ordered), ZERO)
    discounts = sum((discount_of(line) for line in ordered), ZERO)
    current_subtotal = (
        subtotal + sum((net(line) for line in added), ZERO) - sum((g.subtotal for g in gone), ZERO)
    )
    current_tax = tax + sum((line.tax for line in added), ZERO) - sum((g.tax for g in gone), ZERO)
    current_shipping = shipping - sum((refund.shipping for refund in order.refunds), ZERO)
    goodwill = sum((refund.goodwill for refund in order.refunds), ZERO)
    worth = current_subtotal + current_shipping + (ZERO if order.taxes_included else current_tax)
    refunds = [t for refund in order.refunds for t in refund.transactions]
    return Balance(
        line_items=sum((line.price * line.quantity for line in ordered), ZERO),
        discounts=discounts,
        subtotal=subtotal,
        tax=tax,
        shipping=shipping,
        total=subtotal + shipping + (ZERO if order.taxes_included else tax),
        current_discounts=discounts
        + sum((discount_of(line) for line in added), ZERO)
        - sum((g.discount for g in gone), ZERO),
        current_subtotal=current_subtotal,
        current_tax=current_tax,
        current_shipping=current_shipping,
        # Money given back for nothing in particular is already back when its lines are refunded later.
        current_total=max(ZERO, worth - goodwill),
        paid=sum((t.amount for t in order.transactions if t.status == "success"), ZERO),
        refunded=sum((t.amount for t in refunds if t.status == "success"), ZERO),
    )


def net(line: Line) -> Decimal:
    """The line's price after discounts, without considering tax."""
    return line.price * line.quantity - discount_of(line)


def discount_of(line: Line) -> Decimal:
    return sum(line.allocations, ZERO)


def tax_on(amount: Decimal, rate: Decimal, included: bool) -> Decimal:
    """The tax inside the amount if included, else on top of it."""
    return cents(amount * rate / (1 + rate) if included else amount * rate)


def refunded(order: Order, line: Line) -> int:
    return sum(g.quantity for refund in order.refunds for g in refund.lines if g.line_id == line.id)


def released(order: Order, line: Line) -> int:
    """Units taken off the order before they were fulfilled."""
    return sum(g.released for refund in order.refunds for g in refund.lines if g.line_id == line.id)


def current(order: Order, line: Line) -> int:
    return line.quantity - refunded(order, line)


def fulfilled(order: Order, line: Line) -> int:
    alive = (f for f in order.fulfillments if f.status == "success")
    return sum(part.quantity for f in alive for part in f.lines if part.line_id == line.id)


def fulfillable(order: Order, line: Line) -> int:
    return line.quantity - fulfilled(order, line) - released(order, line)


def returnable(order: Order, line: Line) -> int:
    """Units fulfilled and still with the customer."""
    return max(0, min(fulfilled(order, line), current(order, line) - fulfillable(order, line)))


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
