"""Worker processes in bad times, and the moments in which a job could be lost, doubled or put off."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import arq
import pytest
from arq.constants import in_progress_key_prefix

from connector import queue
from connector.embedded import Servers
from connector.envelope import Envelope
from connector.errors import Transient
from connector.postgres import Pool
from tests.deliveries import envelope, stamp
from tests.workers.processes import WorkerProcess, passed, products_locked, until
from workers import jobs, worker
from workers.batch import Batches
from workers.main import make_worker
from workers.worker import SafeWorker

Start = Callable[..., WorkerProcess]
WEEKEND_MS = 3 * 86_400_000


def product(number: int) -> Envelope:
    return envelope("products/update", {"id": number, "title": "Tea", "updated_at": stamp(0)})


def ignored() -> Envelope:
    return envelope("carts/create", {})


async def settled(pool: Pool) -> list[tuple[str, int]]:
    rows = await pool.fetch("select outcome, repeats from connector.deliveries order by settled_at")
    return [tuple(row) for row in rows]


async def job_ids(redis: queue.Redis) -> list[str]:
    return [job_id.decode() for job_id in await redis.zrange(queue.QUEUE, 0, -1)]


async def waits_for_a_lock(pool: Pool) -> bool:
    waiting = "select exists (select from pg_stat_activity where wait_event_type = 'Lock')"
    return bool(await pool.fetchval(waiting))


async def nothing_waits(redis: queue.Redis) -> bool:
    return await queue.waiting(redis) == 0


@asynccontextmanager
async def working(parts: jobs.Context) -> AsyncIterator[SafeWorker]:
    """A worker in this process that listens."""
    taking = make_worker(parts)
    running = asyncio.create_task(taking.async_run())

    async def listens() -> bool:
        return bool(dict(await parts.redis.pubsub_numsub(queue.WAKE))[queue.WAKE.encode()])

    await until(listens)
    try:
        yield taking
    finally:
        await taking.stop(2)
        await asyncio.gather(running, return_exceptions=True)


# Worker processes


async def test_a_job_that_ends_while_redis_is_away_leaves_the_queue_when_it_is_back(
    own: Servers, own_store: jobs.Context, start: Start
) -> None:
    assert own.redis
    process = await start(worker_max_jobs=1).working()
    for count, outage in enumerate([0.5, 5.0, 0.5], start=1):
        async with products_locked(own.postgres_dsn):
            await queue.put(own_store.redis, [product(count)])
            await until(lambda: waits_for_a_lock(own_store.pool))
            own.redis.stop()
        await until(lambda: process.said("settled")[count - 1 :])  # noqa: B023
        await passed(outage)
        assert process.lives
        own.redis.start()
        await until(lambda: nothing_waits(own_store.redis), 15)
        # Its one slot is free again.
        assert await settled(own_store.pool) == [("applied", 0)] * count
    assert await process.end(within=5) == 0


async def test_postgres_may_go_away_in_the_middle_of_a_job(
    own: Servers, own_store: jobs.Context, start: Start
) -> None:
    assert own.postgres
    process = await start(worker_max_jobs=1).working()
    async with products_locked(own.postgres_dsn):
        await queue.put(own_store.redis, [product(1)])
        await until(lambda: waits_for_a_lock(own_store.pool))
        own.postgres.kill()
    await until(lambda: len(process.said("held back")) > 1, 15)
    own.postgres.start()
    await until(lambda: nothing_waits(own_store.redis), 20)
    assert await settled(own_store.pool) == [("applied", 0)]
    assert await own_store.pool.fetchval("select count(*) from connector.dead_letters") == 0
    assert process.lives


async def test_a_job_that_outlasts_the_grace_is_handed_back(
    own: Servers, own_store: jobs.Context, start: Start
) -> None:
    first = await start(shutdown_timeout=0.5).working()
    async with products_locked(own.postgres_dsn):
        await queue.put(own_store.redis, [product(1)])
        await until(lambda: waits_for_a_lock(own_store.pool))
        assert await first.end(within=3) == 0
        (job_id,) = await job_ids(own_store.redis)
        assert not await own_store.redis.exists(in_progress_key_prefix + job_id)
        second = await start().working()
        await until(lambda: waits_for_a_lock(own_store.pool), worker.LEASE / 3)
    await until(lambda: nothing_waits(own_store.redis))
    assert await settled(own_store.pool) == [("applied", 0)]
    assert len(second.said("settled")) == 1


async def test_a_worker_ends_in_time_though_redis_is_away(
    own: Servers, own_store: jobs.Context, start: Start
) -> None:
    assert own.redis
    process = await start(shutdown_timeout=0.5).working()
    async with products_locked(own.postgres_dsn):
        await queue.put(own_store.redis, [product(1)])
        await until(lambda: waits_for_a_lock(own_store.pool))
        own.redis.stop()
        assert await process.end(within=4) == 0
    own.redis.start()
    assert await queue.waiting(own_store.redis) == 1
    assert await settled(own_store.pool) == []


async def test_a_job_survives_that_nobody_reads_the_log_any_more(
    own: Servers, own_store: jobs.Context, start: Start
) -> None:
    reading, writing = os.pipe()
    process = start(stderr=writing)
    os.close(writing)
    with os.fdopen(reading) as log:
        assert "working" in await asyncio.to_thread(log.readline)
    async with products_locked(own.postgres_dsn) as other:
        await queue.put(own_store.redis, [product(1)])
        await until(lambda: waits_for_a_lock(own_store.pool))
        await other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'"
        )
    await until(lambda: nothing_waits(own_store.redis))
    assert await settled(own_store.pool) == [("applied", 0)]
    assert process.lives


# Moments


async def test_a_job_that_comes_during_a_poll_does_not_wait_for_the_next(
    parts: jobs.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL", 60.0)
    reads = parts.redis.zrangebyscore
    async with working(parts) as taking:

        async def reads_just_before_it_comes(*args: Any, **named: Any) -> Any:
            monkeypatch.setattr(parts.redis, "zrangebyscore", reads)
            found = await reads(*args, **named)
            await queue.put(parts.redis, [ignored()])
            await until(taking._woken.is_set)
            return found

        monkeypatch.setattr(parts.redis, "zrangebyscore", reads_just_before_it_comes)
        taking._woken.set()
        await until(lambda: settled(parts.pool), 5)


async def test_a_job_whose_wake_up_was_lost_is_found_by_the_poll(parts: jobs.Context) -> None:
    async with working(parts):
        await parts.redis.enqueue_job(queue.APPLY, queue.encode([ignored()]))
        await until(lambda: settled(parts.pool), 5)


async def test_a_job_that_was_being_claimed_at_the_end_is_finished(
    parts: jobs.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = SafeWorker._claim
    claiming, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(self: SafeWorker, job_ids: list[str]) -> Any:
        claimed = await claims(self, job_ids)
        claiming.set()
        await go_on.wait()
        return claimed

    monkeypatch.setattr(SafeWorker, "_claim", slowly)
    async with working(parts) as taking:
        await queue.put(parts.redis, [ignored()])
        await claiming.wait()
        ending = asyncio.create_task(taking.stop(2))
        await asyncio.sleep(0)
        go_on.set()
        await ending
        assert await settled(parts.pool) == [("ignored", 0)]
        assert await nothing_waits(parts.redis)


async def test_a_running_job_that_lost_its_lease_is_not_started_beside_itself(
    parts: jobs.Context, dsn: str
) -> None:
    async with working(parts) as taking:
        async with products_locked(dsn):
            await queue.put(parts.redis, [product(1)])
            await until(lambda: waits_for_a_lock(parts.pool))
            (job_id,) = await job_ids(parts.redis)
            await parts.redis.delete(in_progress_key_prefix + job_id)
            # Another job shows that the queue was read again.
            await queue.put(parts.redis, [ignored()])
            await until(lambda: taking.job_counter > 1)
            await passed(2 * worker.POLL)
            assert taking.job_counter == 2
        await until(lambda: nothing_waits(parts.redis))
    assert {repeats for _, repeats in await settled(parts.pool)} == {0}


async def test_putting_an_old_job_off_twice_does_not_put_it_off_by_its_age(
    parts: jobs.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    finishes = arq.Worker.finish_job
    finished: list[bool] = []

    async def whose_answer_is_lost(self: arq.Worker, *args: Any) -> None:
        await finishes(self, *args)
        finished.append(True)
        if len(finished) == 1:
            raise ConnectionError

    async def away(self: Batches, envelopes: Any) -> Any:
        raise Transient("away")

    monkeypatch.setattr(arq.Worker, "finish_job", whose_answer_is_lost)
    monkeypatch.setattr(Batches, "settle", away)
    await queue.put(parts.redis, [ignored()])
    (job_id,) = await job_ids(parts.redis)
    await parts.redis.zincrby(queue.QUEUE, -WEEKEND_MS, job_id)
    async with working(parts):
        await until(lambda: len(finished) >= 2)
    score = await parts.redis.zscore(queue.QUEUE, job_id)
    assert score is not None
    assert abs(score - time.time() * 1000) < 5_000


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [("refetch", (b"x",), {"shop": 1}), (queue.APPLY, (b"E1", b"more"), {}), (queue.APPLY, (), {"new": b""})],
    ids=["unknown function", "more arguments", "other names"],
)
async def test_a_call_of_a_newer_release_waits_for_it(
    parts: jobs.Context, function: str, arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    await parts.redis.enqueue_job(function, *arguments, **named)
    async with working(parts) as taking:
        await until(lambda: taking.jobs_retried)
    (job_id,) = await job_ids(parts.redis)
    assert await parts.redis.exists(f"arq:job:{job_id}")
    assert await queue.deferred(parts.redis) == 1


async def test_the_ledgers_days_are_kept_by_the_clock(parts: jobs.Context) -> None:
    async with working(parts) as taking:
        await until(lambda: taking.cron_jobs[0].next_run)
        taking.cron_jobs[0].next_run = datetime.now(UTC)
        today = f"connector.deliveries_{datetime.now(UTC):%Y%m%d}"
        await until(lambda: parts.pool.fetchval("select to_regclass($1) is not null", today))
