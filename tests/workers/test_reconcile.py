"""Comparing with Shopify: what webhooks missed is found, repaired, and reported exactly."""

from __future__ import annotations

import pytest

from connector import queue, reconciles
from connector.postgres import Pool
from connector.settings import Settings
from tests.workers.connected import Connected, connected

#: All but collections, whose members no time of change tells.
FAMILIES = ("products", "locations", "inventory", "customers", "orders", "pickups")


async def look(shop: Connected, kind: reconciles.Kind, families: tuple[str, ...]) -> list[dict[str, object]]:
    """Have families compared now; returns the newest run of each."""
    pool = shop.api.pool
    await reconciles.want(pool, shop.shop_id, families, kind)
    await queue.call(shop.api.redis, "reconcile", shop.shop_id)
    await shop.work()
    assert not await reconciles.waiting(pool, shop.shop_id, families)
    report = await reconciles.report(pool, shop.shop_id)
    return [next(run for run in report if run["family"] == family) for family in families]


@pytest.mark.parametrize("kind", ["incremental", "full"])
async def test_what_no_webhook_told_is_found_and_reported(
    settings: Settings, pool: Pool, redis: queue.Redis, kind: reconciles.Kind
) -> None:
    async with connected(settings, pool, redis, acts=60) as shop:
        await shop.sync()
        before = await shop.differences()
        for _ in range(80):
            shop.app.simulation.perform(shop.app.simulation.trader.step)
        wrong = {(each.view, each.key) for each in await shop.differences()} - {
            (each.view, each.key) for each in before
        }
        assert wrong
        runs = await look(shop, kind, FAMILIES)
        for run in runs:
            assert run["error"] is None
            assert run["unproven"] == 0
            assert run["missing"] + run["stale"] + run["extra"] == run["repaired"]  # type: ignore[operator]
        told = {row["id"] for run in runs for row in await reconciles.drift(pool, run["run_id"])}  # type: ignore[arg-type]
        for view, key in wrong:
            if view in ("products", "orders") or (view == "customers" and kind == "full"):
                assert key[0] in told, (view, key)
        left = [
            each
            for each in await shop.differences()
            if each.view not in ("collections", "collection_products")
        ]
        assert [str(each) for each in left] == []
        await look(shop, kind, ("collections",))
        if kind == "full":
            assert [str(each) for each in await shop.differences()] == []
