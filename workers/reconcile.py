"""Comparing a shop's rows with Shopify's: lately changed ones often, all of them at night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector import reconciles
from connector.errors import ConnectorError
from connector.gids import gid_of, number
from connector.postgres import Pool, blocks
from connector.shopify import pages
from connector.shopify.client import Admin
from connector.shopify.documents import document
from workers.comparisons import Comparison
from workers.full_compare import Told, compare_all
from workers.refetch import Refetcher
from workers.repair import Repairs, Suspect

_SQL = blocks("workers", "compare")
_LEVELS = document("connector.families", "inventory", "InventoryLevelsChanged")

#: Shopify's search lags behind its writes; what changed shortly before the last look is looked at again.
OVERLAP = timedelta(minutes=2)
#: The webhook of so late a change may be on its way.
GRACE = timedelta(seconds=30)


class Look(msgspec.Struct):
    """One comparison of one family."""

    pool: Pool
    admin: Admin
    shop_id: int
    comparison: Comparison
    repairs: Repairs
    share: float
    stuck_after: float
    #: Later changes are left to their webhooks, and to the next look.
    until: datetime
    #: Orders made before this are outside of what the app may see.
    window: datetime | None = None
    checked: int = 0


async def reconcile(
    pool: Pool, admin: Admin, shop_id: int, comparison: Comparison, kind: reconciles.Kind, *,
    share: float, stuck_after: float, grace: timedelta = GRACE, window: datetime | None = None,
) -> int:  # fmt: skip
    """Compare one family and repair it; return the number of the run, whose report tells what was found.

    Raises what is transient; then the next look begins where this one did.
    """
    reached = await reconciles.reached(pool, shop_id, comparison.family)
    started = datetime.now(UTC)
    since = None if kind == "full" or reached.until is None else reached.until - OVERLAP
    run_id = await reconciles.begin(pool, shop_id, comparison.family, kind, since)
    refetcher = Refetcher(pool, admin, shop_id, share=share)
    repairs = Repairs(pool, refetcher, shop_id, comparison, run_id)
    look = Look(pool, admin, shop_id, comparison, repairs, share, stuck_after, started - grace, window)
    error: str | None = "it did not end"
    try:
        if since is None:
            await _all(look)
        else:
            await _lately(look, since)
        error = None
    except ConnectorError as trouble:
        error = str(trouble)
        raise
    finally:
        await reconciles.end(pool, run_id, look.checked, error)
    await reconciles.reach(pool, shop_id, comparison.family, look.until, reached, full=since is None)
    return run_id


async def _lately(look: Look, since: datetime) -> None:
    # Locations alone cannot be searched by when they changed; there are few.
    timed = look.comparison.kind != "Location"
    query = f"updated_at:>='{since:%Y-%m-%dT%H:%M:%SZ}'" if timed else ""
    async for page in pages.versions(look.admin, look.comparison.versions, query, share=look.share):
        await _compare(look, [Told(version.number, version.updated_at) for version in page])
    if look.comparison.kind == "InventoryItem":
        for row in await look.pool.fetch(_SQL["active_locations"], look.shop_id):
            await _levels_lately(look, row["id"], query)


async def _all(look: Look) -> None:
    async def compare(told: Sequence[Told]) -> None:
        await _compare(look, [each for each in told if each.other is None])
        if look.comparison.kind == "Customer":
            await _compare_facets(look, told)
        if look.comparison.kind == "InventoryItem":
            by_location: defaultdict[int, list[tuple[Told, bool]]] = defaultdict(list)
            for each in told:
                if each.other is not None:
                    by_location[each.other].append((each, True))
            for location_id, levels in by_location.items():
                await _compare_levels(look, location_id, levels)

    left = await compare_all(
        look.pool, look.admin, look.shop_id, look.comparison, compare,
        share=look.share, stuck_after=look.stuck_after, window=look.window,
    )  # fmt: skip
    await look.repairs.repair(left)


async def _compare_facets(look: Look, told: Sequence[Told]) -> None:
    faceted = [(each.id, each.facets) for each in told if each.facets]
    rows = await look.pool.fetch(
        _SQL["other_facets"],
        look.shop_id,
        [customer_id for customer_id, _ in faceted],
        [facets.orders_count for _, facets in faceted],
        [facets.total_spent for _, facets in faceted],
        [facets.tags for _, facets in faceted],
    )
    await look.repairs.repair(
        [Suspect(row["id"], "stale", None, row["stored_updated_at"], tuple(row["fields"])) for row in rows]
    )


async def _compare(look: Look, told: Sequence[Told]) -> None:
    timely = [each for each in told if each.updated_at and each.updated_at <= look.until]
    look.checked += len(timely)
    rows = await look.pool.fetch(
        _SQL["versions"].format(table=look.comparison.table),
        look.shop_id,
        [each.id for each in timely],
        [each.updated_at for each in timely],
        look.until,
    )
    await look.repairs.repair([_suspect(row) for row in rows])
    if look.comparison.kind == "Order":
        await look.repairs.prove([each.id for each in timely])


async def _compare_levels(look: Look, location_id: int, told: Sequence[tuple[Told, bool]]) -> None:
    """Levels at one location, each with whether it is active."""
    timely = [(each, active) for each, active in told if each.updated_at and each.updated_at <= look.until]
    look.checked += len(timely)
    rows = await look.pool.fetch(
        _SQL["levels"],
        look.shop_id,
        location_id,
        [each.id for each, _ in timely],
        [each.updated_at for each, _ in timely],
        [active for _, active in timely],
        look.until,
    )
    await look.repairs.repair([_suspect(row) for row in rows])


def _suspect(row: Any) -> Suspect:
    return Suspect(row["id"], row["difference"], row["shopify_updated_at"], row["stored_updated_at"])


class _Level(msgspec.Struct, rename="camel"):
    item: _Item
    updated_at: datetime
    is_active: bool = True


class _Item(msgspec.Struct):
    id: str


class _PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class _Levels(msgspec.Struct, rename="camel"):
    nodes: list[_Level]
    page_info: _PageInfo


class _Location(msgspec.Struct, rename="camel"):
    inventory_levels: _Levels


class _Located(msgspec.Struct):
    location: _Location | None = None


async def _levels_lately(look: Look, location_id: int, query: str) -> None:
    """A level's change does not change its item: each location tells of its own."""
    after: str | None = None
    while True:
        asked = {"location": gid_of("Location", location_id), "query": query, "after": after}
        answer = await look.admin.ask(_LEVELS, asked, share=look.share)
        location = msgspec.json.decode(answer.data, type=_Located).location
        if location is None:
            return
        page = location.inventory_levels
        told = [
            (Told(number(each.item.id), each.updated_at, location_id), each.is_active) for each in page.nodes
        ]
        await _compare_levels(look, location_id, told)
        after = page.page_info.end_cursor
        if not page.page_info.has_next_page:
            return
