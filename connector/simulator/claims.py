"""Which units can still be asked back: fulfilled, not refunded, and not on their way back already."""

from collections import Counter
from typing import Final

from connector.simulator.balance import returnable
from connector.simulator.sales import Order

WAITING: Final = {"requested", "open"}


def claimed(order: Order, line_id: int) -> int:
    """Units of the line that returns under way still wait for."""
    return sum(
        part.quantity - part.processed
        for asked in order.returns
        if asked.status in WAITING
        for part in asked.lines
        if part.line_id == line_id
    )


def unclaimed(order: Order) -> dict[int, int]:
    """Units that can be asked back, by fulfillment line; lines without any are left out."""
    left = {line.id: max(0, returnable(order, line) - claimed(order, line.id)) for line in order.lines}
    taken: Counter[int] = Counter()
    for asked in order.returns:
        for back in asked.lines:
            taken[back.fulfillment_line_id] += back.quantity if asked.status in WAITING else back.processed
    found = {}
    for made in order.fulfillments:
        for part in made.lines if made.status == "success" else ():
            units = max(0, min(part.quantity - taken[part.id], left[part.line_id]))
            if units:
                left[part.line_id] -= units
                found[part.id] = units
    return found
