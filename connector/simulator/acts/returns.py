"""Acts on returns: a customer asks, the merchant approves, refunds and closes."""

from collections.abc import Mapping, Sequence

from connector.simulator.acts.dispositions import await_goods
from connector.simulator.claims import unclaimed
from connector.simulator.event import Event
from connector.simulator.sales import Order, Return, ReturnLine
from connector.simulator.shop import Shop


def request_return(
    shop: Shop,
    order_id: int,
    lines: Sequence[tuple[int, int]],
    *,
    reason: str = "size_too_small",
    note: str = "",
) -> list[Event]:
    """Ask to send back (line id, quantity) pairs of what was fulfilled. A closed order is open again."""
    act = shop.begin()
    order = shop.orders[order_id]
    wanted = dict(lines)
    parts = _handed_over(order, wanted)
    if (
        not lines
        or len(wanted) < len(lines)
        or min(wanted.values()) < 1
        or sum(parts.values()) < sum(wanted.values())
    ):
        raise ValueError("only what the customer holds can be returned")
    owners = {part.id: part.line_id for made in order.fulfillments for part in made.lines}
    asked = Return(
        id=shop.new_id(),
        name=f"{order.name}-R{len(order.returns) + 1}",
        status="requested",
        lines=[
            ReturnLine(
                id=shop.new_id(),
                line_id=owners[fulfillment_line_id],
                fulfillment_line_id=fulfillment_line_id,
                quantity=quantity,
                reason=reason,
                note=note,
            )
            for fulfillment_line_id, quantity in parts.items()
        ],
        created_at=act.second,
    )
    order.returns.append(asked)
    order.closed_at = None
    act.touch(order)
    act.fire("returns/request", order_id, asked.id)
    act.fire("orders/updated", order_id)
    return act.events


def approve_return(shop: Shop, order_id: int, return_id: int) -> list[Event]:
    """It is under way, and how its units come in is a reverse fulfillment order (recorded)."""
    return _move(shop, order_id, return_id, "requested", "open", "returns/approve")


def decline_return(shop: Shop, order_id: int, return_id: int) -> list[Event]:
    return _move(shop, order_id, return_id, "requested", "declined", "returns/decline")


def cancel_return(shop: Shop, order_id: int, return_id: int) -> list[Event]:
    """Nothing comes back after all; only before anything did."""
    order = shop.orders[order_id]
    asked = _return(order, return_id)
    if any(part.processed for part in asked.lines) or any(m.return_id == return_id for m in order.refunds):
        raise ValueError("something of it came back already")
    return _move(shop, order_id, return_id, asked.status, "canceled", "returns/cancel")


def close_return(shop: Shop, order_id: int, return_id: int) -> list[Event]:
    return _move(shop, order_id, return_id, "open", "closed", "returns/close")


def _move(shop: Shop, order_id: int, return_id: int, before: str, after: str, topic: str) -> list[Event]:
    act = shop.begin()
    order = shop.orders[order_id]
    asked = _return(order, return_id)
    if asked.status != before or asked.status not in ("requested", "open"):
        raise ValueError(f"the return is {asked.status}, not {before}")
    asked.status = after
    if after == "open":
        await_goods(act, asked)
    for reverse in asked.reverse:
        reverse.status = "open" if after == "open" else "closed"
    act.touch(order)
    act.fire(topic, order_id, return_id)
    act.fire("orders/updated", order_id)
    return act.events


def _return(order: Order, return_id: int) -> Return:
    return next(asked for asked in order.returns if asked.id == return_id)


def _handed_over(order: Order, wanted: Mapping[int, int]) -> dict[int, int]:
    """The units by fulfillment line, oldest first; fewer than wanted if the customer holds fewer."""
    free, left, found = unclaimed(order), dict(wanted), {}
    for part in (part for made in order.fulfillments for part in made.lines):
        units = min(free.get(part.id, 0), left.get(part.line_id, 0))
        if units > 0:
            found[part.id] = units
            left[part.line_id] -= units
    return found
