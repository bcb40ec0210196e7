"""The ledger's days: made in time or late, never failing, never losing a row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import asyncpg
import pytest

from connector import deliveries
from connector.postgres import Pool
from tests.deliveries import NOON, envelope
from workers.batch import Batches

_ROWS = "select tableoid::regclass::text as name, count(*) from connector.deliveries group by 1"
_DAYS = "select relid::text as name from pg_partition_tree('connector.deliveries') where level = 1"


async def _rows_in(pool: Pool) -> dict[str, int]:
    found = await pool.fetch(_ROWS)
    return {row["name"].rpartition(".")[2]: row["count"] for row in found}


async def test_a_day_made_late_takes_the_rows_that_came_before_it(pool: Pool) -> None:
    assert await Batches(pool).settle([envelope("carts/create", {})]) == ["ignored"]
    assert await _rows_in(pool) == {"deliveries_other_days": 1}
    for _ in range(2):
        await deliveries.keep_days(pool, 7, NOON.date())
        assert await _rows_in(pool) == {"deliveries_20261120": 1}


async def test_only_days_beyond_retention_are_dropped(pool: Pool) -> None:
    await deliveries.keep_days(pool, 7, date(2026, 11, 1))
    await deliveries.keep_days(pool, 7, date(2026, 11, 10))
    days = await pool.fetch(_DAYS)
    names = {row["name"].rpartition("_")[2] for row in days}
    assert names == {"days", "20261103", "20261104", "20261109", *[f"202611{day}" for day in range(10, 14)]}


async def test_a_delivery_is_found_with_its_bytes_and_headers(pool: Pool) -> None:
    sent = envelope("carts/create", b'{"odd":  "spacing"}', other_headers={"X-Shopify-Test": "true"})
    await Batches(pool).settle([sent, sent])
    (found,) = await deliveries.find(pool, sent.webhook_id)
    assert found.envelope == sent
    assert (found.outcome, found.repeats) == ("ignored", 1)


async def test_a_long_reader_does_not_hold_the_writers_up(pool: Pool) -> None:
    async with pool.acquire() as reader:
        reading = reader.transaction()
        await reading.start()
        await reader.execute("select count(*) from connector.deliveries")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await deliveries.keep_days(pool, 7, NOON.date())
        await reading.rollback()
    assert await Batches(pool).settle([envelope("carts/create", {})]) == ["ignored"]
    await deliveries.keep_days(pool, 7, NOON.date())
    assert await _rows_in(pool) == {"deliveries_20261120": 1}


async def test_a_reader_is_no_matter_where_all_days_stand(pool: Pool) -> None:
    await deliveries.keep_days(pool, 7, NOON.date())
    async with pool.acquire() as reader, reader.transaction():
        await reader.execute("select count(*) from connector.deliveries")
        await deliveries.keep_days(pool, 7, NOON.date())


async def test_days_that_never_got_a_partition_are_forgotten_in_time(pool: Pool) -> None:
    old, kept = NOON - timedelta(days=8), NOON - timedelta(days=7)
    for moment in (old, kept):
        assert await Batches(pool).settle([envelope("carts/create", {}, triggered_at=moment)]) == ["ignored"]
    await deliveries.keep_days(pool, 7, NOON.date())
    assert await pool.fetchval("select min(triggered_at) from connector.deliveries") == kept


async def test_the_latest_are_listed_first_by_topic_and_outcome(pool: Pool) -> None:
    for topic in ("carts/create", "returns/close", "carts/create"):
        await Batches(pool).settle([envelope(topic, {})])
    listed = await deliveries.latest(pool, topic=None, outcome=None, limit=2)
    assert [row["topic"] for row in listed] == ["carts/create", "returns/close"]
    assert len(await deliveries.latest(pool, topic="carts/create", outcome=None, limit=9)) == 2
    assert len(await deliveries.latest(pool, topic=None, outcome="deferred", limit=9)) == 1


async def test_a_day_is_the_one_shopify_triggered_it_on_in_utc(pool: Pool) -> None:
    berlin = timezone(timedelta(hours=2))
    sent = envelope("carts/create", {}, triggered_at=datetime(2026, 11, 21, 1, 0, tzinfo=berlin))
    assert deliveries.key_of(sent, 1).triggered_on == date(2026, 11, 20)
    unsaid = envelope("carts/create", {}, triggered_at=None, received_at=datetime(2026, 11, 22, tzinfo=UTC))
    assert deliveries.key_of(unsaid, 1).triggered_on == date(2026, 11, 22)
