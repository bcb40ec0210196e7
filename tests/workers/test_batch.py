"""Batches side by side: several workers, the same deliveries, in any order."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest

from connector import deliveries, postgres
from connector.envelope import Envelope
from connector.postgres import Pool
from tests.deliveries import NOON, envelope, stamp
from workers import policy
from workers.batch import Batches

TOPICS = ("products/update", "inventory_levels/update", "carts/create", "returns/close", "products/delete")


def some(count: int, chance: random.Random) -> list[Envelope]:
    """Deliveries of a few rows, of all that can become of one, and some that are no JSON or of no shop."""
    made = []
    for number in range(count):
        topic = chance.choice(TOPICS)
        payload = {
            "id": number % 5 + 1,
            "inventory_item_id": number % 5 + 1,
            "location_id": 1,
            "available": number,
            "title": f"Tea {number}",
            "updated_at": stamp(number),
        }
        if number % 10 == 9:
            made.append(envelope(topic, payload, at=number, shop="stranger.myshopify.com"))
        elif number % 10 == 8:
            made.append(envelope("products/update", b"{", at=number))
        else:
            made.append(envelope(topic, payload, at=number))
    return made


async def settle_in_parts(pool: Pool, batch: list[Envelope], chance: random.Random) -> Counter[str]:
    """As one worker does: shuffled, a few at a time, again where a neighbour was in the way."""
    told: Counter[str] = Counter()
    shuffled = chance.sample(batch, len(batch))
    batches = Batches(pool)
    while shuffled:
        size = chance.randint(1, 12)
        while True:
            try:
                told.update(await batches.settle(shuffled[:size]))
                break
            except Exception as error:
                if policy.rule_for(error).kind != "transient":
                    raise
        shuffled = shuffled[size:]
    return told


async def deadlocks(pool: Pool) -> int:
    # Backends tell their counts when they have been idle for a second, or are asked to.
    return int(
        await pool.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    )


@pytest.mark.parametrize("seed", range(3))
async def test_several_workers_settle_the_same_deliveries_once(pool: Pool, dsn: str, seed: int) -> None:
    chance = random.Random(seed)
    batch = some(120, chance)
    pools = [await postgres.connect(dsn, size=1) for _ in range(3)]
    told = await asyncio.gather(*[settle_in_parts(each, batch, chance) for each in pools])
    for each in pools:
        await each.close()  # and so tell what they counted
    strangers = sum(delivery.shop.startswith("stranger") for delivery in batch)
    known = len(batch) - strangers
    together = sum(told, Counter())
    assert together["duplicate"] == 2 * known
    assert await pool.fetchval("select count(*) from connector.deliveries") == known
    assert await pool.fetchval("select sum(repeats) from connector.deliveries") == 2 * known
    assert await pool.fetchval("select count(*) from connector.dead_letters") == strangers + 12
    assert await deadlocks(pool) == 0
    # The newest delivery of each row stands, whoever came first.
    for item in range(1, 6):
        levels = [
            delivery
            for delivery in batch
            if delivery.topic == "inventory_levels/update"
            and not delivery.shop.startswith("stranger")
            and f'"id":{item},'.encode() in delivery.body
        ]
        found = await pool.fetchval("select available from pos.inventory where inventory_item_id = $1", item)
        newest = max(levels, key=lambda delivery: delivery.moment, default=None)
        assert (newest is None and found is None) or f'"available":{found},'.encode() in newest.body  # type: ignore[union-attr]


async def test_days_are_made_and_dropped_among_writers(pool: Pool, dsn: str) -> None:
    days = 12
    batch = [
        envelope(
            "carts/create",
            {},
            triggered_at=NOON + timedelta(days=number % days),
            received_at=NOON + timedelta(days=number % days),
        )
        for number in range(240)
    ]
    chance = random.Random(1)
    pools = [await postgres.connect(dsn, size=1) for _ in range(2)]
    writing = [asyncio.create_task(settle_in_parts(each, batch, chance)) for each in pools]

    async def keep() -> None:
        day = 0
        while not all(task.done() for task in writing) or day < days:
            today = (NOON + timedelta(days=min(day, days))).date()
            await asyncio.gather(*[deliveries.keep_days(each, 400, today) for each in (pool, pool)])
            day += 1

    await keep()
    told = sum([await task for task in writing], Counter())
    for each in pools:
        await each.close()
    assert told == {"ignored": 240, "duplicate": 240}
    assert await pool.fetchval("select count(*) from connector.deliveries") == 240
    assert await pool.fetchval("select count(*) from only connector.deliveries_other_days") == 0
    assert await deadlocks(pool) == 0
