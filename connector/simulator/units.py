"""Where an order's units are: waiting, handed over, coming back, refunded, gone."""

from collections.abc import Iterator
from typing import Final

from connector.simulator.sales import Line, Order, ReturnLine

VOID: Final = {"declined", "canceled"}


def refunded(order: Order, line: Line) -> int:
    """Units that refunds name, those that an edit removed among them."""
    return sum(g.quantity for refund in order.refunds for g in refund.lines if g.line_id == line.id)


def released(order: Order, line: Line) -> int:
    """Units taken off the order before they were fulfilled."""
    return sum(g.released for refund in order.refunds for g in refund.lines if g.line_id == line.id)


def current(order: Order, line: Line) -> int:
    """Units neither removed nor refunded nor back: a return counts once it is processed."""
    return line.quantity - refunded(order, line) - unpaid(order, line)


def fulfilled(order: Order, line: Line) -> int:
    alive = (f for f in order.fulfillments if f.status == "success")
    return sum(part.quantity for f in alive for part in f.lines if part.line_id == line.id)


def fulfillable(order: Order, line: Line) -> int:
    """Units still to be handed over; a tip never is."""
    if line.kind == "tip":
        return 0
    return line.quantity - fulfilled(order, line) - released(order, line)


def on_hold(order: Order, line: Line) -> int:
    """Units still to be handed over that somebody said must wait."""
    waiting = (routed for routed in order.fulfillment_orders if routed.status == "on_hold")
    return sum(part.remaining for routed in waiting for part in routed.lines if part.line_id == line.id)


def held(order: Order, line: Line) -> int:
    """Units that stand in a return and are not processed: they cannot be returned twice."""
    return sum(part.quantity - part.processed for part in _returning(order, line))


def unpaid(order: Order, line: Line) -> int:
    """Units that came back and were not refunded."""
    return sum(part.processed - part.refunded for part in _returning(order, line))


def _returning(order: Order, line: Line) -> Iterator[ReturnLine]:
    for asked in order.returns:
        if asked.status not in VOID:
            yield from (part for part in asked.lines if part.line_id == line.id)


def with_customer(order: Order, line: Line) -> int:
    """Units fulfilled and still with the customer, on their way back or not."""
    return max(0, min(fulfilled(order, line), current(order, line) - fulfillable(order, line)))


def returnable(order: Order, line: Line) -> int:
    """Units that the customer may announce to bring back."""
    return max(0, with_customer(order, line) - held(order, line))


def refundable(order: Order, line: Line) -> int:
    """Units for which money may still be given back."""
    return max(0, line.quantity - refunded(order, line))
