"""Fulfillment orders: prepared for pickup, handed over, opened again, taken back."""

from typing import Any, Final

from connector.simulator.acts import counter, fulfillments, rerouting
from connector.simulator.admin.fields.roots import part_of
from connector.simulator.admin.fields.values import Fields, Part
from connector.simulator.admin.mutations.refused import (
    Payload,
    Problem,
    Refused,
    answered,
    number_of,
    problem,
)
from connector.simulator.admin.view import View
from connector.simulator.balance import returnable
from connector.simulator.sales import FulfillmentOrder

PREPARABLE: Final = "fulfillmentOrderId"
FULFILLABLE: Final = ("open", "in_progress")
Input = dict[str, Any]


def _prepare(view: View, wish: Input) -> None:
    """Every one of them is judged before the first customer gets a mail."""
    found, problems = [], []
    for n, wanted in enumerate(wish["lineItemsByFulfillmentOrder"]):
        part = part_of(view, "FulfillmentOrder", number_of(wanted[PREPARABLE], "FulfillmentOrder"))
        field = ["input", "lineItemsByFulfillmentOrder", n, PREPARABLE]
        if part is None or part.what.method != "pick_up":
            told = "Invalid fulfillment order ID provided."
            problems.append(problem(field, told, "FULFILLMENT_ORDER_INVALID"))
        elif part.what.status != "open" or not any(line.remaining for line in part.what.lines):
            told = "The fulfillment order does not have any line items that can be prepared."
            problems.append(problem(field, told, "NO_LINE_ITEMS_TO_PREPARE_FOR_FULFILLMENT_ORDER"))
        else:
            found.append(part.id)
    if problems:
        raise Refused(*problems)
    view.desk.perform(lambda: counter.get_ready(view.shop, list(dict.fromkeys(found))))


def _hand_over(view: View, wish: Input) -> Part:
    groups = wish["lineItemsByFulfillmentOrder"]
    _positive(groups)
    found = [
        part_of(view, "FulfillmentOrder", number_of(group["fulfillmentOrderId"], "FulfillmentOrder"))
        for group in groups
    ]
    parts = [part for part in found if part is not None]
    if not parts or len(parts) < len(found):
        raise Refused(_whole("Fulfillment order does not exist."))
    _together(parts)
    units: dict[int, dict[int, int]] = {}
    for part, group in zip(parts, groups, strict=True):
        chosen = units.setdefault(part.id, {})
        for line_id, quantity in _chosen(part.what, group.get("fulfillmentOrderLineItems")).items():
            chosen[line_id] = chosen.get(line_id, 0) + quantity
    for part in parts:
        left = {line.line_id: line.remaining for line in part.what.lines}
        if not units[part.id] or any(q > left[line_id] for line_id, q in units[part.id].items()):
            raise Refused(_whole("Invalid fulfillment order line item quantity requested."))
    tracking = wish.get("trackingInfo") or {}
    view.desk.perform(
        lambda: counter.hand_over(
            view.shop, units, company=tracking.get("company"), tracking=tracking.get("number")
        )
    )
    return Part(parts[0].order, parts[0].order.fulfillments[-1])


def _positive(groups: list[Input]) -> None:
    """Judged first, whatever else is wrong."""
    for n, group in enumerate(groups):
        for m, line in enumerate(group.get("fulfillmentOrderLineItems") or ()):
            if line["quantity"] <= 0:
                field = ["fulfillment", "lineItemsByFulfillmentOrder", n, "fulfillmentOrderLineItems", m]
                raise Refused(problem([*field, "quantity"], "Quantity must be greater than 0"))


def _together(parts: list[Part]) -> None:
    orders = list(dict.fromkeys(part.order.id for part in parts))
    if len(orders) > 1:
        told = "All fulfillment orders must belong to the same order. Multiple orders with ids"
        raise Refused(_whole(f"{told} {orders} were found."))
    places = list(dict.fromkeys(part.what.location_id for part in parts))
    if len(places) > 1:
        told = "All fulfillment orders must be assigned to a single location. Multiple locations with ids"
        raise Refused(_whole(f"{told} {places} were found."))
    for part in parts:
        if part.what.status not in FULFILLABLE:
            told = f"Fulfillment order {part.id} has an unfulfillable status= {part.what.status}."
            raise Refused(_whole(told))


def _chosen(routed: FulfillmentOrder, lines: list[Input] | None) -> dict[int, int]:
    """Units by line of the order; all that is left where nothing is chosen."""
    if not lines:
        return {part.line_id: part.remaining for part in routed.lines if part.remaining}
    by_id = {part.id: part.line_id for part in routed.lines}
    chosen: dict[int, int] = {}
    for line in lines:
        line_id = by_id.get(number_of(line["id"], "FulfillmentOrderLineItem"))
        if line_id is None:
            raise Refused(_whole("Fulfillment order line item does not exist."))
        chosen[line_id] = chosen.get(line_id, 0) + line["quantity"]
    return chosen


def _open(view: View, gid: str) -> Part:
    part = part_of(view, "FulfillmentOrder", number_of(gid, "FulfillmentOrder"))
    if part is None:
        raise Refused(problem(["id"], "Fulfillment order does not exist."))
    if part.what.status not in ("in_progress", "scheduled"):
        told = f"Expected fulfillment order status to be valid but it was {part.what.status}."
        raise Refused(problem(None, told))
    view.desk.perform(lambda: rerouting.put_back(view.shop, part.order.id, part.id))
    return part


def _cancel(view: View, gid: str) -> Part:
    part = part_of(view, "Fulfillment", number_of(gid, "Fulfillment"))
    if part is None:
        raise Refused(problem(["id"], "Fulfillment not found."))
    lines = {line.id: line for line in part.order.lines}
    back = any(units.quantity > returnable(part.order, lines[units.line_id]) for units in part.what.lines)
    if part.what.status != "success" or back:
        raise Refused(problem(["id"], "Fulfillment cannot be cancelled."))
    view.desk.perform(lambda: fulfillments.cancel_fulfillment(view.shop, part.order.id, part.id))
    return part


def _whole(message: str) -> Problem:
    return problem(["fulfillment"], message)


def _prepared(view: View, wish: Input) -> Payload:
    return answered(None, lambda: _prepare(view, wish))


MUTATION: Final[Fields] = {
    "fulfillmentOrderLineItemsPreparedForPickup": lambda _, view, a: _prepared(view, a["input"]),
    "fulfillmentCreate": lambda _, view, a: answered(
        "fulfillment", lambda: _hand_over(view, a["fulfillment"])
    ),
    "fulfillmentOrderOpen": lambda _, view, a: answered("fulfillmentOrder", lambda: _open(view, a["id"])),
    "fulfillmentCancel": lambda _, view, a: answered("fulfillment", lambda: _cancel(view, a["id"])),
}
