"""Returns: opened at once, and closed."""

from collections import Counter
from typing import Any, Final

from connector.simulator.acts import returns, takebacks
from connector.simulator.acts.takebacks import Asked
from connector.simulator.admin.fields.roots import part_of
from connector.simulator.admin.fields.values import Fields, Part
from connector.simulator.admin.mutations.processing import process
from connector.simulator.admin.mutations.refused import Problem, Refused, answered, number_of, problem
from connector.simulator.admin.view import View
from connector.simulator.claims import unclaimed
from connector.simulator.sales import Order

NOTE: Final = 255  # characters
Input = dict[str, Any]


def _create(view: View, wish: Input) -> Part:
    order = view.shop.orders.get(number_of(wish["orderId"], "Order"))
    if order is None or not view.sees(order):
        raise Refused(problem(["returnInput", "orderId"], "Order not found.", "NOT_FOUND"))
    lines = wish["returnLineItems"]
    if not lines:
        told = "Return line items can't be blank"
        raise Refused(problem(["returnInput", "returnLineItems"], told, "BLANK"))
    if unexplained := [found for n, line in enumerate(lines) if (found := _unexplained(n, line))]:
        raise Refused(*unexplained)
    asked = _asked(order, lines)
    view.desk.perform(lambda: takebacks.open_return(view.shop, order.id, asked))
    return Part(order, order.returns[-1])


def _asked(order: Order, lines: list[Input]) -> list[Asked]:
    known = {part.id for made in order.fulfillments for part in made.lines if made.status == "success"}
    free, wanted = unclaimed(order), Counter[int]()
    asked, problems = [], []
    for n, line in enumerate(lines):
        field = ["returnInput", "returnLineItems", n]
        number = number_of(line["fulfillmentLineItemId"], "FulfillmentLineItem")
        wanted[number] += line["quantity"]
        if number not in known:
            told = "Fulfillment Line Item was not found."
            problems.append(problem([*field, "fulfillmentLineItemId"], told, "NOT_FOUND"))
        elif line["quantity"] < 1 or wanted[number] > free.get(number, 0):
            told = "Return line item has an invalid quantity."
            problems.append(problem([*field, "quantity"], told, "INVALID"))
        reason = (line.get("returnReason") or "UNKNOWN").lower()
        asked.append(Asked(number, line["quantity"], reason, line.get("returnReasonNote") or ""))
    if problems:
        raise Refused(*problems)
    return asked


def _unexplained(n: int, line: Input) -> Problem | None:
    """What is wrong with the reason, if anything."""
    field, note = ["returnInput", "returnLineItems", n], line.get("returnReasonNote") or ""
    if line.get("returnReasonDefinitionId"):
        number_of(line["returnReasonDefinitionId"], "ReturnReasonDefinition")
    elif not line.get("returnReason"):
        told = "Return line items Either return reason or return reason definition must be provided"
        return problem(field, told, "NOT_FOUND")
    elif line["returnReason"] == "OTHER" and not note.strip():
        told = 'Return line items return reason note The note is required when the return reason is "Other"'
        return problem([*field, "returnReasonNote"], told, "BLANK")
    if len(note) > NOTE:
        told = f"Return line items return reason note is too long (maximum is {NOTE} characters)"
        return problem([*field, "returnReasonNote"], told, "TOO_LONG")
    return None


def _close(view: View, gid: str) -> Part:
    """Closing it again changes nothing and is no error."""
    part = part_of(view, "Return", number_of(gid, "Return"))
    if part is None:
        raise Refused(problem(["id"], "Return not found.", "NOT_FOUND"))
    if part.what.status not in ("open", "closed"):
        raise Refused(problem(["id"], "Return status is invalid.", "INVALID_STATE"))
    if part.what.status == "open":
        view.desk.perform(lambda: returns.close_return(view.shop, part.order.id, part.id))
    return part


MUTATION: Final[Fields] = {
    "returnCreate": lambda _, view, a: answered("return", lambda: _create(view, a["returnInput"])),
    "returnProcess": lambda _, view, a: answered("return", lambda: process(view, a["input"])),
    "returnClose": lambda _, view, a: answered("return", lambda: _close(view, a["id"])),
}
