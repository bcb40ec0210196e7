"""Whether work gets done: what waits and how long, what died, and whether all clocks tell the same time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from connector import queue
from connector.doctor.result import Found, Patient
from connector.postgres import blocks

#: A clock that is off by more orders events wrongly; seconds.
SKEWED, FAR_OFF = 3.0, 60.0
#: Webhooks are applied within milliseconds; seconds.
LATE, STUCK = 60.0, 600.0
#: A refetch waits for a second, and for Shopify when it is busy.
REFETCHED_WITHIN = timedelta(minutes=10)
_ASKED_WITHIN = aiohttp.ClientTimeout(total=10)
_NTP = "have the machine's clock set by NTP"

_SQL = blocks("connector.doctor", "work")


async def look_at_clocks(patient: Patient) -> AsyncIterator[Found]:
    """Shopify's, Redis's and Postgres's tell our time."""
    before = time.time()
    seconds, microseconds = await patient.redis.time()
    yield _compared("Redis", seconds + microseconds / 1e6, before, time.time())
    before = time.time()
    at = await patient.pool.fetchval("select clock_timestamp()")
    yield _compared("Postgres", at.timestamp(), before, time.time())
    for domain in patient.shops:
        origin = patient.config.shopify_origin or f"https://{domain}"
        before = time.time()
        try:
            async with patient.http.get(origin, allow_redirects=False, timeout=_ASKED_WITHIN) as answer:
                told = parsedate_to_datetime(answer.headers.get("Date", ""))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, TypeError):
            yield Found("skipped", "Shopify did not tell its time", shop=domain)
            continue
        # It tells whole seconds.
        found = _compared("Shopify", told.timestamp() + 0.5, before - 0.5, time.time() + 0.5)
        yield found._replace(shop=domain)
        return  # one shop's clock is every shop's


async def look_at_queue(patient: Patient) -> AsyncIterator[Found]:
    """Webhooks do not wait."""
    waiting, api = await queue.waiting(patient.redis), int(await patient.redis.zcard(queue.API_QUEUE))
    oldest = await patient.redis.zrange(queue.QUEUE, 0, 0, withscores=True)
    age = time.time() - oldest[0][1] / 1000 if oldest else 0.0
    if age > LATE:
        yield Found(
            "failed" if age > STUCK else "warning",
            f"{waiting} jobs of webhooks wait, the oldest for {age / 60:.0f} min",
            "see that `connector worker` (or `up`) runs, and what its log says",
        )
    else:
        yield Found("ok", f"{waiting} jobs of webhooks and {api} of the API wait, none for long")


async def look_at_dead_letters(patient: Patient) -> AsyncIterator[Found]:
    """None waits for an operator."""
    groups = await patient.pool.fetch(_SQL["dead_letters"])
    if not groups:
        yield Found("ok", "no dead letters")
        return
    total = sum(row["letters"] for row in groups)
    first = groups[0]
    words = f"{total} dead letters wait; most are {first['topic']}: {first['error']}"
    yield Found("warning", words, "connector dead-letters list, then show and replay")


async def look_at_refetches(patient: Patient) -> AsyncIterator[Found]:
    """What webhooks only announced was read."""
    late = await patient.pool.fetch(_SQL["overdue_refetches"], REFETCHED_WITHIN)
    for row in late:
        why = f": {row['error']}" if row["error"] else ""
        words = (
            f"{row['things']} things wait to be read from Shopify since {row['since']:%Y-%m-%d %H:%M}{why}"
        )
        yield Found("warning", words, "see that `connector worker` (or `up`) runs", row["shop"])
    if not late:
        yield Found("ok", "nothing waits long to be read from Shopify")


async def look_at_imports(patient: Patient) -> AsyncIterator[Found]:
    """Each shop was imported, and is compared with Shopify."""
    for row in await patient.pool.fetch(_SQL["imports"]):
        domain = row["shop"]
        match row["state"]:
            case None:
                mend = "start `connector up`: it imports by itself"
                yield Found("warning", "nothing was imported yet", mend, domain)
            case "failed":
                yield Found("failed", f"the import failed: {row['error']}", "connector sync all", domain)
            case state:
                yield Found("ok", f"the import of {row['started_at']:%Y-%m-%d} is {state}", shop=domain)
    every = timedelta(seconds=patient.config.reconcile_every)
    for row in await patient.pool.fetch(_SQL["compared"]):
        behind = datetime.now(UTC) - row["until"]
        if behind > 6 * every:
            words = f"the last comparison with Shopify reaches to {row['until']:%Y-%m-%d %H:%M} UTC only"
            yield Found("warning", words, "see that `connector worker` (or `up`) runs", row["shop"])


def _compared(whose: str, told: float, before: float, after: float) -> Found:
    off = max(before - told, told - after, 0.0)
    if off <= SKEWED:
        return Found("ok", f"{whose} and this machine tell the same time")
    ahead = "behind" if told > after else "ahead"
    state = Found("failed" if off > FAR_OFF else "warning", "")
    return state._replace(words=f"this machine's clock is {off:.0f} s {ahead} of {whose}'s", mend=_NTP)
