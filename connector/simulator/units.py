"""Where an order's units are: waiting, handed over, coming back, refunded, gone."""

from connector.simulator.sales import Line, Order, Return

VOID = {"declined", "canceled"}


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


def refunded_of(order: Order, asked: Return, line_id: int) -> int:
    """Units of a return that were refunded as such."""
    tied = (made for made in order.refunds if made.return_id == asked.id)
    return sum(g.quantity for made in tied for g in made.lines if g.line_id == line_id)


def held(order: Order, line: Line) -> int:
    """Units that stand in a return and are neither processed nor refunded: they cannot be returned twice."""
    return sum(
        max(0, part.quantity - max(part.processed, refunded_of(order, asked, line.id)))
        for asked in order.returns
        if asked.status not in VOID
        for part in asked.lines
        if part.line_id == line.id
    )


def unpaid(order: Order, line: Line) -> int:
    """Units that came back and were not refunded."""
    return sum(
        max(0, part.processed - refunded_of(order, asked, line.id))
        for asked in order.returns
        if asked.status not in VOID
        for part in asked.lines
        if part.line_id == line.id
    )


def with_customer(order: Order, line: Line) -> int:
    """Units fulfilled and still with the customer, on their way back or not."""
    return max(0, min(fulfilled(order, line), current(order, line) - fulfillable(order, line)))


def returnable(order: Order, line: Line) -> int:
    """Units that the customer may announce to bring back."""
    return max(0, with_customer(order, line) - held(order, line))


def refundable(order: Order, line: Line) -> int:
    """Units for which money may still be given back."""
    return max(0, line.quantity - refunded(order, line))
