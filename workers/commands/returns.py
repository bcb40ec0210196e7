"""Returns: opened, processed with refund and restock, and closed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from connector.commands import store
from connector.commands.records import NeedsPerson, OfReturn, OpenReturn, ProcessReturn, Refused, Sent
from connector.errors import Transient
from connector.gids import gid_of, number
from workers.commands.errand import Done, Errand, asked, require
from workers.commands.money import Outcome, transactions
from workers.commands.return_nodes import (
    Disposition,
    OrderAnswer,
    Return,
    Returnable,
    ReturnableAnswer,
    ReturnAnswer,
    ReverseLine,
)
from workers.commands.spread import spread

OF_ORDER, RETURNABLE = asked("returns", "ReturnsOfOrder"), asked("returns", "Returnable")
CONTENTS, OUTCOME = asked("returns", "ReturnContents"), asked("returns", "ReturnOutcome")
OPEN, PROCESS, CLOSE = (asked("returns", name) for name in ("ReturnOpen", "ReturnProcess", "ReturnClose"))


async def open_return(errand: Errand) -> Done:
    """Open a return of what the customer brings back."""
    wanted = errand.arguments(OpenReturn)
    before = await _returns(errand)
    if errand.sent and (found := await _opened_by(errand, errand.sent, before)):
        return _answered(errand, found)
    lines = []
    returnable = await _returnable(errand)
    for line in wanted.lines:
        left = line.quantity
        for source, units in spread(left, [(each, each.quantity) for each in returnable[line.line_id]]):
            lines.append(
                {
                    "fulfillmentLineItemId": source.fulfillment_line_item.id,
                    "quantity": units,
                    "returnReason": line.reason.upper(),
                    "returnReasonNote": line.note,
                }
            )
            left, source.quantity = left - units, source.quantity - units
        if left:
            raise Refused(
                f"line {line.line_id}: {line.quantity} are to come back, {line.quantity - left} can"
            )
    given = {"orderId": gid_of("Order", errand.order_id), "returnLineItems": lines}
    told, refused = await errand.send(OPEN, Sent({"input": given}, seen=before), ReturnAnswer)
    require(refused)
    if told.returned is None:
        raise NeedsPerson("Shopify opened a return and does not say which")
    return _answered(errand, told.returned)


async def process(errand: Errand) -> Done:
    """Say what became of what came back, and pay back for it."""
    wanted = errand.arguments(ProcessReturn)
    returned = await _contents(errand, await _number(errand, wanted))
    if errand.sent:
        if _processed_by(errand.sent, returned):
            return _answered(errand, returned)
        if errand.sent.seen != _stand(returned):
            raise NeedsPerson("others processed the return while an answer was lost: compare it by hand")
    if returned.status != "OPEN":
        raise Refused(f"the return is {returned.status.lower()}, not open")
    lines = _process_lines(wanted, returned)
    given: dict[str, Any] = {
        "returnId": returned.id,
        "returnLineItems": lines,
        "notifyCustomer": wanted.notify_customer,
    }
    if wanted.note:
        given["note"] = wanted.note
    if wanted.refund is not False:
        asked_for = [{"id": line["id"], "quantity": line["quantity"]} for line in lines]
        outcome = await errand.look(OUTCOME, {"id": returned.id, "lines": asked_for}, Outcome)
        moves = transactions(outcome, wanted.amount)
        if moves:
            given["financialTransfer"] = {"issueRefund": {"orderTransactions": moves}}
    _, refused = await errand.send(PROCESS, Sent({"input": given}, seen=_stand(returned)), ReturnAnswer)
    require(refused)
    return _answered(errand, returned)


async def close(errand: Errand) -> Done:
    """Nothing more comes back."""
    returned = await _contents(errand, await _number(errand, errand.arguments(OfReturn)))
    if returned.status == "CLOSED":
        if errand.sent:
            return _answered(errand, returned)
        raise Refused("the return is closed already")
    _, refused = await errand.send(CLOSE, Sent({"id": returned.id}), ReturnAnswer)
    require(refused)
    return _answered(errand, returned)


async def _number(errand: Errand, wanted: OfReturn) -> int:
    """The return's number, also where a command of the till opens it."""
    if wanted.return_id:
        return wanted.return_id
    assert wanted.opened_by
    found = await store.outcome(errand.pool, errand.command.shop, wanted.opened_by)
    if found is None:
        raise Refused(f"there is no command {wanted.opened_by}")
    status, answer = found
    if status == "pending":
        raise Transient("waits for the command that opens the return")
    if "return_id" not in answer:
        raise Refused("the return was never opened: the command that was to open it did not succeed")
    return int(answer["return_id"])


async def _returns(errand: Errand) -> list[str]:
    order = (await errand.look(OF_ORDER, {"id": gid_of("Order", errand.order_id)}, OrderAnswer)).node
    if order is None:
        raise Refused(f"Shopify knows no order {errand.order_id}")
    return [each.id for each in order.returns.nodes]


async def _returnable(errand: Errand) -> defaultdict[int, list[Returnable]]:
    """By order line what may come back, fulfillment by fulfillment."""
    found: defaultdict[int, list[Returnable]] = defaultdict(list)
    after: str | None = None
    while True:
        asking = {"id": gid_of("Order", errand.order_id), "after": after}
        page = (await errand.look(RETURNABLE, asking, ReturnableAnswer)).returnable_fulfillments
        for node in page.nodes:
            for line in node.returnable_fulfillment_line_items.nodes:
                found[number(line.fulfillment_line_item.line_item.id)].append(line)
        after = page.page_info.end_cursor
        if not page.page_info.has_next_page:
            return found


async def _contents(errand: Errand, return_id: int) -> Return:
    returned = (await errand.look(CONTENTS, {"id": gid_of("Return", return_id)}, ReturnAnswer)).returned
    if returned is None:
        raise Refused(f"Shopify knows no return {return_id}")
    if returned.order and number(returned.order.id) != errand.order_id:
        raise Refused(f"return {return_id} is not of order {errand.order_id}")
    return returned


async def _opened_by(errand: Errand, sent: Sent, there: list[str]) -> Return | None:
    """The return that an unanswered attempt opened: new, of the same lines, and no other command's."""
    others = await store.opened(errand.pool, errand.command)
    intended = sorted(
        (line["fulfillmentLineItemId"], line["quantity"])
        for line in sent.variables["input"]["returnLineItems"]
    )
    for gid in there:
        if gid in sent.seen or number(gid) in others:
            continue
        returned = await _contents(errand, number(gid))
        lines = [
            (line.fulfillment_line_item.id, line.quantity)
            for line in returned.return_line_items.nodes
            if line.fulfillment_line_item
        ]
        if sorted(lines) == intended:
            return returned
    return None


def _process_lines(wanted: ProcessReturn, returned: Return) -> list[dict[str, Any]]:
    reverse = [line for order in returned.reverse_fulfillment_orders.nodes for line in order.line_items.nodes]
    made = []
    for part in wanted.lines:
        left = part.quantity
        of_line = [
            ((line, source.id), line.unprocessed_quantity)
            for line in returned.return_line_items.nodes
            if (source := line.fulfillment_line_item) and number(source.line_item.id) == part.line_id
        ]
        for (line, source_id), units in spread(left, of_line):
            left -= units
            line.unprocessed_quantity -= units
            given: dict[str, Any] = {"id": line.id, "quantity": units}
            if part.restock:
                given["dispositions"] = _dispositions(reverse, source_id, units, part.location_id)
            made.append(given)
        if left:
            raise Refused(
                f"line {part.line_id}: {part.quantity} are to be processed, {part.quantity - left} came back"
            )
    return made


def _dispositions(
    reverse: list[ReverseLine], fulfillment_line: str, units: int, location_id: int | None
) -> list[dict[str, Any]]:
    made = []
    of_line = [
        (line, line.left)
        for line in reverse
        if line.fulfillment_line_item and line.fulfillment_line_item.id == fulfillment_line
    ]
    for line, some in spread(units, of_line):
        made.append(
            {
                "reverseFulfillmentOrderLineItemId": line.id,
                "quantity": some,
                "dispositionType": "RESTOCKED",
                "locationId": gid_of("Location", location_id or 0),
            }
        )
        line.dispositions = [*line.dispositions, Disposition(some)]
        units -= some
    if units:
        raise Refused("more are to be put back into stock than came back")
    return made


def _stand(returned: Return) -> list[str]:
    return [f"{gid} {quantity}" for gid, quantity in sorted(returned.processed.items())]


def _processed_by(sent: Sent, returned: Return) -> bool:
    """Whether exactly what was sent has been processed since."""
    then = {gid: int(quantity) for gid, _, quantity in (each.partition(" ") for each in sent.seen)}
    for line in sent.variables["input"]["returnLineItems"]:
        then[line["id"]] = then.get(line["id"], 0) + line["quantity"]
    return then == returned.processed


def _answered(errand: Errand, returned: Return) -> Done:
    answer = {"return_id": number(returned.id), "name": returned.name}
    return Done(answer, [("Order", errand.order_id)])
