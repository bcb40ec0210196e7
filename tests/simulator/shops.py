"""Small shops with a clock of their own, for tests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from connector.simulator.event import Event
from connector.simulator.shop import Shop
from connector.simulator.trade import Trader

DOMAIN = "test-shop.myshopify.com"


def ticking(
    step: timedelta = timedelta(milliseconds=170),
    since: datetime = datetime(2026, 11, 24, 17, 30, tzinfo=UTC),
) -> Callable[[], datetime]:
    """A clock that moves on by `step` whenever somebody looks at it."""
    now = since

    def clock() -> datetime:
        nonlocal now
        now += step
        return now

    return clock


def trading_shop(seed: int = 1, *, products: int = 12, acts: int = 0) -> tuple[Shop, Trader, list[Event]]:
    """A small shop after some acts of trade, and every event it fired."""
    shop = Shop(DOMAIN, seed, ticking())
    trader = Trader(shop, Random(seed))
    events = trader.open_shop(products=products, customers=12)
    for _ in range(acts):
        events += trader.step()
    return shop, trader, events
