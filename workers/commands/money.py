"""What is paid back for a return: through which of the order's payments, and never more than was paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from connector.commands.records import Refused
from workers.commands.spread import spread


class _Money(msgspec.Struct, rename="camel"):
    amount: Decimal
    currency_code: str


class _Bag(msgspec.Struct, rename="camel"):
    presentment_money: _Money


class _Id(msgspec.Struct):
    id: str


class _Suggested(msgspec.Struct, rename="camel"):
    amount_set: _Bag
    maximum_refundable_set: _Bag | None = None
    parent_transaction: _Id | None = None


class _Transfer(msgspec.Struct, rename="camel"):
    suggested_transactions: list[_Suggested] = []


class _Outcome(msgspec.Struct, rename="camel"):
    maximum_refundable: _Bag
    financial_transfer: _Transfer | None = None


class _Return(msgspec.Struct, rename="camel"):
    suggested_financial_outcome: _Outcome | None = None


class Outcome(msgspec.Struct):
    """What Shopify would pay back."""

    returned: _Return | None = msgspec.field(name="return")


def transactions(outcome: Outcome, amount: Decimal | None) -> list[dict[str, Any]]:
    """The payments to make, in the customer's currency: the ``amount``, or what Shopify suggests where None.

    Raises Refused where it is more than can be paid back.
    """
    told = outcome.returned.suggested_financial_outcome if outcome.returned else None
    if told is None:
        raise Refused("Shopify suggests no refund for this return")
    suggested = told.financial_transfer.suggested_transactions if told.financial_transfer else []
    payable = [each for each in suggested if each.parent_transaction]
    if amount is None:
        return [_move(each, each.amount_set.presentment_money.amount) for each in payable if _suggests(each)]
    most = told.maximum_refundable.presentment_money
    if amount > most.amount:
        raise Refused(f"{amount} {most.currency_code} are to be paid back, {most.amount} can be at most")
    bags = [(each, each.maximum_refundable_set or each.amount_set) for each in payable]
    taken = list(spread(amount, [(each, bag.presentment_money.amount) for each, bag in bags]))
    if left := amount - sum(some for _, some in taken):
        raise Refused(f"{left} {most.currency_code} of it cannot be paid back to any payment of the order")
    return [_move(each, some) for each, some in taken]


def _suggests(each: _Suggested) -> bool:
    return each.amount_set.presentment_money.amount > 0


def _move(each: _Suggested, amount: Decimal) -> dict[str, Any]:
    assert each.parent_transaction
    currency = each.amount_set.presentment_money.currency_code
    return {
        "parentId": each.parent_transaction.id,
        "transactionAmount": {"amount": str(amount), "currencyCode": currency},
    }
