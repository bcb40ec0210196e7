"""Rows that differ from Shopify: read anew, written through apply, and put down in the drift report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector import reconciles, refetches
from connector.changes import Change, Refetch
from connector.families.orders import Order
from connector.history import Source
from connector.postgres import Connection, Pool, blocks
from connector.reconciles import Drift
from workers.apply import apply, lock
from workers.comparisons import Comparison
from workers.prove import prove
from workers.refetch import Refetcher

_SQL = blocks("workers", "compare")
_ENCODER = msgspec.json.Encoder()

#: Read anew, written and reported as one.
TOGETHER = 50
#: A webhook of a change is looked for from this long before it.
BEFORE = timedelta(seconds=5)


class Suspect(msgspec.Struct, frozen=True):
    """A row that seemed to differ when the page it was on came."""

    id: int
    difference: reconciles.Difference
    shopify_updated_at: datetime | None
    stored_updated_at: datetime | None
    #: Where it is known already; else the row is compared field by field.
    fields: tuple[str, ...] = ()


class Repairs:
    """Repairs what one comparison finds."""

    def __init__(
        self, pool: Pool, refetcher: Refetcher, shop_id: int, comparison: Comparison, run_id: int
    ) -> None:
        self._pool, self._refetcher, self._shop_id = pool, refetcher, shop_id
        self._comparison, self._run_id = comparison, run_id
        self._source = Source("compare", comparison.family, str(run_id))

    async def repair(self, suspects: Sequence[Suspect]) -> None:
        """Read them anew and write what differs; a webhook that came meanwhile leaves nothing to repair."""
        for start in range(0, len(suspects), TOGETHER):
            await self._repair(suspects[start : start + TOGETHER])

    async def prove(self, order_ids: Sequence[int]) -> None:
        """Reckon orders up; what does not add up even when read anew is reported."""
        await prove(self._pool, self._refetcher, self._shop_id, self._run_id, order_ids)

    async def _repair(self, suspects: Sequence[Suspect]) -> None:
        changes = await self._refetcher.read(self._comparison.kind, [each.id for each in suspects])
        cause = await self._cause(suspects)
        async with self._pool.acquire() as connection, connection.transaction():
            await lock(connection, changes)
            still = await self._still_differing(connection, suspects)
            fields = await self._fields(connection, changes)
            await apply(connection, changes, [self._source] * len(changes))
            await refetches.ask(connection, self._shop_id, _buyers(changes), now=True)
            now = datetime.now(UTC)
            drift = [
                Drift(
                    kind=self._comparison.kind,
                    id=each.id,
                    difference=each.difference,
                    fields=self._differing(each, fields),
                    shopify_updated_at=each.shopify_updated_at,
                    stored_updated_at=each.stored_updated_at,
                    stale_for=now - each.shopify_updated_at if each.shopify_updated_at else None,
                    cause=cause,
                )
                for each in suspects
                if each.id in still
            ]
            await reconciles.found(connection, self._run_id, drift)

    def _differing(self, suspect: Suspect, fields: dict[int, list[str]]) -> tuple[str, ...]:
        if suspect.difference != "stale":
            return ()
        return suspect.fields or tuple(fields.get(suspect.id) or [self._comparison.children])

    async def _still_differing(self, connection: Connection, suspects: Sequence[Suspect]) -> set[int]:
        """Those that nothing mended since, of those that can be compared once more."""
        timed = [each for each in suspects if each.shopify_updated_at and each.difference != "extra"]
        if self._comparison.kind == "InventoryItem" or not timed:
            return {each.id for each in suspects}
        rows = await connection.fetch(
            _SQL["versions"].format(table=self._comparison.table),
            self._shop_id,
            [each.id for each in timed],
            [each.shopify_updated_at for each in timed],
            datetime.now(UTC),
        )
        return {row["id"] for row in rows} | {each.id for each in suspects if each not in timed}

    async def _fields(self, connection: Connection, changes: Sequence[Change]) -> dict[int, list[str]]:
        table = self._comparison.table
        rows = [change.record for change in changes if change.record.statement.endswith(f"upsert_{table}")]
        found: list[Any] = await connection.fetch(_SQL["fields"].format(table=table), _ENCODER.encode(rows))
        return {row["id"]: row["fields"] for row in found}

    async def _cause(self, suspects: Sequence[Suspect]) -> str:
        topics = self._comparison.topics
        if await self._pool.fetchval(_SQL["dead_letters"], self._shop_id, topics):
            return "dead letters of these topics wait"
        times = [each.shopify_updated_at for each in suspects if each.shopify_updated_at]
        if not times:
            gone = all(each.difference == "extra" for each in suspects)
            return "its removal was never told" if gone else "the topic that alone tells it never came"
        last = await self._pool.fetchval(_SQL["last_delivery"], self._shop_id, topics, min(times) - BEFORE)
        if last is None:
            return "no webhook of these topics came since"
        return "its webhook never came, others of these topics did"


def _buyers(changes: Sequence[Change]) -> list[Refetch]:
    """What somebody bought or gave back in all changes without a time of its own."""
    orders = [change.record for change in changes if isinstance(change.record, Order)]
    return [Refetch("Customer", order.customer_id) for order in orders if order.customer_id]
