"""Comparisons with Shopify: how far back they look, what they found, and the drift report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from connector.postgres import Connection, Pool, blocks

Kind = Literal["incremental", "full", "outage"]
Difference = Literal["missing", "stale", "extra", "unproven"]

#: What a comparison may be asked for → the families it compares.
WHAT: dict[str, tuple[str, ...]] = {
    "products": ("products", "collections"),
    "inventory": ("locations", "inventory"),
    "orders": ("orders", "pickups"),
    "customers": ("customers",),
    "all": ("locations", "products", "inventory", "collections", "customers", "orders", "pickups"),
}

_SQL = blocks("connector", "reconciles")


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One row that differed: which fields, for how long, and probably why."""

    kind: str
    id: int
    difference: Difference
    fields: tuple[str, ...] = ()
    shopify_updated_at: datetime | None = None
    stored_updated_at: datetime | None = None
    stale_for: timedelta | None = None
    cause: str | None = None


class Reconciled(msgspec.Struct, frozen=True):
    """Up to which moment of Shopify a family is known to agree, and when all of it was compared."""

    until: datetime | None = None
    full_at: datetime | None = None
    #: What somebody asked for and has not been done yet.
    wanted: Kind | None = None
    #: It could not be compared, and is not tried again before this.
    not_before: datetime | None = None


async def begin(pool: Pool, shop_id: int, family: str, kind: Kind, since: datetime | None) -> int:
    """A comparison begins; return its number."""
    return int(await pool.fetchval(_SQL["begin"], shop_id, family, kind, since))


async def found(connection: Connection, run_id: int, drift: Sequence[Drift]) -> None:
    """Write down rows that differed and are repaired in this transaction."""
    await connection.executemany(
        _SQL["found"],
        [
            (
                run_id, each.kind, each.id, each.difference, list(each.fields), each.shopify_updated_at,
                each.stored_updated_at, each.stale_for, each.cause,
            )
            for each in drift
        ],
    )  # fmt: skip


async def unproven(connection: Connection, run_id: int, drift: Sequence[Drift]) -> None:
    """Write down orders that do not add up even as Shopify tells them now: nothing repaired them."""
    await connection.executemany(
        _SQL["unproven"],
        [
            (
                run_id, each.kind, each.id, list(each.fields), each.shopify_updated_at,
                each.stored_updated_at, each.cause,
            )
            for each in drift
        ],
    )  # fmt: skip


async def end(pool: Pool, run_id: int, checked: int, error: str | None = None) -> None:
    """How many rows were compared; the differences are counted from what was found."""
    await pool.execute(_SQL["end"], run_id, checked, error)


async def reached(pool: Pool, shop_id: int, family: str) -> Reconciled:
    """How far a family is known to agree."""
    row = await pool.fetchrow(_SQL["reached"], shop_id, family)
    return Reconciled(**dict(row)) if row else Reconciled()


async def reach(
    pool: Pool, shop_id: int, family: str, until: datetime, before: Reconciled, *, full: bool = False
) -> None:
    """A comparison that began when it stood as ``before`` found that the family agrees up to this moment.

    What was asked for since then stays to be done.
    """
    await pool.execute(_SQL["reach"], shop_id, family, until, full, before.until, before.wanted)
    await pool.execute(_SQL["forget"], shop_id, family)


async def covered(pool: Pool, shop_id: int, family: str, until: datetime, *, full: bool) -> None:
    """An import has the family as it was at this moment; ``full`` where it also knows what is gone."""
    await pool.execute(_SQL["covered"], shop_id, family, until, full)


async def put_off(pool: Pool, shop_id: int, families: Iterable[str], wait: timedelta) -> None:
    """These cannot be compared now; somebody may have mended that by then."""
    await pool.execute(_SQL["put_off"], shop_id, list(families), wait)


async def look_back(pool: Pool, shop_id: int, families: Iterable[str], since: datetime) -> None:
    """Have the next comparison of these families begin at ``since`` where it would begin later.

    For a gap in which webhooks cannot have come: a lost subscription, an outage of ours.
    """
    await pool.execute(_SQL["look_back"], shop_id, list(families), since)


async def want(pool: Pool, shop_id: int, families: Iterable[str], kind: Kind) -> None:
    """Have these families compared as soon as may be."""
    await pool.execute(_SQL["want"], shop_id, list(families), kind)


async def waiting(pool: Pool, shop_id: int, families: Iterable[str]) -> list[str]:
    """Those of these families that were asked for and are not compared yet."""
    return [row["family"] for row in await pool.fetch(_SQL["waiting"], shop_id, list(families))]


async def report(pool: Pool, shop_id: int | None = None, *, limit: int = 50) -> list[dict[str, Any]]:
    """The newest comparisons, with how many rows were missing, stale, extra and unproven."""
    return [dict(row) for row in await pool.fetch(_SQL["report"], shop_id, limit)]


async def drift(pool: Pool, run_id: int) -> list[dict[str, Any]]:
    """The rows that one comparison found to differ."""
    return [dict(row) for row in await pool.fetch(_SQL["drift"], run_id)]
