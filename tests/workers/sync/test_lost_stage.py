"""A crash of Postgres between two steps of a merge: the stage is gone, and nothing is taken for gone."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from connector import queue, syncs
from connector.postgres import Pool
from connector.settings import Settings
from tests.workers.connected import connected
from workers.sync import run as running
from workers.sync.work import Step


async def crash(dsn: str) -> None:
    """What a crash leaves: no connection, and unlogged tables that are empty."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    for row in await connection.fetch("select tablename from pg_tables where tablename like 'import\\_%'"):
        await connection.execute(f"truncate connector.{row['tablename']}")
    await connection.close()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of connections that were cut off
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("stream", "at_step"), [("products", 2), ("inventory", -1), ("collections", 1), ("orders", -1)]
)
async def test_the_file_is_read_again_and_nothing_is_lost(
    settings: Settings,
    dsn: str,
    pool: Pool,
    redis: queue.Redis,
    monkeypatch: pytest.MonkeyPatch,
    stream: str,
    at_step: int,
) -> None:
    async with connected(settings, pool, redis, acts=30) as shop:
        await shop.sync()
        steps_of = running.merge.steps
        crashed: list[str] = []

        def steps(of: Any) -> Any:
            found = list(steps_of(of))
            if of.name == stream and not crashed:
                whole = found[at_step]

                async def after_a_crash(work: Any, cursor: int, note: Any) -> Step:
                    if not crashed:
                        crashed.append(stream)
                        await crash(dsn)
                    return await whole(work, cursor, note)

                found[at_step] = after_a_crash
            return found

        monkeypatch.setattr(running.merge, "steps", steps)
        # Alone, so that no query is under way that would fail and tell.
        begun, _ = await syncs.begin(pool, shop.shop_id, [stream], "asked")
        run = await shop.go_on(begun)
        assert crashed == [stream]
        assert (run.state, run.error) == ("done", None)
        assert [str(each) for each in await shop.differences()] == []
