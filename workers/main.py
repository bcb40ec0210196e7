"""The worker process: `python -m workers.main`, started by `connector worker`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys

import uvloop

from connector import connected, log, migrate, postgres, queue, settings
from connector.errors import ConfigurationError
from connector.settings import Settings
from workers import jobs
from workers.schedule import SCHEDULE
from workers.worker import SafeWorker

logger = log.get("worker")

BEHIND_THE_INGRESS = 5
#: What an orderly goodbye to Postgres may take; seconds.
CLOSING = 0.5


async def run(config: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what runs; raises ConfigurationError if it cannot start."""
    if config.postgres_dsn is None or config.redis_url is None:
        raise ConfigurationError("CONNECTOR_POSTGRES_DSN and CONNECTOR_REDIS_URL must be set for a worker")
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    pool = await postgres.connect(config.postgres_dsn.get_secret_value())
    await migrate.require_current(pool)
    redis = await queue.connect(config.redis_url.get_secret_value())
    await connected.begin(config, pool, redis)
    for warning in await queue.check_persistence(redis):
        logger.warning(warning)
    parts = jobs.context(config, pool, redis)
    await jobs.keep_days({"context": parts})
    worker = make_worker(parts)
    working = asyncio.create_task(worker.async_run())
    logger.info("working", jobs_at_once=config.worker_max_jobs)
    ended = asyncio.create_task(stopped.wait())
    await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
    await worker.stop(config.shutdown_timeout)
    await redis.aclose()
    # A transaction of a job that was handed back may wait for a lock; its connection is not waited for.
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(pool.close(), CLOSING)
    if not stopped.is_set():
        await working


def make_worker(parts: jobs.Context, *, burst: bool = False) -> SafeWorker:
    """A worker with all of its functions; in burst mode it ends when the queue is empty."""
    return SafeWorker(
        [jobs.apply_deliveries, jobs.unreadable],
        redis_pool=parts.redis,
        queue_name=queue.QUEUE,
        cron_jobs=SCHEDULE,
        ctx={"context": parts},
        max_jobs=parts.settings.worker_max_jobs,
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
        os.nice(BEHIND_THE_INGRESS)
        uvloop.run(run(config))
    except ConfigurationError as error:
        print(f"connector worker: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
