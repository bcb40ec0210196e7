"""What a return would pay back: the worth of its lines, never more than was paid."""

from collections import Counter
from decimal import Decimal
from typing import Any

from connector.simulator.admin.fields.orders import bag
from connector.simulator.admin.fields.values import Part
from connector.simulator.admin.mutations.refused import number_of
from connector.simulator.admin.refusals import bad_request, not_found
from connector.simulator.admin.view import View
from connector.simulator.balance import balance, current, net
from connector.simulator.money import ZERO, portion
from connector.simulator.sales import Order
from connector.simulator.wire import gid


def outcome(view: View, part: Part, wishes: list[dict[str, Any]]) -> dict[str, Any]:
    """A SuggestedReturnFinancialOutcome. What the customer still owes is taken off it first."""
    order, sums = part.order, balance(part.order)
    subtotal, tax = _worth(part, wishes)
    paid = sums.paid - sums.refunded
    due = subtotal + (ZERO if order.taxes_included else tax) - sums.outstanding
    amount = max(ZERO, min(due, paid))
    return {
        "discountedSubtotal": bag(view, order, subtotal),
        "totalTax": bag(view, order, tax),
        "maximumRefundable": bag(view, order, paid),
        "financialTransfer": {
            "__typename": "RefundReturnOutcome",
            "amount": bag(view, order, amount),
            "suggestedTransactions": _transactions(view, order, amount),
        },
    }


def _worth(part: Part, wishes: list[dict[str, Any]]) -> tuple[Decimal, Decimal]:
    """Price after discounts, and tax, of units that were not refunded before."""
    back = {line.id: line for line in part.what.lines}
    lines = {line.id: line for line in part.order.lines}
    units: Counter[int] = Counter()
    for wish in wishes:
        found = back.get(number_of(wish["id"], "ReturnLineItem"))
        if found is None:
            raise not_found(wish["id"])
        if not 0 < wish["quantity"] <= found.quantity - found.processed:
            raise bad_request("Return line item has an invalid quantity.")
        units[found.line_id] += wish["quantity"]
    subtotal = tax = ZERO
    for line_id, quantity in units.items():
        line = lines[line_id]
        before = line.quantity - current(part.order, line)
        subtotal += portion(net(line), before, quantity, line.quantity)
        tax += portion(line.tax, before, quantity, line.quantity)
    return subtotal, tax


def _transactions(view: View, order: Order, amount: Decimal) -> list[dict[str, Any]]:
    """On the payments as they were taken, oldest first, as far as each was not paid back yet."""
    back: dict[int, Decimal] = {}
    for made in order.refunds:
        for paid in made.transactions:
            if paid.status == "success" and paid.parent_id:
                back[paid.parent_id] = back.get(paid.parent_id, ZERO) + paid.amount
    found = []
    for sale in order.transactions:
        left = sale.amount - back.get(sale.id, ZERO) if sale.status == "success" else ZERO
        share = min(left, amount)
        if share > 0:
            amount -= share
            found.append(
                {
                    "gateway": sale.gateway,
                    "kind": "SUGGESTED_REFUND",
                    "amountSet": bag(view, order, share),
                    "maximumRefundableSet": bag(view, order, left),
                    "parentTransaction": {"id": gid("OrderTransaction", sale.id)},
                }
            )
    return found
