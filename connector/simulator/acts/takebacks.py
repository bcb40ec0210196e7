"""Acts of taking goods back at the counter: open a return at once, and process it with its refund."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from connector.simulator.acts.customers import credit
from connector.simulator.acts.dispositions import Disposed, await_goods, dispose, owed, settle
from connector.simulator.acts.refunds import book, refund_line, repayment
from connector.simulator.acts.routing import keep
from connector.simulator.balance import balance
from connector.simulator.claims import unclaimed
from connector.simulator.event import Event
from connector.simulator.money import ZERO
from connector.simulator.sales import Order, Refund, Return, ReturnLine
from connector.simulator.shop import Act, Shop


@dataclass(frozen=True, slots=True)
class Asked:
    fulfillment_line_id: int
    quantity: int
    reason: str = "unknown"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Processed:
    return_line_id: int
    quantity: int
    disposed: tuple[Disposed, ...] = ()


@dataclass(frozen=True, slots=True)
class Payback:
    """Money to give back, in the shop's currency, on the payment it was taken by."""

    parent_id: int
    amount: Decimal


def open_return(shop: Shop, order_id: int, lines: Sequence[Asked]) -> list[Event]:
    """A return nobody has to approve any more. A closed order is open again."""
    order = shop.orders[order_id]
    free = unclaimed(order)
    asked_for: Counter[int] = Counter()
    for line in lines:
        asked_for[line.fulfillment_line_id] += line.quantity
    if not lines or any(not 0 < units <= free.get(i, 0) for i, units in asked_for.items()):
        raise ValueError("only what the customer holds can be returned")
    act = shop.begin()
    owners = {part.id: part.line_id for made in order.fulfillments for part in made.lines}
    asked = Return(
        id=shop.new_id(),
        name=f"{order.name}-R{len(order.returns) + 1}",
        status="open",
        lines=[
            ReturnLine(
                id=shop.new_id(),
                line_id=owners[line.fulfillment_line_id],
                fulfillment_line_id=line.fulfillment_line_id,
                quantity=line.quantity,
                reason=line.reason,
                note=line.note,
            )
            for line in lines
        ],
        created_at=act.second,
    )
    await_goods(act, asked)
    order.returns.append(asked)
    order.closed_at = None
    act.touch(order)
    act.fire("returns/approve", order_id, asked.id)
    act.fire("orders/updated", order_id)
    return act.events


def process_lines(
    shop: Shop,
    order_id: int,
    return_id: int,
    lines: Sequence[Processed],
    *,
    paybacks: Sequence[Payback] | None = None,
    note: str = "",
) -> list[Event]:
    """The units came in: they leave the order, and go where their dispositions say.

    Without `paybacks` their worth stays owed, and nothing is refunded. With them, all of the return that
    is in counts as refunded by that sum, be it more or less. The return stays open.
    """
    order = shop.orders[order_id]
    asked = next(asked for asked in order.returns if asked.id == return_id)
    parts = {part.id: part for part in asked.lines}
    if asked.status != "open" or any(
        not 0 < line.quantity <= parts[line.return_line_id].quantity - parts[line.return_line_id].processed
        for line in lines
    ):
        raise ValueError("only units of an open return that are not processed yet can be")
    act = shop.begin()
    for line in lines:
        parts[line.return_line_id].processed += line.quantity
    act.fire("returns/process", order_id, return_id, pinned={})
    if paybacks is None:
        act.fire("orders/updated", order_id)
        keep(act, order)
    else:
        _pay_back(act, order, asked, paybacks, note)
    dispose(act, order, asked, [part for line in lines for part in line.disposed])
    if order.customer_id and paybacks is not None:
        paid = sum((part.amount for part in paybacks), ZERO)
        credit(act, order.customer_id, orders=0, amount=-paid, last_order_id=order_id)
    return act.events


def _pay_back(act: Act, order: Order, asked: Return, paybacks: Sequence[Payback], note: str) -> None:
    by_id = {line.id: line for line in order.lines}
    units = [(i, owed(asked, i)) for i in dict.fromkeys(part.line_id for part in asked.lines)]
    units = [(line_id, quantity) for line_id, quantity in units if quantity]
    made = Refund(
        id=act.shop.new_id(),
        note=note,
        lines=[refund_line(act, order, by_id[i], q, "no_restock", 0, asked) for i, q in units],
        shipping=ZERO,
        goodwill=ZERO,
        transactions=[],
        return_id=asked.id,
        created_at=act.second,
    )
    settle(asked, units)
    order.refunds.append(made)
    due = max(ZERO, -balance(order).outstanding)
    # What is paid beyond what was due, or less than it, is for nothing in particular.
    made.goodwill = sum((part.amount for part in paybacks), ZERO) - due
    made.transactions = [repayment(act, order, part.parent_id, part.amount, "success") for part in paybacks]
    book(act, order, made)
