"""Acts of handing goods over: by parcel, or at the counter."""

from collections.abc import Mapping, Sequence

from connector.simulator.acts.counter import get_ready_one
from connector.simulator.acts.routing import finish, keep, route
from connector.simulator.balance import fulfillable, fulfillment_status, returnable
from connector.simulator.event import Event
from connector.simulator.routes import pending
from connector.simulator.sales import Fulfillment, FulfillmentLine, Order
from connector.simulator.shop import Act, Shop


def prepare_pickup(shop: Shop, order_id: int) -> list[Event]:
    """The goods wait at the counter. Nothing happens unless a pickup is open."""
    act = shop.begin()
    for routed in shop.orders[order_id].fulfillment_orders:
        if routed.method == "pick_up" and routed.status == "open":
            get_ready_one(act, shop.orders[order_id], routed)
    return act.events


def fulfill(
    shop: Shop,
    order_id: int,
    lines: Sequence[tuple[int, int]] | None = None,
    *,
    company: str | None = None,
    tracking: str | None = None,
) -> list[Event]:
    """Hand over the given (line id, quantity) pairs, or everything that is still to be handed over."""
    act = shop.begin()
    order = shop.orders[order_id]
    left = {line.id: fulfillable(order, line) for line in order.lines}
    wanted = dict(lines) if lines is not None else {i: q for i, q in left.items() if q}
    if order.cancelled_at or not wanted or any(not 0 < q <= left[i] for i, q in wanted.items()):
        raise ValueError("nothing to fulfill, or more than is left")
    made = Fulfillment(
        id=shop.new_id(),
        name=f"{order.name}.{len(order.fulfillments) + 1}",
        status="success",
        location_id=order.fulfillment_orders[-1].location_id,
        routed_ids=[
            routed.id
            for routed in pending(order)
            if not routed.lines or any(part.line_id in wanted and part.remaining for part in routed.lines)
        ],
        tracking_company=company,
        tracking_number=tracking,
        lines=[FulfillmentLine(id=shop.new_id(), line_id=i, quantity=q) for i, q in wanted.items()],
        created_at=act.second,
        updated_at=act.second,
    )
    order.fulfillments.append(made)
    _reroute(act, order, wanted)
    done = fulfillment_status(order) == "fulfilled"
    act.fire("fulfillments/create", order_id, made.id)
    act.fire("orders/fulfilled" if done else "orders/partially_fulfilled", order_id)
    act.fire("orders/updated", order_id)
    keep(act, order)
    return act.events


def track(shop: Shop, order_id: int, fulfillment_id: int, company: str, number: str) -> list[Event]:
    act = shop.begin()
    order = shop.orders[order_id]
    made = _fulfillment(order, fulfillment_id)
    if (made.tracking_company, made.tracking_number) == (company, number):
        return []
    made.tracking_company, made.tracking_number = company, number
    made.updated_at = act.second
    act.touch(order)
    act.fire("fulfillments/update", order_id, fulfillment_id)
    act.fire("orders/updated", order_id)
    return act.events


def cancel_fulfillment(shop: Shop, order_id: int, fulfillment_id: int) -> list[Event]:
    """The goods never left after all: they are to be handed over again."""
    act = shop.begin()
    order = shop.orders[order_id]
    made = _fulfillment(order, fulfillment_id)
    by_id = {line.id: line for line in order.lines}
    if made.status != "success" or any(
        part.quantity > returnable(order, by_id[part.line_id]) for part in made.lines
    ):
        raise ValueError("already cancelled, or some of it came back")
    made.status, made.updated_at = "cancelled", act.second
    _reopen(act, order, made)
    act.fire("fulfillments/update", order_id, fulfillment_id)
    act.fire("orders/updated", order_id)
    keep(act, order)
    return act.events


def _reroute(act: Act, order: Order, wanted: Mapping[int, int]) -> None:
    """Shopify closes the fulfillment order and opens a new one, with a new id, for what is left."""
    latest = order.fulfillment_orders[-1]
    handed = dict(wanted)
    for routed in pending(order):
        finish(act, routed, "closed", handed)
        for part in routed.lines:
            handed[part.line_id] -= part.total
    left = {line.id: fulfillable(order, line) for line in order.lines}
    if any(left.values()):
        route(act, order, latest.location_id, latest.method, {i: q for i, q in left.items() if q})


def _reopen(act: Act, order: Order, made: Fulfillment) -> None:
    """A new fulfillment order takes the units, with what else waits at its place; the others stay."""
    units = {part.line_id: part.quantity for part in made.lines}
    origin = order.fulfillment_orders[-1]
    for routed in order.fulfillment_orders:
        if routed.id in made.routed_ids:
            origin = routed
    for routed in pending(order):
        if (routed.location_id, routed.method) == (origin.location_id, origin.method):
            for part in routed.lines:
                units[part.line_id] = units.get(part.line_id, 0) + part.remaining
            finish(act, routed, "closed", {})
    route(act, order, origin.location_id, origin.method, units)


def _fulfillment(order: Order, fulfillment_id: int) -> Fulfillment:
    return next(made for made in order.fulfillments if made.id == fulfillment_id)
