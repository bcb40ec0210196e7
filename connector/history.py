"""Who told what of each thing, when, and what came of it: kept beside the ledger, and as long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime
from functools import cache
from typing import Literal, NamedTuple

import msgspec

from connector import days
from connector.changes import ROOTS, Change, Record, Refetch
from connector.days import Daily
from connector.postgres import Connection, Pool, blocks

_SQL = blocks("connector", "history")
HISTORY = Daily("history", "at", 7_313_460_240)

#: A webhook and its replay tell by themselves; all others are answers to what we asked.
HEARD = frozenset(("webhook", "replay"))
#: Its statement finds nothing to do where all is as the list says: that is not being superseded.
_LISTS = "inventory.disconnect_unlisted"

#: What is read anew → what its root begins with.
_ROOT_OF = {kind: name for name, kind in reversed(ROOTS.items())} | {
    "Refunds": "orders",
    "Fulfillments": "orders",
    "FulfillmentOrder": "fulfillment_orders",
    "Return": "returns",
}


class Source(NamedTuple):
    """Who tells a change.

    ``topic`` is the webhook's topic, the kind that was read anew, the family compared, the stream imported
    or the command carried out; ``reference`` the delivery, also the one that a refetch was asked for by, the
    run of a comparison, the id of a command.
    """

    kind: Literal["webhook", "replay", "refetch", "compare", "import", "command"]
    topic: str
    reference: str | None = None


class Told(msgspec.Struct, frozen=True):
    """What a source told of one record; or, without one, only that the thing changed."""

    at: datetime
    triggered_at: datetime
    updated_at: datetime | None
    root: str
    record: str | None
    source: str
    topic: str
    reference: str | None
    written: bool
    gone: bool


async def record(
    connection: Connection, changes: Sequence[Change], sources: Sequence[Source], written: Set[int]
) -> None:
    """Write down who told these changes, of which those at the positions ``written`` were written.

    An import's are not: a million rows would have a second one each, and their version says it.
    """
    rows = []
    for position, (change, source) in enumerate(zip(changes, sources, strict=True)):
        told, won = change.record, position in written
        if source.kind == "import" or (not won and told.statement == _LISTS):
            continue
        assert told.triggered_at
        rows.append(
            _Row(
                told.shop_id, won, told.deleted_at is not None, told.triggered_at, change.version[0],
                change.root, _name(told), source.kind, source.topic, source.reference,
            )
        )  # fmt: skip
    await _insert(connection, rows)


async def record_thin(connection: Connection, told: Iterable[tuple[Source, int, datetime, Refetch]]) -> None:
    """Write down who told, to which shop and when, of a thing only that it changed."""
    rows = {
        _Row(shop_id, False, False, moment, None, f"{_ROOT_OF[thing.kind]}/{thing.id}", None, *source)
        for source, shop_id, moment, thing in told
        if thing.kind in _ROOT_OF
    }
    await _insert(connection, list(rows))


async def of(
    pool: Pool, shop_id: int, roots: Sequence[str], records: Sequence[str] | None, limit: int
) -> list[Told]:
    """What was told of these things, newest first; of certain records of theirs only, if given."""
    rows = await pool.fetch(_SQL["of"], shop_id, list(roots), list(records) if records else None, limit)
    return [msgspec.convert(dict(row), Told) for row in rows]


async def keep_days(pool: Pool, retention_days: int, today: date) -> None:
    """Have a partition for each day to come and drop the days beyond retention. Idempotent, any host may."""
    await days.keep(pool, HISTORY, retention_days, today)


class _Row(msgspec.Struct, frozen=True, gc=False):
    shop_id: int
    written: bool
    gone: bool
    triggered_at: datetime
    updated_at: datetime | None
    root: str
    record: str | None
    source: str
    topic: str
    reference: str | None


async def _insert(connection: Connection, rows: Sequence[_Row]) -> None:
    if rows:
        # As JSON: Postgres takes many columns' arrays apart more slowly.
        await connection.execute(_SQL["record"], msgspec.json.encode(rows))


def _name(record: Record) -> str:
    """A record by its table and Shopify's numbers; words that a merchant chose, such as a tag, stay out."""
    words = [str(getattr(record, name)) for name in record.key if name != "tag"]
    return "/".join((_table(record.statement), *words))


@cache
def _table(statement: str) -> str:
    return statement.partition(".")[2].removeprefix("upsert_")
