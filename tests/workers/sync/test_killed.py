"""An import beside trade and webhooks, its worker or Postgres killed on the way: at the end no difference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector import queue
from connector.cli.processes import API_WORKER, INGRESS, WORKER
from connector.embedded import EmbeddedError, Servers
from connector.postgres import Pool
from connector.settings import Settings
from connector.syncs import Stream
from tests.workers.corridor import Corridor, corridor
from tests.workers.processes import until
from workers import jobs

STATES = ("waiting", "exporting", "reading", "merging", "completing", "done")
#: What no webhook tells: who newly matches a smart collection, and when what is handed over closes.
UNTOLD = {"collection_products", "pickups"}

Point = Callable[[dict[str, Stream]], bool]


def at_least(name: str, state: str) -> Point:
    def holds(streams: dict[str, Stream]) -> bool:
        return name in streams and STATES.index(streams[name].state) >= STATES.index(state)

    return holds


def in_the_middle_of(name: str) -> Point:
    def holds(streams: dict[str, Stream]) -> bool:
        return name in streams and streams[name].read_objects > 0

    return holds


async def trading(found: Corridor) -> None:
    """Customers come once Shopify knows where to tell of them."""
    app = found.app.simulation.shop.register.app
    await until(lambda: len(list(app.own())) > 30, 20)
    found.app.simulation.turn(True, 25.0)


async def reached(found: Corridor, point: Point) -> None:
    async def holds() -> bool:
        return point(await found.streams())

    await until(holds, 20)


@pytest.mark.timeout(180)
async def test_an_import_whose_worker_is_killed_again_and_again_leaves_no_difference(
    settings: Settings, pool: Pool, redis: queue.Redis, tmp_path: Path
) -> None:
    points = [
        at_least("products", "exporting"),
        at_least("products", "reading"),
        at_least("inventory", "merging"),
        at_least("orders", "completing"),
    ]
    async with corridor(settings, pool, redis, tmp_path, products=1000, acts=150) as found:
        await found.app.steer(bulk_running=0.3)
        found.start(INGRESS)
        found.start(WORKER)
        worker = found.start(API_WORKER)
        await trading(found)
        killed = 0
        for point in points:
            await reached(found, point)
            if await found.ended():
                break  # faster than we looked
            worker = await found.kill_and_start(worker)
            killed += 1
        assert killed >= 2
        await until(found.ended, 60)
        await found.quiet()
        assert [str(each) for each in await found.differences() if each.view not in UNTOLD] == []
        await found.compare()
        assert [str(each) for each in await found.differences()] == []


@pytest.mark.timeout(180)
async def test_an_import_begins_a_file_again_whose_staged_part_went_with_postgres(
    own: Servers, own_store: jobs.Context, tmp_path: Path
) -> None:
    assert own.postgres
    parts = own_store
    async with corridor(parts.settings, parts.pool, parts.redis, tmp_path, products=600) as found:
        await found.app.steer(bulk_running=0.3)
        for program in (INGRESS, WORKER, API_WORKER):
            found.start(program)
        await trading(found)
        await reached(found, in_the_middle_of("products"))
        products = (await found.streams())["products"]
        own.postgres.kill()
        try:
            own.postgres.start()
        except (
            EmbeddedError
        ) as error:  # seen twice in dozens of kills: recovery itself ended, and begins anew
            print(error)
            own.postgres.start()
        await parts.pool.expire_connections()
        await until(found.ended, 60)
        told = {each["id"]: each["downloads"] for each in (await found.app.steer())["operations"]}
        # It may have been merged meanwhile, on a fast machine; then another file was under way.
        assert told[products.operation_id] > 1 or products.state not in ("reading", "merging")
        await found.quiet()
        assert [str(each) for each in await found.differences() if each.view not in UNTOLD] == []
        await found.compare()
        assert [str(each) for each in await found.differences()] == []
