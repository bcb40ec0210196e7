"""Many processes, one bucket: together they stay within what Shopify allows, and do not waste it."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from connector import queue
from connector.shopify import throttle
from connector.shopify.answers import Bucket, Cost
from connector.shopify.throttle import LocalBudget, SharedBudget

SHOP = "corner-shop.myshopify.com"
KEY = f"connector:cost:{SHOP}"


class RealBucket:
    """The bucket as Shopify keeps it: takes what is requested, gives back what was not spent."""

    def __init__(self, maximum: float, restore: float) -> None:
        self.maximum, self.restore = maximum, restore
        self.available, self._at = maximum, time.monotonic()
        self.throttled = self.served = 0
        self.spent = 0.0

    def _refill(self) -> None:
        now = time.monotonic()
        self.available = min(self.maximum, self.available + (now - self._at) * self.restore)
        self._at = now

    async def ask(self, requested: int, actual: int) -> Cost:
        await asyncio.sleep(random.uniform(0.001, 0.01))  # the way there
        self._refill()
        enough = self.available >= requested
        if enough:
            self.served += 1
            self.available -= actual
            self.spent += actual
        else:
            self.throttled += 1
        told = Bucket(self.maximum, self.available, self.restore)
        await asyncio.sleep(random.uniform(0.001, 0.02))  # and back, overtaking each other
        return Cost(requested, told, actual if enough else None)


async def spend(budget: SharedBudget, real: RealBucket, until: float, share: float = 1.0) -> None:
    while time.monotonic() < until:
        requested = random.choice([20, 100, 400])
        reservation, wait = await budget.reserve(requested, share)
        if not reservation:
            await asyncio.sleep(min(wait + 0.001, max(0.0, until - time.monotonic())))
            continue
        await budget.settle(reservation, await real.ask(requested, requested // random.choice([1, 2, 4])))


async def test_several_processes_together_are_hardly_ever_throttled_and_use_what_there_is(
    redis: queue.Redis, servers_url: str
) -> None:
    real = RealBucket(2000.0, 4000.0)
    others = [await queue.connect(servers_url) for _ in range(3)]
    budgets = [SharedBudget(connection, SHOP) for connection in (redis, *others)]
    started, length = time.monotonic(), 4.0
    await asyncio.gather(*[spend(budget, real, started + length) for budget in budgets for _ in range(6)])
    for connection in others:
        await connection.aclose()
    assert real.throttled <= real.served * 0.01, (real.throttled, real.served)
    assert real.spent > 0.6 * real.restore * length


async def test_a_share_is_all_that_is_used_and_is_not_starved_by_others(redis: queue.Redis) -> None:
    budget = SharedBudget(redis, SHOP)
    reservation, _ = await budget.reserve(10, 1.0)
    await budget.settle(reservation, Cost(10, Bucket(2000.0, 2000.0, 100.0), 10))
    first, _ = await budget.reserve(300, 0.2)
    assert first
    refused, wait = await budget.reserve(200, 0.2)
    assert not refused
    assert wait == pytest.approx(5.0, abs=0.5)  # a hundred points at a fifth of the rate
    assert (await budget.reserve(1300, 1.0))[0]  # others have the rest
    await budget.settle(first, Cost(300, Bucket(2000.0, 1980.0, 100.0), 20))
    assert (await budget.reserve(200, 0.2))[0]  # what was not spent came back


async def test_what_costs_more_than_a_share_waits_for_all_of_it_and_not_for_ever(
    redis: queue.Redis,
) -> None:
    budget = SharedBudget(redis, SHOP)
    assert (await budget.reserve(900, 0.2))[0]


async def test_shopifys_figures_are_adopted_up_and_down(redis: queue.Redis) -> None:
    budget = SharedBudget(redis, SHOP)
    for told in (3.0, 19_000.0, 50.0, 20_000.0):
        reservation = ""
        while not reservation:
            reservation, _ = await budget.reserve(1, 1.0)
        await budget.settle(reservation, Cost(1, Bucket(20_000.0, told, 1000.0), 1))
        kept = await redis.hgetall(KEY)
        assert float(kept[b"available"]) == told
        assert not [field for field in kept if field.startswith(b"r:")]


async def test_an_older_figure_does_not_undo_what_was_spent_since(redis: queue.Redis) -> None:
    budget = SharedBudget(redis, SHOP)
    first, _ = await budget.reserve(1, 1.0)
    await budget.settle(first, Cost(1, Bucket(1000.0, 1000.0, 50.0), 1))
    early, _ = await budget.reserve(100, 1.0)
    late, _ = await budget.reserve(800, 1.0)
    await budget.settle(late, Cost(800, Bucket(1000.0, 100.0, 50.0), 800))
    await budget.settle(early, Cost(100, Bucket(1000.0, 900.0, 50.0), 100))
    assert (await budget.reserve(500, 1.0))[0] == ""


async def test_the_reservation_of_a_process_that_died_comes_back(
    redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "OPEN_FOR", 0.05)
    budget = SharedBudget(redis, SHOP)
    assert (await budget.reserve(1000, 1.0))[0]
    assert (await budget.reserve(600, 1.0))[0] == ""
    await asyncio.sleep(0.1)
    assert (await budget.reserve(600, 1.0))[0]


async def test_an_unanswered_request_counts_for_a_moment_longer(
    redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "DOUBTFUL_FOR", 0.05)
    budget = SharedBudget(redis, SHOP)
    reservation, _ = await budget.reserve(1000, 1.0)
    await budget.settle(reservation, None)
    assert (await budget.reserve(600, 1.0))[0] == ""
    await asyncio.sleep(0.1)
    assert (await budget.reserve(600, 1.0))[0]


async def test_without_redis_a_process_minds_its_own_bucket(servers_url: str) -> None:
    away = await queue.connect(servers_url)
    await away.aclose()
    away.connection_pool.connection_kwargs["path"] = "/nowhere/valkey.sock"
    away.connection_pool.reset()
    budget = SharedBudget(away, SHOP)
    reservation, wait = await budget.reserve(900, 1.0)
    assert (bool(reservation), wait) == (True, 0.0)
    assert (await budget.reserve(900, 1.0))[0] == ""
    await budget.settle(reservation, Cost(900, Bucket(2000.0, 1900.0, 100.0), 10))
    assert (await budget.reserve(900, 1.0))[0]


async def test_a_process_alone_learns_and_waits() -> None:
    budget = LocalBudget()
    reservation, _ = await budget.reserve(900, 1.0)
    assert (await budget.reserve(500, 1.0)) == ("", throttle.LOOKED_EVERY)
    await budget.settle(reservation, Cost(900, Bucket(2000.0, 100.0, 100.0), 900))
    assert (await budget.reserve(500, 1.0)) == ("", pytest.approx(4.0, abs=0.1))
    await budget.settle("unknown", None)
