"""Which units can still be asked back: fulfilled, not refunded, and not on their way back already."""

from collections import Counter

from connector.simulator.balance import returnable
from connector.simulator.sales import Order
from connector.simulator.units import VOID


def unclaimed(order: Order) -> dict[int, int]:
    """Units that can be asked back, by fulfillment line; lines without any are left out."""
    left = {line.id: returnable(order, line) for line in order.lines}
    taken: Counter[int] = Counter()
    for asked in order.returns:
        for back in asked.lines if asked.status not in VOID else ():
            taken[back.fulfillment_line_id] += back.quantity
    found = {}
    for made in order.fulfillments:
        for part in made.lines if made.status == "success" else ():
            units = max(0, min(part.quantity - taken[part.id], left[part.line_id]))
            if units:
                left[part.line_id] -= units
                found[part.id] = units
    return found
