"""What waits to be read anew from the Admin API: many asks for one thing are one row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from connector.changes import Refetch
from connector.postgres import Connection, Pool, blocks

_SQL = blocks("connector", "refetches")


class Waiting(NamedTuple):
    """One thing that is due, how often it was asked for by then, since when, and by which delivery last."""

    id: int
    asks: int
    asked_at: datetime
    asked_by: str | None = None


async def ask(
    connection: Connection, shop_id: int, things: Iterable[Refetch], *,
    now: bool = False, by: Mapping[Refetch, str] | None = None,
) -> int:  # fmt: skip
    """Have these read anew once each settled, or ``now``; return how many. None waits longer than before.

    ``by`` names the deliveries that ask for them.
    """
    asked_by: dict[tuple[str, int], str] = {(thing.kind, thing.id): who for thing, who in (by or {}).items()}
    wanted: dict[tuple[str, int], float] = {}
    for thing in things:
        key = thing.kind, thing.id
        wanted[key] = min(0.0 if now else thing.settle, wanted.get(key, thing.settle))
    if wanted:
        rows = [(*key, wanted[key], asked_by.get(key)) for key in sorted(wanted)]
        await connection.execute(_SQL["ask"], shop_id, *map(list, zip(*rows, strict=True)))
    return len(wanted)


async def due(pool: Pool, shop_id: int, kind: str, limit: int) -> list[Waiting]:
    """The longest waiting of one kind that are due."""
    return [Waiting(**row) for row in await pool.fetch(_SQL["due"], shop_id, kind, limit)]


async def next_due(pool: Pool, shop_id: int) -> datetime | None:
    """When the next of them is due; None when nothing waits."""
    at: datetime | None = await pool.fetchval(_SQL["next_due"], shop_id)
    return at


async def shops_waiting(pool: Pool) -> list[int]:
    """The shops for which something is due."""
    return [row["shop_id"] for row in await pool.fetch(_SQL["shops_waiting"])]


async def shops_asking(pool: Pool) -> list[int]:
    """The shops for which something waits, due or not."""
    return [row["shop_id"] for row in await pool.fetch(_SQL["shops_asking"])]


async def done(connection: Connection, shop_id: int, kind: str, read: Sequence[Waiting]) -> None:
    """They were read; what was asked for again since then stays."""
    await connection.execute(
        _SQL["done"],
        shop_id,
        kind,
        [each.id for each in read],
        [each.asks for each in read],
        [each.asked_at for each in read],
    )


async def tried(pool: Pool, shop_id: int, kind: str, ids: Sequence[int]) -> None:
    """They could not be read for now; those that were tried less often come first."""
    await pool.execute(_SQL["tried"], shop_id, kind, ids)


async def put_off(
    pool: Pool, shop_id: int, kind: str, ids: Sequence[int], wait: timedelta, error: str
) -> None:
    """They could not be read; not before ``wait`` again, and why."""
    await pool.execute(_SQL["put_off"], shop_id, kind, ids, wait, error)


async def waiting(pool: Pool, shop_id: int, kinds: Sequence[str] | None = None) -> int:
    """How many wait, due or not, of certain kinds if given."""
    return int(await pool.fetchval(_SQL["waiting"], shop_id, list(kinds) if kinds else None))
