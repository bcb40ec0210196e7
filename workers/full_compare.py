"""All of a family against all that Shopify has: by a bulk operation, or page by page where it fails."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from connector.gids import number
from connector.postgres import Connection, Pool, blocks
from connector.shopify import bulk, errors, pages
from connector.shopify.client import Admin
from workers.comparisons import Comparison
from workers.repair import Suspect
from workers.sync.lines import Damaged, chunks
from workers.sync.stage import PATIENCE

_SQL = blocks("workers", "compare")


class Facets(msgspec.Struct, frozen=True):
    """What of a customer topics of their own tell, without the customer being dated by it."""

    orders_count: int | None
    total_spent: Decimal | None
    tags: str


class Told(msgspec.Struct, frozen=True):
    """A line of the export: a thing, or with ``other`` an item at a location, a product in a collection."""

    id: int
    updated_at: datetime | None
    other: int | None = None
    facets: Facets | None = None


Compare = Callable[[Sequence[Told]], Awaitable[None]]


class _Line(msgspec.Struct, rename="camel"):
    id: str
    updated_at: datetime | None = None
    location: _Ref | None = None
    parent: str | None = msgspec.field(name="__parentId", default=None)
    number_of_orders: int | str | None = None
    amount_spent: _Amount | None = None
    tags: list[str] | None = None


class _Ref(msgspec.Struct):
    id: str


class _Amount(msgspec.Struct):
    amount: Decimal | None = None


_line = msgspec.json.Decoder(_Line)


async def compare_all(
    pool: Pool, admin: Admin, shop_id: int, comparison: Comparison, compare: Compare, *,
    share: float, stuck_after: float, window: datetime | None,
) -> list[Suspect]:  # fmt: skip
    """Have everything that Shopify has compared; return what only shows once all were listed."""
    async with pool.acquire() as connection:
        await connection.execute("create temporary table compared (id bigint, other bigint)")
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
                        _SQL["remember"], [each.id for each in some], [each.other for each in some]
                    )
                    await compare(some)
            return await _left(
                connection, shop_id, comparison, asked_at, window, children=operation is not None
            )
        finally:
            await connection.execute("drop table compared")


async def _exported(admin: Admin, comparison: Comparison, stuck_after: float) -> bulk.Operation | None:
    """The finished bulk operation; None where it fails or does not move."""
    started = await bulk.run_when_free(admin, comparison.bulk)
    try:
        async for operation in bulk.follow(admin, started.id, stuck_after):
            ended = operation
    except (bulk.Forgotten, bulk.Stuck):
        return None
    return ended if ended.status == "COMPLETED" else None


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
    if told.parent:
        other = number(told.location.id) if told.location else number(told.id)
        return Told(number(told.parent), told.updated_at, other)
    facets = None
    if told.tags is not None:
        bought = None if told.number_of_orders is None else int(told.number_of_orders)
        spent = told.amount_spent.amount if told.amount_spent else None
        facets = Facets(bought, spent, ", ".join(told.tags))
    return Told(number(told.id), told.updated_at, facets=facets)


async def _paged(admin: Admin, comparison: Comparison, share: float) -> AsyncGenerator[list[Told], None]:
    async for page in pages.versions(admin, comparison.versions, share=share):
        yield [Told(version.number, version.updated_at) for version in page]


async def _left(
    connection: Connection, shop_id: int, comparison: Comparison, asked_at: datetime,
    window: datetime | None, *, children: bool,
) -> list[Suspect]:  # fmt: skip
    """What only shows once all were listed: rows that Shopify has not, and lists that are not the same."""
    if not comparison.proves_absence:
        return []
    await connection.execute("analyze compared", timeout=PATIENCE)
    if comparison.kind == "Order":
        block, given = _SQL["extra_orders"], [shop_id, asked_at, window]
    else:
        block, given = _SQL["extra"].format(table=comparison.table), [shop_id, asked_at]
    rows = await connection.fetch(block, *given, timeout=PATIENCE)
    if comparison.kind == "InventoryItem" and children:
        rows += await connection.fetch(_SQL["extra_levels"], shop_id, asked_at, timeout=PATIENCE)
    left = [Suspect(row["id"], "extra", None, row["stored_updated_at"]) for row in rows]
    if comparison.kind == "Collection" and children:
        rows = await connection.fetch(_SQL["other_members"], shop_id, asked_at, timeout=PATIENCE)
        left += [Suspect(row["id"], "stale", None, row["stored_updated_at"], ("products",)) for row in rows]
    return left
