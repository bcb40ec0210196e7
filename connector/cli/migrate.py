"""`connector migrate`."""

from __future__ import annotations

import asyncio

from connector import migrate as migrations
from connector import postgres, settings
from connector.cli.output import console
from connector.cli.servers import servers
from connector.settings import Settings


def migrate() -> None:
    """Bring the database schema to this release. Safe to run from several hosts at once."""
    with servers(settings.load(), "connector migrate") as config:
        ran = asyncio.run(run(config))
    for migration in ran:
        console.print(f"ran {migration.number:04} {migration.name}")
    console.print(f"the schema is at {migrations.migrations()[-1].number}")


async def run(config: Settings) -> list[migrations.Migration]:
    """Migrate the configured database; returns what ran."""
    assert config.postgres_dsn
    pool = await postgres.connect(config.postgres_dsn.get_secret_value())
    try:
        return await migrations.migrate(pool)
    finally:
        await pool.close()
