"""The orders around which trade goes on."""

from collections.abc import Callable
from itertools import islice
from random import Random
from typing import Final

from connector.simulator.sales import Order
from connector.simulator.shop import Shop

RECENT: Final = 150  # trade goes on around the latest orders; older ones are at rest


def recent(shop: Shop, random: Random, fits: Callable[[Order], bool] = lambda order: True) -> Order | None:
    """One of the latest orders, if any fits."""
    found = [order for order in islice(reversed(shop.orders.values()), RECENT) if fits(order)]
    return random.choice(found) if found else None
