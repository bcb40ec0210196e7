"""How long the feed of changes goes back."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.postgres import Pool, blocks

_SQL = blocks("connector", "feed")

#: Changes that are dropped at once.
AT_ONCE = 5_000


async def keep_changes(pool: Pool, retention_days: int, now: datetime) -> int:
    """Drop the changes beyond retention, a few thousand at a time; how many. Any host may, at any time.

    Cursors from before what is dropped do not hold any more.
    """
    await pool.execute(_SQL["settle_in"])
    dropped = 0
    while True:
        found = int(await pool.fetchval(_SQL["forget"], now - timedelta(days=retention_days), AT_ONCE))
        dropped += found
        if found < AT_ONCE:
            return dropped
