"""Servers and workers of a test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector import migrate, postgres, queue, shops
from connector.embedded import Servers
from tests.conftest import SHOP, make_settings
from tests.servers import servers_of_its_own
from tests.workers.processes import WorkerProcess
from workers import jobs


@pytest.fixture
def own() -> Iterator[Servers]:
    with servers_of_its_own() as running:
        yield running


@pytest.fixture
async def own_store(own: Servers) -> AsyncIterator[jobs.Context]:
    """Connections to a test's own servers, migrated and with a shop."""
    pool = await postgres.connect(own.postgres_dsn)
    await migrate.migrate(pool)
    await shops.add(pool, SHOP)
    redis = await queue.connect(own.redis_url)
    yield jobs.context(make_settings(own, own.postgres_dsn), pool, redis)
    await redis.aclose()
    await pool.close()


@pytest.fixture
def start(own: Servers, own_store: jobs.Context, tmp_path: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """Starts worker processes at the test's own servers, by settings; kills them at the end."""
    started: list[WorkerProcess] = []

    def start(*, stderr: int | None = None, **changed: Any) -> WorkerProcess:
        settings = make_settings(own, own.postgres_dsn, **changed)
        started.append(WorkerProcess(settings, tmp_path, stderr=stderr))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
