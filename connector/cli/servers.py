"""The Postgres and Redis a command works with: those that are configured, else the embedded ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple

from pydantic import SecretStr

from connector import embedded, migrate, postgres, queue
from connector.errors import ConfigurationError
from connector.postgres import Pool
from connector.settings import Settings


@contextmanager
def servers(config: Settings, command: str, *, exclusive: bool = False) -> Iterator[Settings]:
    """The settings with both addresses filled in.

    Embedded servers that another process runs are used; else they run as long as the block. With
    ``exclusive`` they must be ours. Raises ConfigurationError saying what is wrong.
    """
    own_postgres, own_redis = config.postgres_dsn is None, config.redis_url is None
    try:
        with embedded.running(
            config.data_dir,
            command=command,
            want_postgres=own_postgres,
            want_redis=own_redis,
            exclusive=exclusive,
        ) as running:
            filled: dict[str, SecretStr] = {}
            if own_postgres:
                filled["postgres_dsn"] = SecretStr(running.postgres_dsn)
            if own_redis:
                filled["redis_url"] = SecretStr(running.redis_url)
            yield config.model_copy(update=filled)
    except embedded.EmbeddedError as error:
        raise ConfigurationError(str(error)) from error


class Stores(NamedTuple):
    """Open connections to both."""

    pool: Pool
    redis: queue.Redis


@asynccontextmanager
async def stores(config: Settings) -> AsyncIterator[Stores]:
    """Connections for one command; raises ConfigurationError on an older or newer schema."""
    assert config.postgres_dsn and config.redis_url
    pool = await postgres.connect(config.postgres_dsn.get_secret_value())
    try:
        await migrate.require_current(pool)
        redis = await queue.connect(config.redis_url.get_secret_value())
        try:
            yield Stores(pool, redis)
        finally:
            await redis.aclose()
    finally:
        await pool.close()
