"""Acts at the counter, on fulfillment orders by name: get ready, hand over."""

from collections import Counter
from collections.abc import Mapping, Sequence

from connector.simulator.acts.routing import finish, keep, route
from connector.simulator.balance import fulfillment_status
from connector.simulator.event import Event
from connector.simulator.sales import Fulfillment, FulfillmentLine, FulfillmentOrder, Order
from connector.simulator.shop import Act, Shop

READY = "fulfillment_orders/line_items_prepared_for_pickup"


def get_ready(shop: Shop, routed_ids: Sequence[int]) -> list[Event]:
    """These pickups wait at the counter, and their customers are told so by mail."""
    found = [_routed(shop, routed_id) for routed_id in routed_ids]
    if any((routed.method, routed.status) != ("pick_up", "open") for _, routed in found):
        raise ValueError("only an open pickup can be got ready")
    act = shop.begin()
    for order, routed in found:
        get_ready_one(act, order, routed)
    return act.events


def get_ready_one(act: Act, order: Order, routed: FulfillmentOrder) -> None:
    routed.status, routed.updated_at = "in_progress", act.second
    routed.mails += 1
    act.shop.keep(order)
    act.fire(READY, order.id, routed.id)


def hand_over(
    shop: Shop,
    units: Mapping[int, Mapping[int, int]],
    *,
    company: str | None = None,
    tracking: str | None = None,
) -> list[Event]:
    """Hand over units by line id, of fulfillment orders of one order and one location.

    What is left of one is in a new one afterwards.
    """
    found = [_routed(shop, routed_id) for routed_id in units]
    places = {(order.id, routed.location_id) for order, routed in found}
    if len(places) != 1 or not all(_holds(routed, units[routed.id]) for _, routed in found):
        raise ValueError("nothing to hand over, or more than is left")
    act = shop.begin()
    order, first = found[0]
    wanted: Counter[int] = Counter()
    for chosen in units.values():
        wanted.update(chosen)
    made = Fulfillment(
        id=shop.new_id(),
        name=f"{order.name}.{len(order.fulfillments) + 1}",
        status="success",
        location_id=first.location_id,
        routed_ids=list(units),
        tracking_company=company,
        tracking_number=tracking,
        lines=[FulfillmentLine(id=shop.new_id(), line_id=i, quantity=q) for i, q in wanted.items()],
        created_at=act.second,
        updated_at=act.second,
    )
    order.fulfillments.append(made)
    for _, routed in found:
        _replace(act, order, routed, units[routed.id])
    done = fulfillment_status(order) == "fulfilled"
    act.fire("fulfillments/create", order.id, made.id)
    act.fire("orders/fulfilled" if done else "orders/partially_fulfilled", order.id)
    act.fire("orders/updated", order.id)
    keep(act, order)
    return act.events


def _replace(act: Act, order: Order, routed: FulfillmentOrder, handed: Mapping[int, int]) -> None:
    left = {part.line_id: part.remaining - handed.get(part.line_id, 0) for part in routed.lines}
    finish(act, routed, "closed", handed)
    if any(left.values()):
        route(act, order, routed.location_id, routed.method, {i: q for i, q in left.items() if q})


def _holds(routed: FulfillmentOrder, units: Mapping[int, int]) -> bool:
    left = {part.line_id: part.remaining for part in routed.lines}
    return (
        routed.status in ("open", "in_progress")
        and bool(units)
        and all(0 < quantity <= left.get(line_id, 0) for line_id, quantity in units.items())
    )


def _routed(shop: Shop, routed_id: int) -> tuple[Order, FulfillmentOrder]:
    order = shop.orders[shop.parts[routed_id]]
    return order, next(routed for routed in order.fulfillment_orders if routed.id == routed_id)
