"""Tables that grow faster than Postgres looks at them."""

from __future__ import annotations

from connector.postgres import Pool, blocks

_SQL = blocks("workers.sync", "outgrown")


async def analyze(pool: Pool) -> None:
    """Have Postgres look at mirrored tables that have grown tenfold since it last did.

    A connection keeps the plans that it made while a table was empty, which read all of it, until the table
    is analyzed. Autovacuum comes once a minute: too late for the webhooks that come beside an import.
    """
    async with pool.acquire() as connection:
        for row in await connection.fetch(_SQL["outgrown"]):
            async with connection.transaction():
                # A rough look at few rows: autovacuum's careful one follows.
                await connection.execute("set local default_statistics_target = 10")
                await connection.execute(row["analyze"])
