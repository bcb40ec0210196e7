"""The arq functions, the one broad except, and the one log line per attempt."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, NamedTuple, TypeVar

import msgspec
from arq import Retry

from connector import deliveries, history, log, queue
from connector.deliveries import Outcome
from connector.envelope import Envelope, UnknownFormat, decode
from connector.errors import Transient
from connector.group_commit import GroupCommit
from connector.postgres import Pool
from connector.queue import Opaque
from connector.settings import Settings
from workers import policy
from workers.batch import Batches
from workers.policy import Rule

T = TypeVar("T")
Job = Callable[..., Coroutine[Any, Any, None]]
logger = log.get("worker")

#: Shorter than arq's own limit, which would end the job and lose it.
TIME_LIMIT = 240.0
ARQ_TIME_LIMIT = 300.0
NEWER_WORKER_DELAY = 30.0
#: The function of the API's queue that reads anew what webhooks told had changed.
REFETCH = "refetch"
#: A burst of webhooks settles before it runs; seconds.
SETTLED = 1.0


@dataclass(frozen=True, slots=True)
class Context:
    """What a worker's jobs work with; made once per process."""

    settings: Settings
    pool: Pool
    redis: queue.Redis
    batches: Batches
    group: GroupCommit[Envelope, Outcome]


def context(settings: Settings, pool: Pool, redis: queue.Redis) -> Context:
    """Put a worker's parts together."""

    calling: dict[int, asyncio.Task[None]] = {}

    async def call(shop_id: int) -> None:
        with contextlib.suppress(Transient):  # the schedule finds what waits
            await queue.call(redis, REFETCH, shop_id, delay=SETTLED)

    async def wake(shop_id: int) -> None:
        # The next batch does not wait for Redis to hear of it.
        if shop_id not in calling or calling[shop_id].done():
            calling[shop_id] = asyncio.create_task(call(shop_id))

    batches = Batches(pool, wake)

    async def settle(envelopes: Sequence[Envelope]) -> list[Outcome]:
        return await _settle(settings, redis, batches, envelopes)

    group: GroupCommit[Envelope, Outcome] = GroupCommit(
        settle, max_items=settings.batch_max_deliveries, max_bytes=settings.batch_max_bytes
    )
    return Context(settings, pool, redis, batches, group)


def lasting(job: Job) -> Job:
    """A job that only success ends: arq deletes one that raised anything but Retry.

    What raises here is a bug, or arguments of a newer release.
    """

    @wraps(job)
    async def run(ctx: dict[str, Any], *given: Any, **named: Any) -> None:
        async def whole() -> None:
            await job(ctx, *given, **named)

        ended = await attempt(whole())
        if ended is None:
            return
        if isinstance(ended.error, Retry):
            raise ended.error
        wait = policy.delay(ended.rule, ctx["job_try"])
        logger.error("a job raised", job=ctx["job_id"], error=type(ended.error).__name__, retry_in=wait)
        raise Retry(defer=wait) from ended.error

    return run


@lasting
async def apply_deliveries(ctx: dict[str, Any], payload: bytes) -> None:
    """Settle the deliveries of one job; raises only Retry, so that arq never loses it."""
    parts: Context = ctx["context"]
    started = time.perf_counter()
    try:
        envelopes = decode(payload)
    except UnknownFormat as error:
        logger.warning("left for a newer worker", job=ctx["job_id"], error=str(error))
        raise Retry(defer=NEWER_WORKER_DELAY) from None
    size = sum(len(envelope.body) for envelope in envelopes)
    outcomes = await attempt(asyncio.wait_for(parts.group.put(envelopes, size), TIME_LIMIT))
    if isinstance(outcomes, Failed):
        wait = policy.delay(outcomes.rule, ctx["job_try"])
        logger.warning(
            "held back",
            job=ctx["job_id"],
            deliveries=len(envelopes),
            error=str(outcomes.error) or type(outcomes.error).__name__,
            retry_in=round(wait, 1),
        )
        raise Retry(defer=wait)
    logger.info(
        "settled",
        job=ctx["job_id"],
        deliveries=len(envelopes),
        milliseconds=round((time.perf_counter() - started) * 1000, 1),
        outcomes=dict(Counter(outcomes)),
    )


@lasting
async def unreadable(ctx: dict[str, Any], payload: Opaque) -> None:
    """A job that this release cannot read waits for one that can; arq would delete it."""
    logger.error("an unreadable job waits", job=ctx["job_id"], size=len(payload))
    raise Retry(defer=NEWER_WORKER_DELAY)


async def keep_days(ctx: dict[str, Any]) -> None:
    """Have the days to come of ledger and history, drop those beyond retention; else in an hour again."""
    parts: Context = ctx["context"]
    today = datetime.now(UTC).date()
    for keep in (deliveries.keep_days, history.keep_days):
        kept = await attempt(keep(parts.pool, parts.settings.retention_days, today))
        if kept is not None:
            logger.warning("the ledger's days wait for the next hour", error=type(kept.error).__name__)


class Failed(NamedTuple):
    """An attempt that raised, and the rule that decides what that means."""

    error: Exception
    rule: Rule


async def attempt(work: Awaitable[T]) -> T | Failed:
    """What the work returns, or how it failed and what that means."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001  every error has a rule
        return Failed(error, policy.rule_for(error))


async def _settle(
    settings: Settings, redis: queue.Redis, batches: Batches, envelopes: Sequence[Envelope]
) -> list[Outcome]:
    """Settle a batch; one that fails on data is halved until each bad delivery stands alone.

    Raises Transient when something is away; what was settled before that is settled.
    """
    outcomes = await attempt(batches.settle(envelopes))
    if not isinstance(outcomes, Failed):
        return outcomes
    if outcomes.rule.kind == "transient":
        raise Transient(type(outcomes.error).__name__) from outcomes.error
    if len(envelopes) > 1:
        middle = len(envelopes) // 2
        return [
            *await _settle(settings, redis, batches, envelopes[:middle]),
            *await _settle(settings, redis, batches, envelopes[middle:]),
        ]
    return [await _set_aside(settings, redis, batches, envelopes[0], outcomes)]


async def _set_aside(
    settings: Settings, redis: queue.Redis, batches: Batches, envelope: Envelope, failed: Failed
) -> Outcome:
    """A delivery that fails alone: later again while it is suspect, else to the dead letters."""
    tries = envelope.attempts + 1
    failure = policy.describe(failed.error, failed.rule)
    retries = failed.rule.kind == "suspect" and tries < settings.suspect_attempts
    wait = policy.delay(failed.rule, tries)
    logger.warning(
        "delivery failed",
        webhook_id=envelope.webhook_id,
        topic=envelope.topic,
        error=failure.error,
        attempt=tries,
        next=f"again in {wait:.1f} s" if retries else "dead letters",
    )
    if retries:
        await queue.put(redis, [msgspec.structs.replace(envelope, attempts=tries)], delay=wait)
        return "retried"
    buried = await attempt(batches.bury(envelope, failure))
    if isinstance(buried, Failed):
        raise Transient(type(buried.error).__name__) from buried.error
    return "dead"
