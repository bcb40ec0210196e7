"""Where an order's units leave from: what its fulfillment orders hold, and what stock that binds."""

from collections.abc import Iterator
from typing import Final

from connector.simulator.sales import FulfillmentOrder, Order

Promises = dict[tuple[int, int], int]  # (inventory item, location) -> units

DONE: Final = {"closed", "cancelled"}


def pending(order: Order) -> list[FulfillmentOrder]:
    """Those from which something is still to be handed over."""
    return [routed for routed in order.fulfillment_orders if routed.status not in DONE]


def promises(order: Order) -> Promises:
    """Units that lie aside for the order: on hand, but not for sale."""
    items = {line.id: line.item_id for line in order.lines}
    found: Promises = {}
    for routed in pending(order):
        for part in routed.lines:
            item_id = items[part.line_id]
            if item_id is not None and part.remaining:
                key = item_id, routed.location_id
                found[key] = found.get(key, 0) + part.remaining
    return found


def parts_of(order: Order) -> Iterator[int]:
    """Ids of what hangs on the order and can be asked for by itself."""
    yield from (routed.id for routed in order.fulfillment_orders)
    yield from (made.id for made in order.fulfillments)
    yield from (made.id for made in order.refunds)
    yield from (asked.id for asked in order.returns)
    yield from (reverse.id for asked in order.returns for reverse in asked.reverse)
