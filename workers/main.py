"""The worker processes: `python -m workers.main [api]`, started by `connector worker`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import aiohttp
import uvloop
from arq.cron import CronJob

from connector import connected, log, migrate, postgres, queue, settings
from connector.errors import ConfigurationError
from connector.settings import Settings
from workers import jobs
from workers.api import FUNCTIONS, Api
from workers.commands import jobs as tills
from workers.schedule import API_SCHEDULE, SCHEDULE
from workers.worker import SafeWorker

logger = log.get("worker")

BEHIND_THE_INGRESS, BEHIND_THE_WEBHOOKS = 5, 10
#: Jobs of the API's queue at once: an import of one shop does not hold up the refetches of another.
API_JOBS = 8
#: What an orderly goodbye to Postgres may take; seconds.
CLOSING = 0.5


async def run(config: Settings, *, api: bool = False, burst: bool = False) -> None:
    """Work until SIGTERM or SIGINT, then finish what runs; raises ConfigurationError if it cannot start.

    With ``api`` what is asked of Shopify is worked on, else webhooks. In ``burst`` mode it ends when nothing
    is left to do.
    """
    if config.postgres_dsn is None or config.redis_url is None:
        raise ConfigurationError("CONNECTOR_POSTGRES_DSN and CONNECTOR_REDIS_URL must be set for a worker")
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    pool = await postgres.connect(config.postgres_dsn.get_secret_value(), size=24 if api else 4)
    await migrate.require_current(pool)
    redis = await queue.connect(config.redis_url.get_secret_value())
    await connected.begin(config, pool, redis)
    for warning in await queue.check_persistence(redis):
        logger.warning(warning)
    async with aiohttp.ClientSession() as http:
        if api:
            worker = make_api_worker(Api(config, pool, redis, http), burst=burst)
        else:
            parts = jobs.context(config, pool, redis)
            await jobs.keep_days({"context": parts})
            worker = make_worker(parts, burst=burst)
        await _work(worker, stopped, config.shutdown_timeout)
    await redis.aclose()
    # A transaction of a job that was handed back may wait for a lock; its connection is not waited for.
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(pool.close(), CLOSING)


async def _work(worker: SafeWorker, stopped: asyncio.Event, grace: float) -> None:
    working = asyncio.create_task(worker.async_run())
    logger.info("working", queue=worker.queue_name, jobs_at_once=worker.max_jobs)
    ended = asyncio.create_task(stopped.wait())
    await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
    await worker.stop(grace)
    ended.cancel()
    if not stopped.is_set():
        await working


def make_worker(parts: jobs.Context, *, burst: bool = False) -> SafeWorker:
    """A worker that applies webhooks; in burst mode it ends when the queue is empty."""
    return _worker(
        [jobs.apply_deliveries, jobs.unreadable],
        parts.redis,
        queue.QUEUE,
        SCHEDULE,
        {"context": parts},
        max_jobs=parts.settings.worker_max_jobs,
        burst=burst,
    )


def make_api_worker(parts: Api, *, burst: bool = False) -> SafeWorker:
    """A worker for what is asked of Shopify."""
    return _worker(
        [*FUNCTIONS, *tills.FUNCTIONS, jobs.unreadable],
        parts.redis,
        queue.API_QUEUE,
        [] if burst else API_SCHEDULE,
        {"api": parts},
        max_jobs=API_JOBS,
        burst=burst,
    )


def _worker(
    functions: Sequence[Any],
    redis: queue.Redis,
    name: str,
    schedule: Sequence[CronJob],
    ctx: dict[str, Any],
    *,
    max_jobs: int,
    burst: bool,
) -> SafeWorker:
    return SafeWorker(
        functions,
        redis_pool=redis,
        queue_name=name,
        cron_jobs=schedule,
        ctx=ctx,
        max_jobs=max_jobs,
        job_timeout=jobs.ARQ_TIME_LIMIT,
        job_serializer=queue.serialize,
        job_deserializer=queue.deserialize,
        expires_extra_ms=int(queue.KEPT.total_seconds() * 1000),
        burst=burst,
    )


def main() -> int:
    """Run a worker process; returns its exit code."""
    try:
        config = settings.load()
        log.configure(config)
        # Where both want one CPU, acknowledging goes before applying: Shopify waits five seconds.
        api, burst = "api" in sys.argv[1:], "burst" in sys.argv[1:]
        os.nice(BEHIND_THE_WEBHOOKS if api else BEHIND_THE_INGRESS)
        uvloop.run(run(config, api=api, burst=burst))
    except ConfigurationError as error:
        print(f"connector worker: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
