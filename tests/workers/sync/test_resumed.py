"""An import that is cancelled, resumed, or begun anew: what runs for it at Shopify is ended or taken over."""

from __future__ import annotations

import asyncio
from collections import Counter

from connector import queue, syncs
from connector.postgres import Pool
from connector.settings import Settings
from connector.shopify import bulk
from tests.cli import Terminal
from tests.workers.connected import Connected, connected
from tests.workers.processes import until
from workers.sync.streams import STREAMS


async def statuses(shop: Connected) -> dict[str, str]:
    return {each["id"]: each["status"] for each in (await shop.app.steer())["operations"]}


async def test_a_cancelled_import_ends_its_exports_and_is_resumed_to_its_end(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    async with connected(settings, pool, redis, acts=30) as shop:
        await pool.execute("delete from connector.shops where shop_id <> $1", shop.shop_id)
        owner = Terminal(shop.api.settings)
        await shop.app.steer(bulk_stuck_next=2)
        begun = await owner.types("sync", "--detach")
        assert begun.code == 0, begun
        importing = asyncio.create_task(shop.work())

        async def only_the_stuck_are_left() -> bool:
            states = [each.state for each in (await shop.streams()).values()]
            return states.count("exporting") == 2 and states.count("done") == len(states) - 2

        await until(only_the_stuck_are_left, 15)
        stuck = {each.operation_id for each in (await shop.streams()).values() if each.state == "exporting"}
        cancelled = await owner.types("sync", "--cancel")
        assert cancelled.code == 0, cancelled
        assert "go on with --resume" in " ".join(cancelled.told.split())
        await asyncio.wait_for(importing, 15)

        async def ended_at_shopify() -> bool:
            told = await statuses(shop)
            return {told[each] for each in stuck if each} == {"CANCELED"}

        await until(ended_at_shopify)
        run = await syncs.latest(pool, shop.shop_id)
        assert run
        assert run.state == "cancelled"
        before = len(await statuses(shop))
        resumed = await owner.types("sync", "--resume", "--json")
        assert resumed.code == 0, resumed
        assert len(await statuses(shop)) - before == 2  # what was done is not done again
        assert (await syncs.get(pool, run.run_id)).state == "done"
        await shop.read_anew()
        assert [str(each) for each in await shop.differences()] == []


async def test_an_export_that_an_earlier_import_left_running_is_taken_over(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    async with connected(settings, pool, redis, acts=30) as shop:
        await shop.app.steer(bulk_running=1.0)
        admin = await shop.api.admin(shop.shop_id)
        left = {name: await bulk.run(admin, STREAMS[name].query) for name in ("products", "orders")}
        # Two of one kind: one is taken over, the other is in nobody's way.
        extra = await bulk.run(admin, STREAMS["products"].query)
        foreign = await bulk.run(admin, "{ locations { edges { node { id } } } }")
        run = await shop.sync()
        assert (run.state, run.error) == ("done", None)
        streams = await shop.streams()
        assert streams["orders"].operation_id == left["orders"].id
        assert streams["products"].operation_id in (left["products"].id, extra.id)
        told = await statuses(shop)
        assert len(told) == 4 + len(streams) - 2
        assert Counter(told[each.id] for each in (left["products"], extra)) == {"COMPLETED": 1, "CANCELED": 1}
        assert told[foreign.id] == "COMPLETED"
        assert [str(each) for each in await shop.differences()] == []
