"""A shop that nobody can deliver to: no webhook, no public URL, and the copy follows by comparing alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector import queue
from connector.cli.processes import API_WORKER
from connector.postgres import Pool
from connector.settings import Settings
from tests.workers.corridor import corridor
from tests.workers.processes import passed, until


@pytest.mark.timeout(180)
async def test_a_shop_without_a_public_url_is_kept_by_comparing(
    settings: Settings, pool: Pool, redis: queue.Redis, tmp_path: Path
) -> None:
    quick = {"reconcile_every": 5.0}
    async with corridor(settings, pool, redis, tmp_path, webhooks=False, changed=quick, acts=60) as found:
        found.start(API_WORKER)
        await until(lambda: bool(found.app.admin.requests["BulkRun"]), 50)
        found.app.simulation.turn(True, 20.0)
        await until(found.ended, 50)
        await passed(2.0)  # of trade that no import saw
        found.app.simulation.turn(False, 1.0)
        assert await found.differences() != []

        async def agree() -> bool:
            left = [each for each in await found.differences() if each.view != "collection_products"]
            return left == []

        await until(agree, 100)
        assert not found.app.shop.register.app.subscriptions
        assert await pool.fetchval("select count(*) from connector.deliveries") == 0
