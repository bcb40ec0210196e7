"""How many deliveries of each topic came in each hour, counted from the ledger and kept longer than it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from connector.postgres import Pool, blocks

#: What is usual is told from so many weeks.
KEPT = timedelta(days=28)

_SQL = blocks("connector", "heard")


class Hour(NamedTuple):
    """One hour of one topic in which something came."""

    shop: str
    topic: str
    hour: datetime
    deliveries: int
    last_at: datetime


async def count(pool: Pool) -> None:
    """Count what was settled since the last time; idempotent, and any process may."""
    await pool.execute(_SQL["count"])


async def forget(pool: Pool) -> None:
    """Drop the hours that are too old to tell what is usual."""
    await pool.execute(_SQL["forget"], KEPT)


async def last(pool: Pool, shop_id: int) -> dict[str, datetime]:
    """When each topic was last delivered to us, of those that were."""
    await count(pool)
    return {row["topic"]: row["last_at"] for row in await pool.fetch(_SQL["last"], shop_id)}


async def hours(pool: Pool, shop_id: int | None = None) -> list[Hour]:
    """The hours in which something came, by shop and topic, of one shop if given."""
    await count(pool)
    return [Hour(*row) for row in await pool.fetch(_SQL["hours"], KEPT, shop_id)]
