"""Orders that do not add up: read anew first, and put down in the drift report where that does not help."""

from __future__ import annotations

from collections.abc import Sequence

from connector import proofs, reconciles
from connector.history import Source
from connector.postgres import Pool
from connector.reconciles import Drift
from workers.apply import apply, lock
from workers.refetch import Refetcher

#: Proven by one query.
TOGETHER = 500
#: Read anew by one transaction.
READ = 50


async def prove(
    pool: Pool, refetcher: Refetcher, shop_id: int, run_id: int, order_ids: Sequence[int]
) -> None:
    """Reckon these orders up; what Shopify itself tells inconsistently is reported, never silently kept."""
    for start in range(0, len(order_ids), TOGETHER):
        some = order_ids[start : start + TOGETHER]
        doubtful = {
            *await proofs.failing(pool, shop_id, some),
            *await proofs.unsettled(pool, shop_id, some),
        }
        source = Source("compare", "orders", str(run_id))
        await _read_anew(pool, refetcher, sorted(doubtful), source)
        left = await proofs.failing(pool, shop_id, sorted(doubtful))
        if left:
            await _report(pool, shop_id, run_id, left)


async def _read_anew(pool: Pool, refetcher: Refetcher, order_ids: Sequence[int], source: Source) -> None:
    for start in range(0, len(order_ids), READ):
        changes = await refetcher.changes("Order", order_ids[start : start + READ])
        async with pool.acquire() as connection, connection.transaction():
            await lock(connection, changes)
            await apply(connection, changes, [source] * len(changes))


async def _report(pool: Pool, shop_id: int, run_id: int, left: dict[int, list[proofs.Failing]]) -> None:
    changed_at = await proofs.versions(pool, shop_id, list(left))
    drift = [
        Drift(
            kind="Order",
            id=order_id,
            difference="unproven",
            fields=tuple(each.figure for each in figures),
            shopify_updated_at=changed_at.get(order_id),
            stored_updated_at=changed_at.get(order_id),
            cause="; ".join(map(str, figures)),
        )
        for order_id, figures in left.items()
    ]
    async with pool.acquire() as connection:
        await reconciles.unproven(connection, run_id, drift)
