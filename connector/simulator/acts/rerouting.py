"""Acts on fulfillment orders: split, merge, move, hold, release, put back, replace; ids change with most."""

from collections.abc import Mapping
from typing import Any

from connector.simulator.acts.routing import finish, keep, route
from connector.simulator.event import Event
from connector.simulator.routes import DONE
from connector.simulator.sales import FulfillmentOrder, Order
from connector.simulator.shop import Act, Shop
from connector.simulator.wire import gid


def split(shop: Shop, order_id: int, routed_id: int, units: Mapping[int, int]) -> list[Event]:
    """Units by line go to a fulfillment order of their own; this one keeps the rest (recorded)."""
    act, order, routed = _begin(shop, order_id, routed_id, "open")
    rest = _take(act, order, routed, units)
    shop.keep(order)
    body = {
        "split_line_items": [
            {"id": gid("FulfillmentOrderLineItem", part.id), "quantity": part.total} for part in rest.lines
        ],
        "fulfillment_order": _named(routed),
        "remaining_fulfillment_order": _named(rest),
        "replacement_fulfillment_order": None,
    }
    act.fire("fulfillment_orders/split", order_id, routed.id, pinned=body)
    return act.events


def merge(shop: Shop, order_id: int, kept_id: int, gone_id: int) -> list[Event]:
    """One takes all of the other at the same place, which is closed without a unit (recorded)."""
    act, order, kept = _begin(shop, order_id, kept_id, "open")
    gone = _find(order, gone_id)
    if gone is kept or gone.status != "open" or _way(gone) != _way(kept):
        raise ValueError("only open ones of one place and method can be merged")
    for part in gone.lines:
        same = next((other for other in kept.lines if other.line_id == part.line_id), None)
        if same is None:
            kept.lines.append(part)
        else:
            same.total += part.total
            same.remaining += part.remaining
    gone.lines = []
    finish(act, gone, "closed", {})
    kept.updated_at = act.second
    shop.keep(order)
    body: dict[str, Any] = {
        "merge_intents": [
            {"fulfillment_order_id": each.id, "fulfillment_order_line_items": []} for each in (kept, gone)
        ],
        "fulfillment_order_merges": {"fulfillment_order": _named(kept)},
    }
    act.fire("fulfillment_orders/merged", order_id, kept.id, pinned=body)
    return act.events


def move(shop: Shop, order_id: int, routed_id: int, location_id: int) -> list[Event]:
    """Somewhere else hands it over: a new fulfillment order there, this one is closed. Not once ready."""
    act, order, routed = _begin(shop, order_id, routed_id, "open")
    place = shop.locations[location_id]
    if location_id == routed.location_id or not place.active:
        raise ValueError("it is there already, or nobody is")
    source = routed.location_id
    moved = route(act, order, location_id, routed.method, {p.line_id: p.remaining for p in routed.lines})
    routed.lines = []
    finish(act, routed, "closed", {})
    body = {
        "original_fulfillment_order": _named(routed) | {"assigned_location_id": gid("Location", source)},
        "moved_fulfillment_order": _named(moved) | {"assigned_location_id": gid("Location", location_id)},
        "destination_location_id": gid("Location", location_id),
        "fulfillment_order_line_items_requested": [],
        "source_location": {"id": gid("Location", source)},
    }
    act.fire("fulfillment_orders/moved", order_id, moved.id, pinned=body)
    act.fire("orders/updated", order_id)
    keep(act, order)
    return act.events


def hold(shop: Shop, order_id: int, routed_id: int, units: Mapping[int, int] | None = None) -> list[Event]:
    """It must wait; of some units alone, the rest goes to another fulfillment order (recorded)."""
    act, order, routed = _begin(shop, order_id, routed_id, "open")
    rest = None
    if units is not None:
        left = {p.line_id: p.remaining - units.get(p.line_id, 0) for p in routed.lines}
        if any(left.values()):
            rest = _take(act, order, routed, {i: q for i, q in left.items() if q})
    routed.status, routed.updated_at = "on_hold", act.second
    shop.keep(order)
    why = {"id": gid("FulfillmentHold", shop.new_id()), "reason": "other", "reason_notes": ""}
    body: dict[str, Any] = {
        "fulfillment_order": _named(routed) | {"fulfillment_holds": [why]},
        "remaining_fulfillment_order": _named(rest) if rest else None,
        "held_fulfillment_order_line_items": [],
        "created_fulfillment_hold": why,
    }
    act.fire("fulfillment_orders/placed_on_hold", order_id, routed.id, pinned=body)
    return act.events


def release(shop: Shop, order_id: int, routed_id: int) -> list[Event]:
    """It waits no more."""
    act, order, routed = _begin(shop, order_id, routed_id, "on_hold")
    routed.status, routed.updated_at = "open", act.second
    shop.keep(order)
    body = {"fulfillment_order": _named(routed)}
    act.fire("fulfillment_orders/hold_released", order_id, routed.id, pinned=body)
    return act.events


def put_back(shop: Shop, order_id: int, routed_id: int) -> list[Event]:
    """It was said to be ready, and is not. The mail cannot be called back."""
    act, order, routed = _begin(shop, order_id, routed_id, "in_progress")
    routed.status, routed.updated_at = "open", act.second
    shop.keep(order)
    act.fire("fulfillment_orders/manually_reported_progress_stopped", order_id, routed.id)
    return act.events


def replace(shop: Shop, order_id: int, routed_id: int) -> list[Event]:
    """Cancel it: closed without a line, another takes its place (recorded)."""
    act, order, routed = _begin(shop, order_id, routed_id, "open", "in_progress")
    again = route(
        act, order, routed.location_id, routed.method, {p.line_id: p.remaining for p in routed.lines}
    )
    routed.lines = []
    finish(act, routed, "closed", {})
    shop.keep(order)
    body = {
        "fulfillment_order": _named(routed) | {"status": "cancelled"},
        "replacement_fulfillment_order": _named(again),
    }
    act.fire("fulfillment_orders/cancelled", order_id, routed.id, pinned=body)
    return act.events


def _begin(shop: Shop, order_id: int, routed_id: int, *fit: str) -> tuple[Act, Order, FulfillmentOrder]:
    order = shop.orders[order_id]
    routed = _find(order, routed_id)
    if routed.status not in fit or routed.status in DONE:
        raise ValueError(f"the fulfillment order is {routed.status}")
    return shop.begin(), order, routed


def _find(order: Order, routed_id: int) -> FulfillmentOrder:
    found = next((routed for routed in order.fulfillment_orders if routed.id == routed_id), None)
    if found is None:
        raise KeyError(routed_id)
    return found


def _take(act: Act, order: Order, routed: FulfillmentOrder, units: Mapping[int, int]) -> FulfillmentOrder:
    """Units of it in a fulfillment order of their own."""
    there = {part.line_id: part for part in routed.lines}
    if not units or any(not 0 < q <= there[i].remaining for i, q in units.items()):
        raise ValueError("more than it holds, or nothing")
    if sum(units.values()) == sum(part.remaining for part in routed.lines):
        raise ValueError("nothing would be left")
    for line_id, quantity in units.items():
        there[line_id].total -= quantity
        there[line_id].remaining -= quantity
    routed.lines = [part for part in routed.lines if part.total]
    routed.updated_at = act.second
    return route(act, order, routed.location_id, routed.method, units)


def _way(routed: FulfillmentOrder) -> tuple[int, str]:
    return routed.location_id, routed.method


def _named(routed: FulfillmentOrder) -> dict[str, Any]:
    return {"id": gid("FulfillmentOrder", routed.id), "status": routed.status}
