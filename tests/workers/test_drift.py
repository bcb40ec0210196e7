"""Webhooks that were lost: comparing finds just those rows, mends them, and the drift report counts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from connector import queue
from connector.cli.processes import INGRESS, WORKER
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.chaos import Chaos
from connector.simulator.compare import Difference
from connector.simulator.shop import Shop
from tests.cli import Terminal
from tests.simulator.shops import ticking
from tests.workers.connected import Connected
from tests.workers.corridor import corridor
from tests.workers.processes import until
from workers.api import Api

TABLES = {
    "products": "products",
    "collections": "collections",
    "locations": "locations",
    "inventory": "inventory_items",
    "customers": "customers",
    "orders": "orders",
    "pickups": "fulfillment_orders",
}
FAMILY = {"order_lines": "orders", "collection_products": "collections"}


async def differing(pool: Pool, shop: Shop) -> dict[str, dict[int, str]]:
    """By family the things whose version in the copy is not the shop's, and how."""
    there: dict[str, Iterable[Any]] = {
        "products": shop.products.values(),
        "collections": shop.collections.values(),
        "locations": shop.locations.values(),
        "inventory": shop.items.values(),
        "customers": shop.customers.values(),
        "orders": shop.orders.values(),
        "pickups": [routed for order in shop.orders.values() for routed in order.fulfillment_orders],
    }
    found = {
        family: _compared(
            {each.id: each.updated_at for each in things}, await _stored(pool, TABLES[family], "id")
        )
        for family, things in there.items()
    }
    levels = _compared(
        {(each.item_id, each.location_id): each.updated_at for each in shop.levels.values()},
        await _stored(pool, "inventory_levels", "inventory_item_id", "location_id"),
    )
    for (item, _), how in levels.items():
        found["inventory"].setdefault(item, how)
    found["pickups"] = {number: how for number, how in found["pickups"].items() if how != "extra"}
    return found


async def _stored(pool: Pool, table: str, *key: str) -> dict[Any, datetime]:
    rows = await pool.fetch(f"select * from connector.{table} where deleted_at is null")
    return {row[key[0]] if len(key) == 1 else tuple(row[k] for k in key): row["updated_at"] for row in rows}


def _compared(there: Mapping[Any, datetime], stored: Mapping[Any, datetime]) -> dict[Any, str]:
    found = dict.fromkeys(there.keys() - stored.keys(), "missing")
    found |= {key: "stale" for key in there.keys() & stored.keys() if stored[key] < there[key]}
    return found | dict.fromkeys(stored.keys() - there.keys(), "extra")


def things(each: Difference, shop: Shop) -> set[tuple[str, int]]:
    """The families and things that a difference in a view may be a difference of."""
    row = each.expected or each.found if each.column is None else {}
    if each.view == "variants":
        if each.column in ("tracked", "weight_grams"):
            return {("inventory", shop.variant(each.key[0])[1].item_id)}
        return {("products", row["product_id"] if row else shop.homes[each.key[0]])}
    if each.column == "is_pickup":
        return {("pickups", routed.id) for routed in shop.orders[each.key[0]].fulfillment_orders}
    if each.view == "pickups" and each.column in ("order_name", "status"):  # partly told by the order
        return {("pickups", each.key[0]), ("orders", shop.parts[each.key[0]])}
    if each.view in ("refunds", "returns"):
        if row:
            return {("orders", row["order_id"])}
        return {
            ("orders", order.id)
            for order in shop.orders.values()
            if each.key[0] in {made.id for made in order.refunds} | {asked.id for asked in order.returns}
        }
    return {(FAMILY.get(each.view, each.view), each.key[0])}


async def test_dropped_webhooks_are_all_found_and_counted_exactly(
    settings: Settings, pool: Pool, redis: queue.Redis, tmp_path: Path
) -> None:
    clock = ticking(since=datetime.now(UTC) - timedelta(days=1))
    async with corridor(settings, pool, redis, tmp_path, acts=60, products=60, clock=clock) as found:
        found.start(INGRESS)
        await found.start(WORKER).working()
        owner = Terminal(found.config, CONNECTOR_PUBLIC_URL=str(found.config.public_url))
        registered = await owner.types("webhooks", "register")
        assert registered.code == 0, registered
        async with aiohttp.ClientSession() as http:
            shop = Connected(found.app, Api(found.config, pool, redis, http), await found.shop_id())
            assert (await shop.sync()).state == "done"
            assert await found.differences() == []
            courier = found.app.simulation.courier
            courier.chaos = Chaos(drops=0.2)
            for _ in range(200):
                found.app.simulation.perform(found.app.simulation.trader.step)
                assert await courier.drain(5) == 0
            courier.chaos = Chaos()
            assert await courier.drain(20) == 0
            assert courier.counters.dropped > 50

            async def applied() -> bool:
                return await queue.waiting(redis) == 0

            await until(applied, 20)
            await shop.read_anew()
        expected = await differing(pool, found.app.shop)
        visible = await found.differences()
        for each in visible:
            if each.view == "collection_products":  # who matches a smart one no version tells
                expected["collections"].setdefault(each.key[0], "stale")
        known = {(family, number) for family, some in expected.items() for number in some}
        assert [str(each) for each in visible if not things(each, found.app.shop) & known] == []
        assert len(known) > 20
        # An order is compared first, and what routes it is read with it.
        orders = [found.app.shop.orders[each] for each in expected["orders"] if each in found.app.shop.orders]
        for routed in [routed.id for order in orders for routed in order.fulfillment_orders]:
            expected["pickups"].pop(routed, None)
        told = await owner.types("reconcile", "--full", "--json")
        assert told.code == 0, told
        runs = {run["family"]: run for run in msgspec.json.decode(told.told)}
        assert {
            family: {row["id"]: row["difference"] for row in run["drift"]} for family, run in runs.items()
        } == expected
        for family, run in runs.items():
            for how in ("missing", "stale", "extra"):
                assert run[how] == sum(each == how for each in expected[family].values()), (family, how)
            assert run["repaired"] == len(expected[family])
        async with aiohttp.ClientSession() as http:
            shop = Connected(found.app, Api(found.config, pool, redis, http), await found.shop_id())
            await shop.read_anew()
        assert [str(each) for each in await found.differences()] == []
