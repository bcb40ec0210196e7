"""A return processed: which units came in, where they go, and what is paid back for them."""

from collections import Counter
from decimal import Decimal
from typing import Any

from connector.simulator.acts import takebacks
from connector.simulator.acts.dispositions import Disposed
from connector.simulator.acts.takebacks import Payback, Processed
from connector.simulator.admin.fields.roots import part_of
from connector.simulator.admin.fields.values import Part, decimal
from connector.simulator.admin.mutations.refused import Problem, Refused, number_of, problem
from connector.simulator.admin.view import View
from connector.simulator.balance import balance
from connector.simulator.money import ZERO, cents
from connector.simulator.units import with_customer

Input = dict[str, Any]
QUANTITY = "Return line item has an invalid quantity."


def process(view: View, wish: Input) -> Part:
    """The return, still open; Refused leaves everything as it was."""
    part = part_of(view, "Return", number_of(wish["returnId"], "Return"))
    if part is None:
        raise Refused(problem(["input", "returnId"], "Return not found.", "NOT_FOUND"))
    if part.what.status != "open":
        raise Refused(problem(["input", "returnId"], "Return status is invalid.", "INVALID_STATE"))
    lines = _lines(view, part, wish.get("returnLineItems") or [])
    transfer = (wish.get("financialTransfer") or {}).get("issueRefund")
    paybacks = None if transfer is None else _paybacks(part, transfer)
    if lines or paybacks:
        view.desk.perform(
            lambda: takebacks.process_lines(
                view.shop,
                part.order.id,
                part.id,
                lines,
                paybacks=paybacks,
                note=wish.get("note") or "",
            )
        )
    return part


def _lines(view: View, part: Part, wishes: list[Input]) -> list[Processed]:
    parts = {line.id: line for line in part.what.lines}
    lines = {line.id: line for line in part.order.lines}
    taken, by_line = Counter[int](), Counter[int]()
    found: list[Processed] = []
    problems: list[Problem] = []
    for n, wish in enumerate(wishes):
        field = ["input", "returnLineItems", n]
        back = parts.get(number_of(wish["id"], "ReturnLineItem"))
        if back is None:
            problems.append(problem([*field, "id"], "Return line item was not found.", "NOT_FOUND"))
            continue
        taken[back.id] += wish["quantity"]
        by_line[back.line_id] += wish["quantity"]
        out = with_customer(part.order, lines[back.line_id])
        over = taken[back.id] > back.quantity - back.processed or by_line[back.line_id] > out
        if wish["quantity"] < 1 or over:
            problems.append(problem([*field, "quantity"], QUANTITY, "INVALID"))
        disposed, wrong = _disposed(view, part, back.fulfillment_line_id, wish, field)
        problems += wrong
        found.append(Processed(back.id, wish["quantity"], tuple(disposed)))
    if problems:
        raise Refused(*problems)
    return found


def _disposed(
    view: View, part: Part, fulfillment_line_id: int, wish: Input, field: list[Any]
) -> tuple[list[Disposed], list[Problem]]:
    there = {line.id: line for reverse in part.what.reverse for line in reverse.lines}
    items = {line.id: line.item_id for line in part.order.lines}
    taken: Counter[int] = Counter()
    found: list[Disposed] = []
    problems: list[Problem] = []
    for n, given in enumerate(wish.get("dispositions") or ()):
        at = [*field, "dispositions", n]
        number = number_of(given["reverseFulfillmentOrderLineItemId"], "ReverseFulfillmentOrderLineItem")
        line = there.get(number)
        if line is None or line.fulfillment_line_id != fulfillment_line_id:
            told = "Reverse fulfillment order line item was not found."
            problems.append(problem([*at, "reverseFulfillmentOrderLineItemId"], told, "NOT_FOUND"))
            continue
        place = number_of(given["locationId"], "Location") if given.get("locationId") else None
        kind = given["dispositionType"].lower()
        if kind == "restocked" and items[line.line_id] not in view.shop.items:
            told = "RESTOCKED is an invalid disposition type for a custom line item."
            problems.append(problem([*at, "dispositionType"], told, "INVALID"))
        if place not in view.shop.locations and (place is not None or kind == "restocked"):
            problems.append(problem([*at, "locationId"], "Location not found.", "NOT_FOUND"))
        taken[number] += given["quantity"]
        if given["quantity"] < 1 or taken[number] > min(line.left, wish["quantity"]):
            problems.append(problem([*at, "quantity"], QUANTITY, "INVALID"))
        found.append(Disposed(number, given["quantity"], kind, place))
    return found, problems


def _paybacks(part: Part, transfer: Input) -> list[Payback]:
    """In the shop's currency; what the till names is in the one the customer saw."""
    order, field = part.order, ["input", "financialTransfer", "issueRefund", "orderTransactions"]
    sales = {paid.id for paid in order.transactions if paid.status == "success"}
    found: list[Payback] = []
    for n, wish in enumerate(transfer["orderTransactions"]):
        parent = number_of(wish["parentId"], "OrderTransaction")
        amount = Decimal(str(wish["transactionAmount"]["amount"]))
        if parent not in sales:
            raise Refused(problem([*field, n, "parentId"], "Parent transaction not found.", "NOT_FOUND"))
        if wish["transactionAmount"]["currencyCode"] != order.presentment_currency:
            told = "Currency must be the presentment currency of the order."
            raise Refused(problem([*field, n, "transactionAmount"], told, "INVALID"))
        if amount <= 0:
            told = "Transaction amount must be greater than 0"
            raise Refused(problem([*field, n, "transactionAmount"], told, "GREATER_THAN"))
        found.append(Payback(parent, cents(amount / order.presentment_rate)))
    sums = balance(order)
    asked, left = sum((payback.amount for payback in found), ZERO), sums.paid - sums.refunded
    if asked > left and not transfer.get("allowOverRefunding"):
        shown = [decimal(value * order.presentment_rate) for value in (asked, left)]
        told = f"Refund amount ${shown[0]} is greater than net payment received ${shown[1]}"
        raise Refused(problem(field, told, "INVALID"))
    return found
