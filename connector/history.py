"""Who told what of each thing, when, and what came of it: kept beside the ledger, and as long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime
from typing import Literal, NamedTuple

import msgspec

from connector import days
from connector.changes import ROOTS, Change, Refetch
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
    """What one source told of one thing at one moment: each record, its version, whether it was written."""

    root: str
    at: datetime
    triggered_at: datetime
    source: str
    topic: str
    reference: str | None
    gone: bool
    told: list[str]
    versions: list[datetime]
    written: list[bool]


async def record(
    connection: Connection, changes: Sequence[Change], sources: Sequence[Source], written: Set[int]
) -> None:
    """Write down who told these changes, of which those at the positions ``written`` were written.

    An import's are not: a million rows would have a second one each, and their version says it.
    """
    entries: dict[tuple[Source, int, str, datetime | None], _Entry] = {}
    for position, (change, source) in enumerate(zip(changes, sources, strict=True)):
        record = change.record
        won = position in written
        if source.kind == "import" or (not won and record.statement == _LISTS):
            continue
        entry = entries.setdefault((source, record.shop_id, change.root, record.triggered_at), _Entry())
        entry.told.append(_name(change))
        entry.versions.append(change.version[0].isoformat())
        entry.written.append("t" if won else "f")
        entry.gone = entry.gone or record.deleted_at is not None
    await _insert(
        connection,
        [
            (shop_id, root, moment, *source, *entry.columns)
            for (source, shop_id, root, moment), entry in entries.items()
        ],
    )


async def record_thin(connection: Connection, told: Iterable[tuple[Source, int, datetime, Refetch]]) -> None:
    """Write down who told, to which shop and when, of a thing only that it changed."""
    rows = {
        (shop_id, f"{_ROOT_OF[thing.kind]}/{thing.id}", moment, *source, False, "{}", "{}", "{}")
        for source, shop_id, moment, thing in told
        if thing.kind in _ROOT_OF
    }
    await _insert(connection, sorted(rows))


async def of(pool: Pool, shop_id: int, roots: Sequence[str], limit: int) -> list[Told]:
    """What was told of these things, newest first."""
    rows = await pool.fetch(_SQL["of"], shop_id, list(roots), limit)
    return [msgspec.convert(dict(row), Told) for row in rows]


async def keep_days(pool: Pool, retention_days: int, today: date) -> None:
    """Have a partition for each day to come and drop the days beyond retention. Idempotent, any host may."""
    await days.keep(pool, HISTORY, retention_days, today)


class _Entry:
    __slots__ = ("gone", "told", "versions", "written")

    def __init__(self) -> None:
        self.told: list[str] = []
        self.versions: list[str] = []
        self.written: list[str] = []
        self.gone = False

    @property
    def columns(self) -> tuple[bool, str, str, str]:
        return self.gone, _array(self.told), _array(self.versions), _array(self.written)


async def _insert(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        await connection.execute(_SQL["record"], *map(list, zip(*rows, strict=True)))


def _name(change: Change) -> str:
    """A record by its table and Shopify's numbers; words that a merchant chose, such as a tag, stay out."""
    record = change.record
    table = record.statement.partition(".")[2].removeprefix("upsert_")
    names = [str(getattr(record, name)) for name in record.key if name != "tag"]
    return "/".join((table, *names))


def _array(words: Iterable[str]) -> str:
    # Neither a record's name, a time nor t and f needs quotes in an array's text.
    return f"{{{','.join(words)}}}"
