"""Stage tables merged range by range of their blocks, webhooks applying in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import asyncpg

from connector.postgres import blocks
from workers.apply import lock_family
from workers.sync.work import Note, Step, Steps, Work, count

_SQL = blocks("workers.sync", "ranges")


#: A crash of Postgres takes the stage along with the last commits: the file is then read again anyway.
#: A plan that was made while a table was empty is not one for when it has grown.
_SETTINGS = """
    set local synchronous_commit = off;
    set local plan_cache_mode = force_custom_plan;
    set local connector.asked = on
"""


class Range(NamedTuple):
    """Some blocks of a stage table: from the first until before the last."""

    table: str
    first: int
    last: int


def ranges(family: str, *tables: str) -> Steps:
    """A step that merges all of some tables, none of which is read from another's rows."""
    sizes: dict[str, int] = {}

    async def step(work: Work, cursor: int, note: Note) -> Step:
        if not sizes:
            sizes.update({table: await _size(work, table) for table in tables})
        these = list(islice(_from(cursor, sizes, work.pace.blocks), work.pace.lanes))
        async with asyncio.TaskGroup() as group:
            lanes = [group.create_task(_merge(work, family, lane, each)) for lane, each in enumerate(these)]
        rows = sum(each.result() for each in lanes)
        then = cursor + sum(each.last - each.first for each in these) if these else None
        async with work.pool.acquire() as connection, connection.transaction():
            await connection.execute(_SETTINGS)
            await note(connection, then, rows)
        return Step(then, rows)

    return step


def _from(cursor: int, sizes: Mapping[str, int], blocks: int) -> Iterator[Range]:
    """The ranges from a block on, where the blocks of all tables are counted in one row."""
    for table, size in sizes.items():
        for first in range(max(cursor, 0), size, blocks):
            yield Range(table, first, min(first + blocks, size))
        cursor -= size


async def _size(work: Work, table: str) -> int:
    size = "select pg_relation_size($1::regclass) / current_setting('block_size')::int"
    return int(await work.pool.fetchval(size, work.stage.sql(f"{{stage}}{table}")))


async def _merge(work: Work, family: str, lane: int, these: Range) -> int:
    try:
        return await _write(work, family, lane, these, fresh=True)
    except asyncpg.UniqueViolationError:
        # A key of the range was there after all: at its very beginning, or just now from the other lane.
        return await _write(work, family, lane, these, fresh=False)


async def _write(work: Work, family: str, lane: int, these: Range, *, fresh: bool) -> int:
    between = (these.first, 0), (these.last, 0)
    async with work.pool.acquire() as connection, connection.transaction():
        await connection.execute(_SETTINGS)
        if await lock_family(connection, work.shop_id, family, lane):
            work.pace.met()
        statement = work.stage.sql(_SQL[these.table])
        if fresh:
            told = work.stage.sql(_SQL[f"fresh_{these.table}"])
            if await connection.fetchval(told, work.shop_id, *between):
                # Nobody else writes to the family meanwhile. Looking for conflicts takes half of an insert.
                statement = statement.partition("on conflict")[0]
        return count(await connection.execute(statement, work.shop_id, work.moment, *between))
