"""How the connector is doing: what waits, what became of deliveries, how late rows are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from connector import queue
from connector.postgres import Pool, blocks

VIEWS = (
    "products",
    "variants",
    "collections",
    "collection_products",
    "locations",
    "inventory",
    "orders",
    "order_lines",
    "pickups",
    "returns",
    "refunds",
    "customers",
)

#: Views that are worked out of all rows: nothing counts them in passing.
REPORTS = ("duplicate_codes", "till_inventory", "till_order_lines", "till_pickups", "till_returns")

_SQL = blocks("connector", "status")


class Lag(msgspec.Struct, frozen=True):
    """Milliseconds, half and nearly all of the deliveries of a span; None where there were none."""

    p50: float | None
    p99: float | None


class Status(msgspec.Struct, frozen=True):
    """One look; ``lag`` runs from the ingress to the row, ``lag_from_trigger`` from Shopify's own clock."""

    waiting_jobs: int
    outcomes: dict[str, int]
    repeats: int
    retrying: int
    dead_letters: int
    lag: Lag
    lag_from_trigger: Lag
    last_delivery_at: datetime | None


async def look(pool: Pool, redis: queue.Redis, *, since: timedelta = timedelta(hours=1)) -> Status:
    """Counts and lags over the deliveries settled in the last ``since``."""
    row = await pool.fetchrow(_SQL["look"], since)
    assert row is not None
    outcomes = {entry["outcome"]: entry["deliveries"] for entry in await pool.fetch(_SQL["outcomes"], since)}
    return Status(
        waiting_jobs=await queue.waiting(redis),
        outcomes=outcomes,
        repeats=row["repeats"],
        retrying=await queue.deferred(redis),
        dead_letters=row["dead_letters"],
        lag=Lag(row["lag_p50"], row["lag_p99"]),
        lag_from_trigger=Lag(row["trigger_lag_p50"], row["trigger_lag_p99"]),
        last_delivery_at=row["last_delivery_at"],
    )


async def rows_of(pool: Pool, view: str) -> list[dict[str, Any]]:
    """All rows of one of the POS's views."""
    return [dict(row) for row in await pool.fetch(_SQL["rows"].format(view=view))]


async def rows_per_view(pool: Pool) -> dict[str, int]:
    """How many rows each of the POS's views holds."""
    return {view: await pool.fetchval(_SQL["count"].format(view=view)) for view in VIEWS}
