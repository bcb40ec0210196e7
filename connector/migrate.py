"""Numbered plain-SQL migrations, applied once each, by one host at a time."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import NamedTuple

from connector.errors import ConfigurationError
from connector.postgres import Connection, Pool

# Any number that nothing else in this database locks on.
_LOCK = 7_313_460_227

# An index on a large table takes its time, here and where another host builds it; seconds.
_PATIENCE = 86_400.0


class Migration(NamedTuple):
    """One numbered file; a file that has run somewhere is never edited again."""

    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """All migrations of this release, in order."""
    found = []
    for file in (files("connector") / "migrations").iterdir():
        if named := re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name):
            found.append(Migration(int(named[1]), named[2], file.read_text(encoding="utf-8")))
    return sorted(found)


async def migrate(pool: Pool) -> list[Migration]:
    """Bring the schema to this release, each migration in a transaction of its own; return those that ran.

    Safe from several hosts at once: the first takes an advisory lock, the others wait and find nothing to do.
    Raises ConfigurationError where the schema is newer than this release.
    """
    async with pool.acquire() as connection:
        await connection.execute("select pg_advisory_lock($1)", _LOCK, timeout=_PATIENCE)
        try:
            return await _run(connection)
        finally:
            await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def require_current(pool: Pool) -> None:
    """Raise ConfigurationError, saying what to do, unless the schema is exactly this release's."""
    async with pool.acquire() as connection:
        stands = await _stands_at(connection)
    wanted = migrations()[-1].number
    if stands < wanted:
        raise ConfigurationError(
            f"the database schema is at {stands}, this release needs {wanted}: run `connector migrate`"
        )
    if stands > wanted:
        raise ConfigurationError(_newer(stands, wanted))


async def _run(connection: Connection) -> list[Migration]:
    await connection.execute(
        """
        create schema if not exists connector;
        create table if not exists connector.migrations (
            number integer primary key, name text not null, ran_at timestamptz not null default now()
        )
        """
    )
    stands = await _stands_at(connection)
    if stands > migrations()[-1].number:
        raise ConfigurationError(_newer(stands, migrations()[-1].number))
    missing = [migration for migration in migrations() if migration.number > stands]
    for migration in missing:
        async with connection.transaction():
            await connection.execute(migration.sql, timeout=_PATIENCE)
            if await connection.fetchval("select to_regprocedure('connector.feed_rebuild()') is not null"):
                # Whatever became of tables and views, tills are told of it.
                await connection.execute("select connector.feed_rebuild()", timeout=_PATIENCE)
            await connection.execute(
                "insert into connector.migrations (number, name) values ($1, $2)",
                migration.number,
                migration.name,
            )
    return missing


async def _stands_at(connection: Connection) -> int:
    if await connection.fetchval("select to_regclass('connector.migrations')") is None:
        return 0
    return int(await connection.fetchval("select coalesce(max(number), 0) from connector.migrations"))


def _newer(stands: int, wanted: int) -> str:
    return (
        f"the database schema is at {stands}, newer than this release's {wanted}: "
        "upgrade this program, or point it at another database"
    )
