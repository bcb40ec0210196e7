"""Tables partitioned by day: days to come are made in time, days beyond retention are dropped whole."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from connector.postgres import Pool, blocks

_SQL = blocks("connector", "days")


class Daily(NamedTuple):
    """A table with a partition per day of UTC, one for other days, and who may make them one at a time."""

    table: str
    #: The column that says which day.
    dated: str
    lock: int


async def keep(pool: Pool, daily: Daily, retention_days: int, today: date) -> None:
    """Have a partition for each day to come and drop the days beyond retention. Idempotent, any host may."""
    oldest = today - timedelta(days=retention_days)
    names = {"daily": daily.table, "dated": daily.dated}
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", daily.lock)
        standing = {row["name"] for row in await connection.fetch(_SQL["days"].format(**names))}
        days = [today + timedelta(days=ahead) for ahead in range(-1, 4)]
        missing = [day for day in days if _name(daily, day) not in standing]
        old = [name for name in standing if name < _name(daily, oldest)]
        if missing or old:
            await connection.execute(_SQL["wait_for_writers"])
            await connection.execute(_SQL["hold_writers"].format(**names))
        for day in missing:
            made = {"name": _name(daily, day), "day": day, "next": day + timedelta(days=1)}
            await connection.execute(_SQL["add_day"].format(**names, **made))
        for name in old:
            await connection.execute(_SQL["drop_day"].format(name=name))
        await connection.execute(_SQL["forget_other_days"].format(**names), oldest)


def _name(daily: Daily, day: date) -> str:
    return f"{daily.table}_{day:%Y%m%d}"
