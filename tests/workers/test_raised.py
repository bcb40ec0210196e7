"""A tombstone that was a mistake: what Shopify shows alive when it is asked again is alive."""

from __future__ import annotations

import pytest

from connector import queue, reconciles
from connector.postgres import Pool
from connector.settings import Settings
from tests.deliveries import envelope
from tests.simulator.shops import DOMAIN
from tests.workers.connected import connected
from workers.batch import Batches


@pytest.mark.parametrize("how", ["compared", "imported"])
async def test_a_wrong_tombstone_is_raised(
    settings: Settings, pool: Pool, redis: queue.Redis, how: str
) -> None:
    async with connected(settings, pool, redis) as shop:
        await shop.sync()
        product, item, customer = (
            next(iter(kept))
            for kept in (shop.app.shop.products, shop.app.shop.items, shop.app.shop.customers)
        )
        told = shop.app.shop.clock()
        for topic, number in (
            ("products/delete", product),
            ("inventory_items/delete", item),
            ("customers/delete", customer),
        ):
            await Batches(pool).settle([envelope(topic, {"id": number}, shop=DOMAIN, triggered_at=told)])
        assert {each.view for each in await shop.differences()} >= {"products", "customers", "inventory"}
        if how == "imported":
            await shop.sync()
        else:
            await reconciles.want(pool, shop.shop_id, reconciles.WHAT["all"], "full")
            await queue.call(redis, "reconcile", shop.shop_id)
            await shop.work()
        assert [str(each) for each in await shop.differences()] == []
