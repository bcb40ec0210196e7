"""A real Postgres and a real Redis for the whole suite, from the binaries that users get."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import hypothesis
import pytest

from connector import log, migrate, postgres, queue, shops
from connector.embedded import Servers
from connector.postgres import Pool
from connector.settings import Settings
from tests.servers import servers_of_its_own
from workers import jobs

SHOP = "corner-shop.myshopify.com"
SECRET = "hush"

# Examples that failed are not kept: where they were kept, another account may have no way in.
hypothesis.settings.register_profile("suite", database=None, deadline=None)
hypothesis.settings.load_profile("suite")

log.configure(Settings(_env_file=None, log_level="error"))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with servers_of_its_own("the test suite") as running:
        yield running


@pytest.fixture(scope="session")
def migrated(servers: Servers) -> str:
    """A database with the schema, to be copied: migrating once is enough."""

    async def prepare() -> str:
        dsn = await _create(servers.postgres_dsn, "migrated")
        pool = await postgres.connect(dsn)
        await migrate.migrate(pool)
        await pool.close()
        return "migrated"

    return asyncio.run(prepare())


@pytest.fixture
async def dsn(servers: Servers, migrated: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A database of this test's own."""
    name = f"test_{abs(hash(request.node.nodeid)) % 10**12}"
    yield await _create(servers.postgres_dsn, name, template=migrated)
    await _drop(servers.postgres_dsn, name)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    pool = await postgres.connect(dsn, size=8)
    await shops.add(pool, SHOP)
    yield pool
    await pool.close()


@pytest.fixture
def settings(servers: Servers, dsn: str) -> Settings:
    return make_settings(servers, dsn)


def make_settings(servers: Servers, dsn: str, **changed: Any) -> Settings:
    given: dict[str, Any] = {
        "postgres_dsn": dsn,
        "redis_url": servers.redis_url,
        "shop_url": SHOP,
        "webhook_secret": SECRET,
        "data_dir": servers.data_dir,
        "log_level": "error",
    }
    return Settings(_env_file=None, **(given | changed))


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[queue.Redis]:
    redis = await queue.connect(servers.redis_url)
    await redis.flushall()
    yield redis
    await redis.aclose()


@pytest.fixture
def parts(settings: Settings, pool: Pool, redis: queue.Redis) -> jobs.Context:
    return jobs.context(settings, pool, redis)


async def _create(admin_dsn: str, name: str, template: str = "template1") -> str:
    connection = await asyncpg.connect(admin_dsn)
    try:
        await connection.execute(f'drop database if exists "{name}" with (force)')
        await connection.execute(f'create database "{name}" template "{template}"')
    finally:
        await connection.close()
    head, _, tail = admin_dsn.rpartition("/connector")
    return f"{head}/{name}{tail}"


async def _drop(admin_dsn: str, name: str) -> None:
    connection = await asyncpg.connect(admin_dsn)
    try:
        await connection.execute(f'drop database if exists "{name}" with (force)')
    finally:
        await connection.close()
