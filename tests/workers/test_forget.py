"""Every hour, what the feed told of too long ago is dropped."""

from __future__ import annotations

from connector.postgres import Pool
from workers import jobs
from workers.forget import keep_changes
from workers.schedule import SCHEDULE


async def test_changes_beyond_retention_are_dropped_by_the_clock(parts: jobs.Context, pool: Pool) -> None:
    assert keep_changes in {job.coroutine for job in SCHEDULE}
    days = parts.settings.changes_retention_days
    for age in (days - 1, days + 1):
        await pool.execute(
            "insert into connector.changes (at, shop_id, view, ids) "
            "values (now() - make_interval(days => $1), 1, 'products', array[$1])",
            age,
        )
    await keep_changes({"context": parts})
    left = await pool.fetch("select ids from connector.changes where view = 'products' and feed is null")
    assert [row["ids"] for row in left] == [[days - 1]]


async def test_what_fails_is_left_to_the_next_hour(parts: jobs.Context, pool: Pool) -> None:
    await pool.execute("alter table connector.changes rename to elsewhere")
    await keep_changes({"context": parts})
