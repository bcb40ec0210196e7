"""Acts on what a return brings: taken in, put on a shelf or not, paid back or exchanged."""

from collections.abc import Sequence

from connector.simulator.acts.dispositions import all_to, dispose, take_in
from connector.simulator.acts.inventory import adjust
from connector.simulator.acts.refunds import give_back
from connector.simulator.acts.routing import keep, route
from connector.simulator.acts.selling import sell
from connector.simulator.event import Event
from connector.simulator.sales import Order, Return
from connector.simulator.shop import Act, Shop


def process_return(
    shop: Shop,
    order_id: int,
    return_id: int,
    lines: Sequence[tuple[int, int]],
    *,
    shelf: int | None = None,
    paying: bool = True,
    exchange: Sequence[tuple[int, int]] = (),
) -> list[Event]:
    """Take (line id, quantity) pairs of an open return in: to the shelf of a location, or to none.

    From then on they are no more part of the order. With `paying` they are refunded at once, without being
    restocked a second time by the refund; `exchange` are (variant id, quantity) pairs that go out for them.
    """
    act = shop.begin()
    order = shop.orders[order_id]
    asked = next(asked for asked in order.returns if asked.id == return_id)
    if asked.status != "open" or not lines or any(not 0 < q <= _left(asked, i) for i, q in lines):
        raise ValueError("the return is not open, or has not so many to process")
    items = {line.id: line.item_id for line in order.lines}
    came = take_in(act, asked, lines)
    for variant_id, quantity in exchange:
        _exchange(act, order, asked, variant_id, quantity)
    act.fire("returns/process", order_id, return_id, pinned={})
    if paying:
        give_back(act, order, lines, restock="no_restock", note="Returned", return_id=return_id)
    act.fire("orders/updated", order_id)
    keep(act, order)
    shelved = [(part, n) for part, n in came if shelf is not None and items[part.line_id] is not None]
    disposed = all_to(asked, shelved, "restocked", shelf)
    disposed += all_to(asked, [each for each in came if each not in shelved], "not_restocked", shelf)
    dispose(act, order, asked, disposed)
    return act.events


def _left(asked: Return, line_id: int) -> int:
    return sum(part.quantity - part.processed for part in asked.lines if part.line_id == line_id)


def _exchange(act: Act, order: Order, asked: Return, variant_id: int, quantity: int) -> None:
    """Something goes out for what came back, from where the order last went out."""
    line = sell(act.shop, variant_id, quantity, order, added=True)
    order.lines.append(line)
    asked.exchanged.append(line.id)
    latest = order.fulfillment_orders[-1]
    routed = route(act, order, latest.location_id, latest.method, {line.id: quantity})
    act.fire("fulfillment_orders/order_routing_complete", order.id, routed.id)
    adjust(act, line.item_id, latest.location_id, -quantity)
