"""All of a family against all that Shopify has: by a bulk operation, or page by page where it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector.gids import number
from connector.postgres import Connection, Pool, blocks
from connector.shopify import bulk, errors, pages
from connector.shopify.client import Admin
from workers.comparisons import Comparison
from workers.sync.lines import Damaged, chunks, kind_of

_SQL = blocks("workers", "compare")

FIRST_POLL, LONGEST_POLL = 0.2, 10.0
#: Counting what is missing in millions of rows takes its time; seconds.
PATIENCE = 3600.0


class Told(msgspec.Struct, frozen=True):
    """A line of the export: a thing, or what of an item is at a location."""

    id: int
    updated_at: datetime
    location_id: int | None = None


Compare = Callable[[Sequence[Told]], Awaitable[None]]


class _Line(msgspec.Struct, rename="camel"):
    id: str
    updated_at: datetime
    location: _Ref | None = None
    parent: str | None = msgspec.field(name="__parentId", default=None)


class _Ref(msgspec.Struct):
    id: str


_line = msgspec.json.Decoder(_Line)


async def compare_all(
    pool: Pool, admin: Admin, shop_id: int, comparison: Comparison, compare: Compare, *,
    share: float, stuck_after: float, window: datetime | None,
) -> list[Any]:  # fmt: skip
    """Have everything that Shopify has compared, and return the rows that it has not: extra ones."""
    async with pool.acquire() as connection:
        await connection.execute("create temporary table compared (id bigint, location_id bigint)")
        try:
            asked_at = datetime.now(UTC)
            operation = await _exported(admin, comparison, stuck_after)
            if operation is None:
                told = _paged(admin, comparison, share)
            else:
                asked_at = operation.created_at
                told = _downloaded(admin, operation)
            async with aclosing(told):
                async for some in told:
                    await connection.execute(
                        _SQL["remember"], [each.id for each in some], [each.location_id for each in some]
                    )
                    await compare(some)
            return await _extra(
                connection, shop_id, comparison, asked_at, window, levels=operation is not None
            )
        finally:
            await connection.execute("drop table compared")


async def _exported(admin: Admin, comparison: Comparison, stuck_after: float) -> bulk.Operation | None:
    """The finished bulk operation; None where it fails or does not move."""
    pause, operation = FIRST_POLL, None
    while operation is None:
        try:
            operation = await bulk.run(admin, comparison.bulk)
        except bulk.SlotsTaken:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_POLL)
    pause, objects, moved_at = FIRST_POLL, -1, datetime.now(UTC)
    while not operation.finished:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL)
        operation = await bulk.read(admin, operation.id) or operation
        if operation.object_count != objects:
            objects, moved_at = operation.object_count, datetime.now(UTC)
        if datetime.now(UTC) - moved_at > timedelta(seconds=stuck_after):
            await bulk.cancel(admin, operation.id)
            return None
    return operation if operation.status == "COMPLETED" else None


async def _downloaded(admin: Admin, operation: bulk.Operation) -> AsyncGenerator[list[Told], None]:
    if operation.url is None:
        return
    count = 0
    async with aclosing(admin.download(operation.url)) as source:
        async for chunk in chunks(source, 0):
            count += len(chunk.lines)
            yield [_told(line) for line in chunk.lines]
    if count != operation.object_count:
        raise errors.Unavailable(
            f"Shopify reported {operation.object_count} objects, its file holds {count}: compared again later"
        )


def _told(line: bytes) -> Told:
    try:
        told = _line.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"a line is not as it was asked for: {error}") from None
    if kind_of(line) == "InventoryLevel" and told.parent and told.location:
        return Told(number(told.parent), told.updated_at, number(told.location.id))
    return Told(number(told.id), told.updated_at)


async def _paged(admin: Admin, comparison: Comparison, share: float) -> AsyncGenerator[list[Told], None]:
    async for page in pages.versions(admin, comparison.versions, share=share):
        yield [Told(version.number, version.updated_at) for version in page]


async def _extra(
    connection: Connection, shop_id: int, comparison: Comparison, asked_at: datetime,
    window: datetime | None, *, levels: bool,
) -> list[Any]:  # fmt: skip
    if not comparison.proves_absence:
        return []
    await connection.execute("analyze compared", timeout=PATIENCE)
    if comparison.kind == "Order":
        return await connection.fetch(_SQL["extra_orders"], shop_id, asked_at, window, timeout=PATIENCE)
    rows = await connection.fetch(
        _SQL["extra"].format(table=comparison.table), shop_id, asked_at, timeout=PATIENCE
    )
    if comparison.kind == "InventoryItem" and levels:
        rows += await connection.fetch(_SQL["extra_levels"], shop_id, asked_at, timeout=PATIENCE)
    return rows
