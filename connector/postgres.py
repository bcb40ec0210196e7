"""The pool, and SQL statements kept in named blocks beside what they belong to."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files

import asyncpg
import msgspec

from connector.errors import ConfigurationError

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
Pool = asyncpg.Pool

#: What asyncpg raises when Postgres is away, restarting or overloaded: nothing is wrong with the data.
AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,  # shut down, starting, cancelled
    asyncpg.InsufficientResourcesError,  # connections, disk, memory
    asyncpg.PostgresSystemError,  # its disk fails
    asyncpg.InvalidAuthorizationSpecificationError,  # the password was changed
    asyncpg.InvalidCatalogNameError,  # the database is being restored
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
)

_BLOCK = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


async def connect(dsn: str, *, size: int = 4) -> Pool:
    """A pool whose connections take JSON as bytes; raises ConfigurationError where none is to be had."""
    try:
        return await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            init=_prepare,
            command_timeout=60,
            server_settings={"application_name": "shopify-connector", "timezone": "UTC", "jit": "off"},
        )
    except (OSError, asyncpg.PostgresError, ValueError) as error:
        raise ConfigurationError(
            f"Postgres cannot be reached ({type(error).__name__}); see CONNECTOR_POSTGRES_DSN"
        ) from error


@cache
def blocks(package: str, name: str) -> dict[str, str]:
    """The statements of ``name``.sql beside the modules of ``package``, by the names their blocks carry."""
    text = (files(package) / f"{name}.sql").read_text(encoding="utf-8")
    parts = _BLOCK.split(text)
    return {block: sql.strip() for block, sql in zip(parts[1::2], parts[2::2], strict=True)}


async def _prepare(connection: Connection) -> None:
    for json_type in ("json", "jsonb"):
        await connection.set_type_codec(
            json_type, schema="pg_catalog", encoder=_to_text, decoder=msgspec.json.decode, format="text"
        )


@asynccontextmanager
async def held(pool: Pool, space: int, number: int) -> AsyncIterator[bool]:
    """Whether an advisory lock, a number within a space of numbers, is ours alone while the block runs."""
    async with pool.acquire() as connection:
        lock = space, number
        ours: bool = await connection.fetchval("select pg_try_advisory_lock($1::integer, $2::integer)", *lock)
        try:
            yield ours
        finally:
            if ours and not connection.is_closed():
                await connection.execute("select pg_advisory_unlock($1::integer, $2::integer)", *lock)


def _to_text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else msgspec.json.encode(value).decode()
