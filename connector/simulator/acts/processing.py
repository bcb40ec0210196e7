"""Acts on what a return brings: taken in, put on a shelf or not, paid back or exchanged."""

from collections.abc import Sequence

from connector.simulator.acts.inventory import adjust
from connector.simulator.acts.refunds import give_back
from connector.simulator.acts.routing import keep, route
from connector.simulator.acts.selling import sell
from connector.simulator.event import Event
from connector.simulator.sales import Disposition, Order, Return
from connector.simulator.shop import Act, Shop
from connector.simulator.wire import gid


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
    parts = {part.line_id: part for part in asked.lines}
    if asked.status != "open" or not lines or any(not 0 < q <= _left(asked, i) for i, q in lines):
        raise ValueError("the return is not open, or has not so many to process")
    items = {line.id: line.item_id for line in order.lines}
    for line_id, quantity in lines:
        parts[line_id].processed += quantity
        kind = "restocked" if shelf is not None and items[line_id] is not None else "not_restocked"
        parts[line_id].dispositions.append(Disposition(kind=kind, quantity=quantity, location_id=shelf))
    for variant_id, quantity in exchange:
        _exchange(act, order, asked, variant_id, quantity)
    if paying:
        give_back(act, order, lines, restock="no_restock", note="Returned", return_id=return_id)
    act.fire("returns/process", order_id, return_id, pinned={})
    _tell_dispositions(act, order, asked, dict(lines))
    act.fire("orders/updated", order_id)
    keep(act, order)
    if shelf is not None:
        for line_id, quantity in lines:
            adjust(act, items[line_id], shelf, quantity)
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


def _tell_dispositions(act: Act, order: Order, asked: Return, units: dict[int, int]) -> None:
    """reverse_fulfillment_orders/dispose: what became of the units just now."""
    told = [
        {
            "reverse_fulfillment_order_line_item": {
                "id": part.reverse_id,
                "admin_graphql_api_id": gid("ReverseFulfillmentOrderLineItem", part.reverse_id or 0),
            },
            "reverse_delivery_line_item": None,
            "type": part.dispositions[-1].kind,
            "location": None,
            "quantity": units[part.line_id],
        }
        for part in asked.lines
        if part.line_id in units
    ]
    reverse_id = asked.reverse_id or 0
    body = {
        "id": reverse_id,
        "admin_graphql_api_id": gid("ReverseFulfillmentOrder", reverse_id),
        "dispositions": told,
        "total_dispositions": len(told),
    }
    act.fire("reverse_fulfillment_orders/dispose", order.id, reverse_id, pinned=body)
