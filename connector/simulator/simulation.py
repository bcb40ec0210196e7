"""A shop in operation: every act is written down, its events are delivered, and trade goes on by itself."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Final

from connector.simulator.delivery import Courier
from connector.simulator.event import Event
from connector.simulator.journal import Journal
from connector.simulator.shop import Shop
from connector.simulator.trade import Trader

FLUSH: Final = 0.2  # seconds between writing down what was acknowledged; a crash repeats at most that much
PATIENCE: Final = 20_000  # pending deliveries at which trade waits for the subscriber


class Simulation:
    def __init__(self, shop: Shop, trader: Trader, courier: Courier, journal: Journal) -> None:
        self.shop = shop
        self.trader = trader
        self.courier = courier
        self.running = False
        self.rate = 1.0  # acts per second
        self.journal = journal
        self._pace = Random(shop.register.seed)
        self._turned = asyncio.Event()
        self._unsubscribed = 0  # subscriptions known to be gone from the journal

    def perform(self, act: Callable[[], list[Event]]) -> list[Event]:
        """Do it, write it down, and only then tell anybody."""
        events = act()
        self.journal.record(self.shop, events)
        self.courier.send(events)
        return events

    def resume(self) -> int:
        """Deliver again what an earlier process owed; answers with how much that was."""
        owed = self.journal.pending()
        self.courier.send(owed)
        return len(owed)

    def turn(self, running: bool, rate: float) -> None:
        """Start, stop or pace the trade."""
        self.running, self.rate = running, rate
        self._turned.set()

    async def trade(self) -> None:
        """Act at random for ever, `rate` times a second on average, `bursts` at a time."""
        while True:
            self._turned.clear()
            bursts = self.courier.chaos.bursts
            if self.running and self.courier.counters.pending < PATIENCE:
                for _ in range(bursts):
                    self.perform(self.trader.step)
            pause = self._pace.expovariate(self.rate / bursts) if self.running else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._turned.wait(), pause)

    async def keep_books(self) -> None:
        while True:
            await asyncio.sleep(FLUSH)
            self.flush()

    def flush(self) -> None:
        """Write down what the courier settled since the last time."""
        if self.courier.settled:
            self.journal.settle(event.webhook_id for event in self.courier.settled)
            self.courier.settled.clear()
        if self._unsubscribed != self.courier.counters.unsubscribed:
            self._unsubscribed = self.courier.counters.unsubscribed
            self.journal.record(self.shop, ())
