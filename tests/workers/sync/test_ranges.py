"""Ranges merged side by side: whatever the order of a file, what it repeats, and what is there already."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from connector.changes import Origin, upsert
from connector.families.inventory import InventoryLevel
from connector.postgres import Connection, Pool
from tests.workers.processes import until
from workers.apply import LANES, lock
from workers.sync import outgrown, pace
from workers.sync import ranges as merging
from workers.sync.pace import Pace
from workers.sync.stage import Stage
from workers.sync.streams import STREAMS
from workers.sync.work import Work

SHOP = 1
BEGUN = datetime(2026, 11, 20, 12, tzinfo=UTC)
ITEMS = 3000
#: Versions of a row beside the file's, in hours.
OLDER, NEWER = -1, 1


async def staged(pool: Pool, keys: list[int]) -> Work:
    """Items by these keys, three levels of each, every third item untracked."""
    stage = Stage(1)
    await stage.create(pool)
    async with pool.acquire() as connection:
        await connection.copy_records_to_table(
            "import_1_inventory_items",
            schema_name="connector",
            columns=["id", "updated_at", "sku", "tracked"],
            records=[(key, BEGUN, f"file {key}", key % 3 > 0) for key in keys],
        )
        await connection.copy_records_to_table(
            "import_1_inventory_levels",
            schema_name="connector",
            columns=["inventory_item_id", "location_id", "updated_at", "available"],
            records=[(key, place, BEGUN, key) for key in keys for place in (7, 8, 9)],
        )
    await stage.prove(pool, "inventory", await stage.holds(pool, "inventory"))
    return Work(pool, stage, STREAMS["inventory"], SHOP, BEGUN, None, Pace())


async def merged(work: Work) -> int:
    """Merge to the end, from step to step as written down; how many rows were written."""
    noted: list[tuple[int | None, int]] = []

    async def note(connection: Connection, cursor: int | None, rows: int) -> None:
        noted.append((cursor, rows))

    step = merging.ranges("inventory", "inventory_items", "inventory_levels")
    cursor: int | None = 0
    while cursor is not None:
        cursor = (await step(work, cursor, note)).cursor
    assert len(noted) > 3
    return sum(rows for _, rows in noted)


@pytest.fixture(autouse=True)
def few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MUCH", 2)


@pytest.mark.parametrize("order", ["sorted", "shuffled", "repeated at once", "repeated later"])
async def test_all_of_a_file_arrives_in_empty_tables(pool: Pool, order: str) -> None:
    keys = list(range(1, ITEMS + 1))
    if order == "shuffled":
        Random(1).shuffle(keys)
    elif order == "repeated at once":
        keys = sorted(keys * 2)
    elif order == "repeated later":
        keys = keys * 2
    await merged(await staged(pool, keys))
    items = await pool.fetch("select id, sku from connector.inventory_items order by id")
    assert [tuple(row) for row in items] == [(key, f"file {key}") for key in range(1, ITEMS + 1)]
    levels = await pool.fetch(
        "select inventory_item_id, location_id, available from connector.inventory_levels order by 1, 2"
    )
    assert [tuple(row) for row in levels] == [
        (key, place, key if key % 3 else None) for key in range(1, ITEMS + 1) for place in (7, 8, 9)
    ]


@pytest.mark.parametrize("there", [range(1, ITEMS + 1), range(1, ITEMS, 7), range(500, 600), [ITEMS]])
async def test_what_is_there_is_replaced_unless_it_is_newer(pool: Pool, there: range | list[int]) -> None:
    versions = {key: (OLDER, NEWER)[number % 2] for number, key in enumerate(there)}
    async with pool.acquire() as connection:
        for table, columns in (
            ("inventory_items", ["id"]),
            ("inventory_levels", ["inventory_item_id", "location_id"]),
        ):
            await connection.copy_records_to_table(
                table,
                schema_name="connector",
                columns=["shop_id", *columns, "updated_at", "triggered_at"],
                records=[
                    (SHOP, *[key, 8][: len(columns)], *[BEGUN + timedelta(hours=hours)] * 2)
                    for key, hours in versions.items()
                ],
            )
    work = await staged(pool, list(range(1, ITEMS + 1)))
    newer = sum(1 for hours in versions.values() if hours == NEWER)
    assert await merged(work) == 4 * ITEMS - 2 * newer
    kept = "select count(*) from connector.{} where updated_at > $1"
    assert await pool.fetchval(kept.format("inventory_items"), BEGUN) == newer
    assert await pool.fetchval(kept.format("inventory_levels"), BEGUN) == newer
    total = "select count(*) from connector.{} where updated_at >= $1"
    assert await pool.fetchval(total.format("inventory_items"), BEGUN) == ITEMS
    assert await pool.fetchval(total.format("inventory_levels"), BEGUN) == 3 * ITEMS


async def test_little_is_merged_at_once_while_somebody_else_writes_to_the_family(pool: Pool) -> None:
    work = await staged(pool, list(range(1, ITEMS + 1)))
    step = merging.ranges("inventory", "inventory_items", "inventory_levels")

    async def note(connection: Connection, cursor: int | None, rows: int) -> None:
        """Nothing is to be kept."""

    alone = await step(work, 0, note)
    assert (alone.cursor, work.pace.lanes) == (2 * pace.MUCH, LANES)
    level = InventoryLevel(inventory_item_id=1, location_id=7)
    webhook = upsert(level, "inventory_levels/1/7", Origin(SHOP, BEGUN))
    async with pool.acquire() as other:
        async with other.transaction():
            await lock(other, [webhook])
            merging_too = asyncio.create_task(step(work, alone.cursor or 0, note))
            await until(lambda: pool.fetchval("select true from pg_locks where not granted limit 1"))
        await merging_too
    assert (work.pace.blocks, work.pace.lanes) == (pace.LITTLE, 1)
    then = await step(work, 20, note)
    assert then.cursor == 20 + pace.LITTLE


async def test_postgres_is_told_of_tables_that_outgrew_what_it_knows(pool: Pool) -> None:
    # What a connection planned for an empty table reads all of it, however large it becomes.
    await pool.execute("analyze connector.inventory_items")
    await merged(await staged(pool, list(range(1, ITEMS + 1))))
    await outgrown.analyze(pool)
    known = "select reltuples from pg_class where oid = 'connector.inventory_items'::regclass"
    assert await pool.fetchval(known) == ITEMS
