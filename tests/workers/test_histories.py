"""Whatever order webhooks come in, however often, however batched: the rows are those of the shop."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector import postgres, shops
from connector.envelope import Envelope
from connector.postgres import Pool
from connector.simulator.compare import KEYS, differences
from connector.simulator.event import Event
from connector.simulator.payloads.assemble import assemble
from connector.simulator.shop import Shop
from connector.simulator.trade import Trader
from connector.simulator.truth import truth
from tests.deliveries import NOON, envelope
from workers.batch import Batches

_domains = (f"history-{number}.myshopify.com" for number in itertools.count())

SLOW_BUT_FEW = settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Clock:
    """A clock that the history moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class History:
    """A shop, what happened in it, and the deliveries of that."""

    def __init__(self, domain: str, seed: int, pauses: Sequence[int], *, late: float) -> None:
        """``pauses`` in milliseconds between acts; ``late`` seconds at most from event to assembly."""
        self.domain, self._random = domain, Random(seed)
        self._clock = Clock()
        self.shop = Shop(domain, seed, self._clock)
        trader = Trader(self.shop, self._random)
        self.deliveries: list[Envelope] = []
        waiting = [(self._clock.now, event) for event in trader.open_shop(8)]
        for pause in pauses:
            self._clock.now += timedelta(milliseconds=pause)
            waiting += [(self._due(late), event) for event in trader.step()]
            waiting = self._assemble(waiting)
        self._clock.now += timedelta(seconds=60)
        assert not self._assemble(waiting)

    def _due(self, late: float) -> datetime:
        return self._clock.now + timedelta(seconds=self._random.uniform(0, late))

    def _assemble(self, waiting: list[tuple[datetime, Event]]) -> list[tuple[datetime, Event]]:
        """Bodies are made when they are sent, with the state of that moment."""
        for due, event in waiting:
            if due <= self._clock.now and (body := assemble(self.shop, event)) is not None:
                self.deliveries.append(
                    envelope(
                        event.topic,
                        body,
                        shop=self.domain,
                        webhook_id=event.webhook_id,
                        event_id=event.event_id,
                        triggered_at=event.triggered_at,
                        received_at=self._clock.now,
                    )
                )
        return [(due, event) for due, event in waiting if due > self._clock.now]


def scrambled(deliveries: Sequence[Envelope], random: Random) -> list[list[Envelope]]:
    """The deliveries in any order, some of them twice, in batches of any size."""
    again = [delivery for delivery in deliveries if random.random() < 0.2]
    mixed = [*deliveries, *again]
    random.shuffle(mixed)
    batches = []
    while mixed:
        size = random.randint(1, 40)
        batches.append(mixed[:size])
        del mixed[:size]
    return batches


async def settle_by_two_workers(pool: Pool, batches: list[list[Envelope]]) -> None:
    """Two workers take batches from one queue, as fast as each gets on."""
    queue = iter(batches)

    async def work() -> None:
        worker = Batches(pool)
        for batch in queue:
            await worker.settle(batch)

    await asyncio.gather(work(), work())


async def views(pool: Pool, domain: str) -> dict[str, list[dict[str, Any]]]:
    found = {view: await pool.fetch(f"select * from pos.{view} where shop = $1", domain) for view in KEYS}
    return {view: [dict(row) for row in rows] for view, rows in found.items()}


@SLOW_BUT_FEW
@given(
    seed=st.integers(0, 2**32),
    pauses=st.lists(st.sampled_from([0, 1, 120, 400, 1000, 3000]), min_size=5, max_size=60),
    late=st.sampled_from([0.0, 0.5, 5.0]),
)
async def test_any_order_ends_at_the_shops_own_state(
    dsn: str, seed: int, pauses: list[int], late: float
) -> None:
    domain = next(_domains)
    history = History(domain, seed, pauses, late=late)
    pool = await postgres.connect(dsn, size=4)
    try:
        await shops.add(pool, domain)
        await settle_by_two_workers(pool, scrambled(history.deliveries, Random(seed)))
        told = json.loads(msgspec.json.encode(truth(history.shop)))
        assert [str(found) for found in differences(told, await views(pool, domain))] == []
        assert await pool.fetchval("select count(*) from connector.dead_letters") == 0
    finally:
        await pool.close()


@SLOW_BUT_FEW
@given(
    seed=st.integers(0, 2**32),
    pauses=st.lists(st.sampled_from([0, 3, 250, 1000]), min_size=5, max_size=40),
)
async def test_any_order_ends_where_the_given_order_ends(dsn: str, seed: int, pauses: list[int]) -> None:
    """Every column of every view, also those that the simulator does not know of."""
    ordered, mixed = (History(next(_domains), seed, pauses, late=0) for _ in range(2))
    pool = await postgres.connect(dsn, size=4)
    try:
        for history in (ordered, mixed):
            await shops.add(pool, history.domain)
        worker = Batches(pool)
        for delivery in ordered.deliveries:
            await worker.settle([delivery])
        await settle_by_two_workers(pool, scrambled(mixed.deliveries, Random(seed)))
        assert _plain(await views(pool, mixed.domain)) == _plain(await views(pool, ordered.domain))
    finally:
        await pool.close()


def _plain(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    return {
        view: sorted(str({name: value for name, value in row.items() if name != "shop"}) for row in rows)
        for view, rows in found.items()
    }
