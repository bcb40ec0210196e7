"""The ledger's days: made in time or late, never failing, never losing a row."""

from __future__ import annotations

from datetime import date

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
