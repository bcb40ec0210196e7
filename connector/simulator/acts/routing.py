"""How acts route an order: which fulfillment order holds which units, and how much stock that binds."""

from collections.abc import Mapping

from connector.simulator.balance import fulfillable
from connector.simulator.routes import pending
from connector.simulator.sales import FulfillmentOrder, FulfillmentOrderLine, Order
from connector.simulator.shop import Act


def route(
    act: Act, order: Order, location_id: int, method: str, units: Mapping[int, int]
) -> FulfillmentOrder:
    """A new fulfillment order for units by line id."""
    routed = FulfillmentOrder(
        id=act.shop.new_id(),
        location_id=location_id,
        method=method,
        status="open",
        lines=[
            FulfillmentOrderLine(id=act.shop.new_id(), line_id=line_id, total=quantity, remaining=quantity)
            for line_id, quantity in units.items()
        ],
        updated_at=act.second,
        created_at=act.second,
    )
    order.fulfillment_orders.append(routed)
    return routed


def finish(act: Act, routed: FulfillmentOrder, status: str, units: Mapping[int, int]) -> None:
    """End it: what it handed over stays in a closed one, the rest belongs to another one or to none."""
    routed.status = status
    for part in routed.lines:
        part.remaining = 0
        if status == "closed":
            part.total = min(part.total, units.get(part.line_id, 0))
    routed.lines = [part for part in routed.lines if part.total]
    routed.updated_at = act.second


def trim(act: Act, order: Order) -> None:
    """Take out of the fulfillment orders what is not to be handed over any more."""
    excess = {line.id: -fulfillable(order, line) for line in order.lines}
    for routed in pending(order):
        for part in routed.lines:
            excess[part.line_id] += part.remaining
    for routed in pending(order):
        for part in routed.lines:
            gone = min(part.remaining, max(0, excess[part.line_id]))
            if gone:
                excess[part.line_id] -= gone
                part.total -= gone
                part.remaining -= gone
                routed.updated_at = act.second
        if routed.lines and not any(part.remaining for part in routed.lines):
            finish(act, routed, "closed", {})
        routed.lines = [part for part in routed.lines if part.total]


def keep(act: Act, order: Order) -> None:
    """Date the order, and tell of every level of which it now binds more or less."""
    before = act.shop.promised.get(order.id, {})
    act.touch(order)
    after = act.shop.promised.get(order.id, {})
    for key in [key for key in before | after if before.get(key) != after.get(key)]:
        level = act.shop.levels.get(key)
        if level is not None and level.available is not None:
            act.touch(level)
            act.fire("inventory_levels/update", *key)
