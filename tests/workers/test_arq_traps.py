"""What arq 0.28 would lose or delay, and that ours does not."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from connector import queue
from connector.embedded import Servers
from connector.envelope import Envelope
from connector.errors import Transient
from connector.postgres import Pool
from tests.deliveries import envelope
from tests.workers.processes import until
from workers import jobs, worker
from workers.main import make_worker

ROOT = Path(__file__).parents[2]


async def queued(redis: queue.Redis) -> list[str]:
    return [job.decode() for job in await redis.zrange(queue.QUEUE, 0, -1)]


async def settled(pool: Pool) -> int:
    return int(await pool.fetchval("select count(*) from connector.deliveries"))


def ignored() -> Envelope:
    return envelope("carts/create", {"cart": "secret-tea"})


async def test_only_a_returned_job_is_an_acknowledgement(
    redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def swallowed(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr(redis, "enqueue_job", swallowed)
    with pytest.raises(Transient, match="did not confirm"):
        await queue.put(redis, [ignored()])


async def test_a_job_of_a_weekend_ago_is_still_there_and_run(parts: jobs.Context) -> None:
    await queue.put(parts.redis, [ignored()])
    (job_id,) = await queued(parts.redis)
    key = f"arq:job:{job_id}"
    assert await parts.redis.pttl(key) > 60 * 86_400_000
    weekend = 3 * 86_400_000
    job = msgspec.msgpack.decode(await parts.redis.get(key))
    await parts.redis.set(key, msgspec.msgpack.encode(job | {"et": job["et"] - weekend}), keepttl=True)
    await parts.redis.zincrby(queue.QUEUE, -weekend, job_id)
    assert await make_worker(parts, burst=True).run_check() == 1
    assert await settled(parts.pool) == 1


@pytest.mark.parametrize("job", ["unknown function", "unreadable", "newer format"])
async def test_what_a_newer_release_wrote_waits_for_it(parts: jobs.Context, job: str) -> None:
    if job == "unknown function":
        await parts.redis.enqueue_job("refetch_everything", b"x")
    elif job == "newer format":
        await parts.redis.enqueue_job(queue.APPLY, b"E9 of the future")
    else:
        await parts.redis.enqueue_job(queue.APPLY, b"x")
        (job_id,) = await queued(parts.redis)
        await parts.redis.set(f"arq:job:{job_id}", b"\xc1 no msgpack", px=86_400_000)
    working = make_worker(parts)
    running = asyncio.create_task(working.async_run())
    await until(lambda: _value(working.jobs_retried), 5)
    await working.stop(1)
    await asyncio.gather(running, return_exceptions=True)
    (job_id,) = await queued(parts.redis)
    assert await parts.redis.exists(f"arq:job:{job_id}")
    assert await queue.deferred(parts.redis) == 1


async def _value(value: Any) -> Any:
    return value


async def test_nothing_of_a_job_is_kept_or_logged(
    parts: jobs.Context, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("arq").setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="arq")
    try:
        await queue.put(parts.redis, [ignored()])
        await make_worker(parts, burst=True).run_check()
    finally:
        logging.getLogger("arq").setLevel(logging.ERROR)
    assert "apply_deliveries" in caplog.text
    assert "bytes>" in caplog.text
    assert "secret-tea" not in caplog.text
    assert await parts.redis.keys("arq:result:*") == []
    assert await parts.redis.keys("arq:job:*") == []


async def test_a_job_goes_on_beyond_five_tries(parts: jobs.Context) -> None:
    await queue.put(parts.redis, [ignored()])
    (job_id,) = await queued(parts.redis)
    await parts.redis.set(f"arq:retry:{job_id}", 500)
    assert await make_worker(parts, burst=True).run_check() == 1
    assert await settled(parts.pool) == 1


async def test_a_wake_up_picks_a_job_up_long_before_the_poll(
    parts: jobs.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL", 60.0)
    working = make_worker(parts)
    running = asyncio.create_task(working.async_run())
    await until(lambda: _listening(parts.redis), 5)
    for count in range(1, 4):
        await queue.put(parts.redis, [ignored()])
        await until(lambda count=count: _equals(settled(parts.pool), count), 5)  # type: ignore[misc]
    await working.stop(1)
    await asyncio.gather(running, return_exceptions=True)


async def _listening(redis: queue.Redis) -> bool:
    return bool(dict(await redis.pubsub_numsub(queue.WAKE))[queue.WAKE.encode()])


async def _equals(found: Awaitable[int], expected: int) -> bool:
    return await found == expected


async def test_a_long_job_is_not_run_twice_while_its_worker_lives(
    parts: jobs.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LEASE", 0.4)
    monkeypatch.setattr(worker, "RENEW", 0.1)
    starts: list[str] = []
    let_go = asyncio.Event()

    async def held(ctx: dict[str, Any], payload: bytes) -> None:
        starts.append(ctx["job_id"])
        await let_go.wait()

    held.__qualname__ = queue.APPLY
    workers = [make_worker(parts), make_worker(parts)]
    for each in workers:
        each.functions[queue.APPLY] = worker.func(held, name=queue.APPLY)
    running = [asyncio.create_task(each.async_run()) for each in workers]
    await queue.put(parts.redis, [ignored()])
    lease_ends = time.monotonic() + 1.5
    await until(lambda: _value(time.monotonic() > lease_ends), 5)
    assert len(starts) == 1
    let_go.set()
    await until(lambda: _equals(queue.waiting(parts.redis), 0), 5)
    for each in workers:
        await each.stop(1)
    await asyncio.gather(*running, return_exceptions=True)
    assert len(starts) == 1


@pytest.fixture
def own_parts(own_store: jobs.Context) -> jobs.Context:
    """With room for one job at a time."""
    return replace(own_store, settings=own_store.settings.model_copy(update={"worker_max_jobs": 1}))


async def test_redis_may_go_away_and_come_back_again_and_again(own: Servers, own_parts: jobs.Context) -> None:
    assert own.redis
    working = make_worker(own_parts)
    running = asyncio.create_task(working.async_run())
    for count in range(1, 4):
        await queue.put(own_parts.redis, [ignored()])
        own.redis.kill()
        away_until = time.monotonic() + 0.7
        await until(lambda end=away_until: _value(time.monotonic() > end), 5)  # type: ignore[misc]
        assert not running.done()
        own.redis.start()
        await until(lambda count=count: _equals(settled(own_parts.pool), count), 15)  # type: ignore[misc]
    await until(lambda: _equals(queue.waiting(own_parts.redis), 0), 15)
    await until(lambda: _equals(_value(working.job_counter), 0), 5)
    await working.stop(1)
    await asyncio.gather(running, return_exceptions=True)


def start_worker(servers: Servers) -> subprocess.Popen[bytes]:
    """A real worker process."""
    env = {
        **os.environ,
        "CONNECTOR_POSTGRES_DSN": servers.postgres_dsn,
        "CONNECTOR_REDIS_URL": servers.redis_url,
        "CONNECTOR_LOG_LEVEL": "warning",
    }
    return subprocess.Popen([sys.executable, "-m", "workers.main"], env=env, cwd=ROOT)


async def _waits_for_a_lock(pool: Pool) -> bool:
    return bool(
        await pool.fetchval(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and pid <> pg_backend_pid()"
        )
    )


async def test_a_killed_workers_job_runs_again_within_15_seconds_exactly_once(
    own: Servers, own_parts: jobs.Context
) -> None:
    first = start_worker(own)
    blocker = await asyncpg.connect(own.postgres_dsn)
    lock = blocker.transaction()
    second = None
    try:
        await lock.start()
        await blocker.execute("lock table connector.products in access exclusive mode")
        product = {"id": 7, "title": "Tea", "updated_at": "2026-11-20T12:00:00Z"}
        await queue.put(own_parts.redis, [envelope("products/create", product)])
        await until(lambda: _waits_for_a_lock(own_parts.pool), 10)
        first.send_signal(signal.SIGKILL)
        first.wait()
        killed_at = time.monotonic()
        await lock.rollback()
        second = start_worker(own)
        await until(lambda: _equals(settled(own_parts.pool), 1), 15)
        assert time.monotonic() - killed_at < 15
        await until(lambda: _equals(queue.waiting(own_parts.redis), 0), 5)
        row = await own_parts.pool.fetchrow("select outcome, repeats from connector.deliveries")
        assert row is not None
        assert tuple(row) == ("applied", 0)
    finally:
        await blocker.close()
        for process in (first, second):
            if process and process.poll() is None:
                process.terminate()
                assert process.wait(10) == 0


async def test_sigterm_lets_the_running_job_finish(own: Servers, own_parts: jobs.Context) -> None:
    process = start_worker(own)
    blocker = await asyncpg.connect(own.postgres_dsn)
    lock = blocker.transaction()
    try:
        await lock.start()
        await blocker.execute("lock table connector.products in access exclusive mode")
        await queue.put(own_parts.redis, [envelope("products/create", {"id": 7, "updated_at": None})])
        await until(lambda: _waits_for_a_lock(own_parts.pool), 10)
        process.terminate()
        await lock.rollback()
        assert await asyncio.to_thread(process.wait, 10) == 0
        assert await settled(own_parts.pool) == 1
        assert await queue.waiting(own_parts.redis) == 0
    finally:
        await blocker.close()
        if process.poll() is None:
            process.kill()
            process.wait()
