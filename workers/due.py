"""What is to be compared with Shopify now, by the clock or because somebody asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector import reconciles
from connector.postgres import Pool, blocks
from connector.reconciles import Kind, Reconciled
from connector.settings import Settings
from workers.comparisons import COMPARISONS, Comparison
from workers.reconcile import GRACE

_SQL = blocks("workers", "compare")

#: The shop sleeps at these hours of its own day.
NIGHT = range(2, 5)
FULL_EVERY = timedelta(hours=20)
FULL_AT_LAST = timedelta(hours=30)
#: Without webhooks, or where somebody asks, only Shopify's search is waited for.
GRACE_ALONE = timedelta(seconds=10)
#: A shop that nobody can deliver to lives from comparing alone; seconds.
ALONE_EVERY = 60.0
#: An outage is a pause of so many turns.
OUTAGE = 3


async def connected_shops(pool: Pool) -> list[int]:
    """The shops whose credentials are stored."""
    return [row["shop_id"] for row in await pool.fetch(_SQL["connected_shops"])]


class Due(NamedTuple):
    """One comparison to make."""

    comparison: Comparison
    kind: Kind
    #: How late a change may be for its webhook to be waited for.
    grace: timedelta


async def comparisons(pool: Pool, config: Settings, shop_id: int) -> list[Due]:
    """What is due; a family that was never imported is not."""
    every = timedelta(seconds=interval(config))
    night = await _is_night(pool, shop_id)
    now = datetime.now(UTC)
    wait = GRACE if config.public_url else GRACE_ALONE
    found: list[Due] = []
    for family, comparison in COMPARISONS.items():
        reached = await reconciles.reached(pool, shop_id, family)
        if reached.wanted:
            found.append(Due(comparison, reached.wanted, GRACE_ALONE))
        elif _rests(reached, now):
            continue
        elif _full_is_due(reached, now, night=night):
            found.append(Due(comparison, "full", wait))
        elif reached.until and now - reached.until > every + wait:
            late = now - reached.until > OUTAGE * every + wait
            found.append(Due(comparison, "outage" if late else "incremental", wait))
    return found


def _rests(reached: Reconciled, now: datetime) -> bool:
    """A family that was never imported, or could not be compared a while ago."""
    return reached.not_before > now if reached.not_before else reached.until is None


def _full_is_due(reached: Reconciled, now: datetime, *, night: bool) -> bool:
    """At night; by day where that did not happen, on a machine that is off at night."""
    if reached.full_at is None:
        return True
    return now - reached.full_at > (FULL_EVERY if night else FULL_AT_LAST)


def interval(config: Settings) -> float:
    """Seconds between two looks at what changed lately."""
    return config.reconcile_every if config.public_url else min(ALONE_EVERY, config.reconcile_every)


async def _is_night(pool: Pool, shop_id: int) -> bool:
    zone: Any = await pool.fetchval(_SQL["zone"], shop_id)
    try:
        return datetime.now(ZoneInfo(zone or "UTC")).hour in NIGHT
    except (ZoneInfoNotFoundError, ValueError):
        return datetime.now(UTC).hour in NIGHT
