"""True ties: one version, two contents. Neither is known to be newer, so the thing is read anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import msgspec

from connector.changes import Change, Refetch, look_again
from connector.postgres import Connection, blocks

_SQL = blocks("workers", "ties")
_ENCODER = msgspec.json.Encoder()

#: The tables of things with an id and a version of their own.
TABLES = ("products", "orders", "customers", "collections", "inventory_items", "locations")


async def among_themselves_or_stored(
    connection: Connection, changes: Sequence[Change]
) -> list[tuple[int, Refetch]]:
    """The shops and things of which several contents are told as of one version, now or in a row."""
    return [*_among_themselves(changes), *await _stored(connection, changes)]


def _among_themselves(changes: Sequence[Change]) -> list[tuple[int, Refetch]]:
    seen: dict[tuple[object, ...], Change] = {}
    found = []
    for change in changes:
        other = seen.setdefault((change.record.statement, change.key, change.version), change)
        thing = look_again(change)
        if other is not change and other.record != change.record and thing:
            found.append((change.record.shop_id, thing))
    return found


async def _stored(connection: Connection, changes: Sequence[Change]) -> list[tuple[int, Refetch]]:
    tables = [change.record.statement.partition(".upsert_")[2] for change in changes]
    timed: list[tuple[int, str, int, int, datetime, datetime]] = [
        (position, table, change.record.shop_id, getattr(change.record, "id", 0), *change.version)
        for position, (table, change) in enumerate(zip(tables, changes, strict=True))
        if table in TABLES
    ]
    if not timed:
        return []
    rows = await connection.fetch(_SQL["same_version"], *map(list, zip(*timed, strict=True)))
    same: defaultdict[str, list[Change]] = defaultdict(list)
    for row in rows:
        same[tables[row["position"]]].append(changes[row["position"]])
    found: list[tuple[int, Refetch]] = []
    for table, some in same.items():
        told = _ENCODER.encode([change.record for change in some])
        differing = {row["id"] for row in await connection.fetch(_SQL["differing"].format(table=table), told)}
        for change in some:
            thing = look_again(change)
            if thing and thing.id in differing:
                found.append((change.record.shop_id, thing))
    return found
