"""Acts of handing goods over: by parcel, or at the counter."""

from collections import Counter
from collections.abc import Mapping, Sequence

from connector.simulator.acts.counter import get_ready_one
from connector.simulator.acts.routing import finish, keep, route
from connector.simulator.balance import fulfillment_status, returnable
from connector.simulator.event import Event
from connector.simulator.routes import pending
from connector.simulator.sales import Fulfillment, FulfillmentLine, FulfillmentOrder, Order
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
    """Hand over the given (line id, quantity) pairs, or everything that one location still has to.

    Each fulfillment order that something leaves is closed, and what stays opens another one with a new id;
    what is on hold cannot leave.
    """
    act = shop.begin()
    order = shop.orders[order_id]
    ready = [routed for routed in pending(order) if routed.status != "on_hold" and routed.lines]
    places = [routed for routed in ready if routed.location_id == ready[0].location_id]
    left: Counter[int] = Counter()
    for routed in places:
        left.update({part.line_id: part.remaining for part in routed.lines})
    wanted = dict(lines) if lines is not None else {i: q for i, q in left.items() if q}
    if order.cancelled_at or not wanted or any(not 0 < q <= left[i] for i, q in wanted.items()):
        raise ValueError("nothing to fulfill, or more than is left")
    made = Fulfillment(
        id=shop.new_id(),
        name=f"{order.name}.{len(order.fulfillments) + 1}",
        status="success",
        location_id=places[0].location_id,
        tracking_company=company,
        tracking_number=tracking,
        lines=[FulfillmentLine(id=shop.new_id(), line_id=i, quantity=q) for i, q in wanted.items()],
        created_at=act.second,
        updated_at=act.second,
    )
    order.fulfillments.append(made)
    made.routed_ids = _send_off(act, order, places, wanted)
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


def _send_off(
    act: Act, order: Order, places: Sequence[FulfillmentOrder], wanted: Mapping[int, int]
) -> list[int]:
    """Take the units out of these fulfillment orders; answers with the ids of those that any left."""
    still, touched = dict(wanted), []
    for routed in places:
        gone = {p.line_id: min(p.remaining, still.get(p.line_id, 0)) for p in routed.lines}
        if not any(gone.values()):
            continue
        rest = {p.line_id: p.remaining - gone[p.line_id] for p in routed.lines}
        for line_id, quantity in gone.items():
            still[line_id] = still.get(line_id, 0) - quantity
        finish(act, routed, "closed", gone)
        touched.append(routed.id)
        if any(rest.values()):
            route(act, order, routed.location_id, routed.method, {i: q for i, q in rest.items() if q})
    return touched


def _reopen(act: Act, order: Order, made: Fulfillment) -> None:
    """A new fulfillment order takes the units, with what else waits at its place; the others stay.

    What is on hold goes on waiting by itself.
    """
    units = {part.line_id: part.quantity for part in made.lines}
    origin = order.fulfillment_orders[-1]
    for routed in order.fulfillment_orders:
        if routed.id in made.routed_ids:
            origin = routed
    for routed in pending(order):
        same = (routed.location_id, routed.method) == (origin.location_id, origin.method)
        if same and routed.status != "on_hold":
            for part in routed.lines:
                units[part.line_id] = units.get(part.line_id, 0) + part.remaining
            finish(act, routed, "closed", {})
    route(act, order, origin.location_id, origin.method, units)


def _fulfillment(order: Order, fulfillment_id: int) -> Fulfillment:
    return next(made for made in order.fulfillments if made.id == fulfillment_id)
