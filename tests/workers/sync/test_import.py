"""The import, end to end: a simulated shop through its bulk files into the POS's views."""

from __future__ import annotations

from connector import queue
from connector.postgres import Pool
from connector.settings import Settings
from tests.workers.connected import connected


async def test_a_traded_shop_is_imported_without_a_difference(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    async with connected(settings, pool, redis, acts=150) as shop:
        run = await shop.sync()
        assert (run.state, run.error) == ("done", None)
        assert [str(each) for each in await shop.differences()] == []
        for stream in (await shop.streams()).values():
            assert stream.read_objects == stream.objects
        assert await pool.fetch("select tablename from pg_tables where tablename like 'import\\_%'") == []
