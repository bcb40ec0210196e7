"""Staged rows into the mirrored tables: in steps of short transactions, webhooks applying in between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from connector import refetches
from connector.changes import Change, Origin, Refetch, tombstone
from connector.families.inventory import InventoryLevel
from connector.families.returns import Return
from connector.gids import number
from connector.history import Source
from connector.postgres import Connection, blocks
from connector.resources import RESOURCES
from workers.apply import apply, lock, lock_family
from workers.refetch import HANGS_ON
from workers.sync.ranges import ranges
from workers.sync.stage import PATIENCE
from workers.sync.streams import PLACES, Stream
from workers.sync.work import Note, Step, Steps, Work, count

_SQL = blocks("workers.sync", "merge")

ROOTS = 200
#: Lines of the children of as many roots as are merged as one.
CHILDREN = 5_000
COLLECTIONS = 50
GONE = 500


def steps(stream: Stream) -> list[Steps]:
    """What is to be done, in order, once all of a stream is staged."""
    if stream.name == "products":
        merging = [ranges("products", "products"), ranges("products", "variants"), _drop_variants]
    elif stream.name == "inventory":
        merging = [ranges("inventory", "inventory_items", "inventory_levels")]
    elif stream.name == "collections":
        merging = [ranges("collections", "collections"), _members]
    else:
        merging = [_regroup]
    return [*merging, *[_sweep(kind) for kind in stream.proves]]


async def _drop_variants(work: Work, cursor: int, note: Note) -> Step:
    """Variants that a product of this import has no more."""
    async with work.pool.acquire() as connection, connection.transaction():
        await work.stage.require(connection, work.stream.name)
        extra = work.stage.sql(_SQL["extra_variants"])
        rows = await connection.fetch(extra, work.shop_id, work.moment, GONE, timeout=PATIENCE)
        if rows:
            await lock_family(connection, work.shop_id, "products")
            ids = [row["id"] for row in rows]
            await connection.execute(_SQL["drop_variants"], work.shop_id, work.moment, ids)
        await note(connection, cursor + 1 if rows else None, 0)
    return Step(cursor + 1 if rows else None, 0)


async def _members(work: Work, cursor: int, note: Note) -> Step:
    async with work.pool.acquire() as connection, connection.transaction():
        await work.stage.require(connection, work.stream.name)
        found = await connection.fetch(work.stage.sql(_SQL["some_collections"]), cursor, COLLECTIONS)
        ids = [row["id"] for row in found]
        rows = 0
        if ids:
            await lock_family(connection, work.shop_id, "collections")
            rows = count(
                await connection.execute(
                    work.stage.sql(_SQL["collection_products"]),
                    work.shop_id,
                    work.moment,
                    ids,
                    timeout=PATIENCE,
                )
            )
        await note(connection, ids[-1] if ids else None, rows)
    return Step(ids[-1] if ids else None, rows)


async def _regroup(work: Work, cursor: int, note: Note) -> Step:
    """Roots with their children as the nodes they were before Shopify made lines of them."""
    assert work.stream.read
    async with work.pool.acquire() as connection, connection.transaction():
        await work.stage.require(connection, work.stream.name)
        roots = await connection.fetch(work.stage.sql(_SQL["roots"]), work.stream.name, cursor, ROOTS)
        if not roots:
            await note(connection, None, 0)
            return Step(None, 0)
        roots = await _as_many_as_fit(connection, work, roots)
        nodes = await _whole(connection, work, [(row["gid"], row["line"]) for row in roots])
        origin = Origin(work.shop_id, work.moment)
        changes = [change for node in nodes for change in work.stream.read(node, origin)]
        rest = _refunded(work.stream, [row["line"] for row in roots]) + _returned(changes)
        await lock(connection, changes)
        await connection.execute("set local plan_cache_mode = force_custom_plan")
        written = await apply(connection, changes, _by(work, changes))
        await refetches.ask(connection, work.shop_id, rest, now=True)
        await note(connection, roots[-1]["position"], len(written))
    return Step(roots[-1]["position"], len(written))


async def _as_many_as_fit(connection: Connection, work: Work, roots: list[Any]) -> list[Any]:
    """So many that they and their children stay in memory; of one however large, that one."""
    while len(roots) > 1:
        gids = [row["gid"] for row in roots]
        children = await connection.fetchval(work.stage.sql(_SQL["count_children"]), work.stream.name, gids)
        if children <= CHILDREN:
            break
        roots = roots[: len(roots) // 2]
    return roots


def _sweep(kind: str) -> Steps:
    """What existed before the export began, and is not in it, is gone."""

    async def step(work: Work, cursor: int, note: Note) -> Step:
        block = _SQL[f"gone_{kind}"]
        given = [work.shop_id, work.moment, *([work.window] if "$3" in block else [])]
        gone = 0
        async with work.pool.acquire() as connection:
            await work.stage.require(connection, work.stream.name)
            rows = await connection.fetch(work.stage.sql(block), *given, timeout=PATIENCE)
            for start in range(0, len(rows), GONE):
                changes = _tombstones(kind, rows[start : start + GONE], Origin(work.shop_id, work.moment))
                async with connection.transaction():
                    await lock(connection, changes)
                    gone += len(await apply(connection, changes, _by(work, changes)))
            await note(connection, None, gone)
        return Step(None, gone)

    return step


def _by(work: Work, changes: Sequence[Change]) -> list[Source]:
    return [Source("import", work.stream.name)] * len(changes)


def _tombstones(kind: str, rows: Sequence[Any], origin: Origin) -> list[Change]:
    if kind == "InventoryLevel":
        levels = [InventoryLevel(inventory_item_id=row["id"], location_id=row["location_id"]) for row in rows]
        return [
            tombstone(level, f"inventory_levels/{level.inventory_item_id}/{level.location_id}", origin)
            for level in levels
        ]
    return [change for row in rows for change in RESOURCES[kind].gone(row["id"], origin)]


async def _whole(connection: Connection, work: Work, roots: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """The nodes as they would have been answered nested; a child of two parents stands in both."""
    found: defaultdict[str, list[tuple[str, str, bytes]]] = defaultdict(list)
    parents = [gid for gid, _ in roots]
    while parents:
        rows = await connection.fetch(work.stage.sql(_SQL["children"]), work.stream.name, parents)
        for row in rows:
            found[row["parent"]].append((row["gid"], row["kind"], row["line"]))
        parents = list({row["gid"] for row in rows})
    return [_nested(gid, line, found) for gid, line in roots]


def _nested(gid: str, line: bytes, found: dict[str, list[tuple[str, str, bytes]]]) -> bytes:
    kind = gid.split("/")[3]
    connections: dict[str, list[msgspec.Raw]] = {
        place: [] for (parent, _), place in PLACES.items() if parent == kind
    }
    for child, child_kind, child_line in found.get(gid, ()):
        connections[PLACES[kind, child_kind]].append(msgspec.Raw(_nested(child, child_line, found)))
    if not connections:
        return line
    node = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    return msgspec.json.encode(node | {place: {"nodes": nodes} for place, nodes in connections.items()})


def _refunded(stream: Stream, lines: Sequence[bytes]) -> list[Refetch]:
    """Orders with refunds: their lines are within a list, where no bulk query reaches."""
    if stream.name != "orders":
        return []
    told = [msgspec.json.decode(line, type=_Refunded) for line in lines if b'"refunds":[]' not in line]
    return [Refetch("Refunds", number(order.id)) for order in told if order.refunds]


def _returned(changes: Sequence[Change]) -> list[Refetch]:
    """Orders with returns: what went back on a shelf is too deep within them for a bulk query."""
    orders = {change.record.order_id for change in changes if isinstance(change.record, Return)}
    return [Refetch(HANGS_ON, order_id) for order_id in orders if order_id]


class _Refunded(msgspec.Struct):
    id: str
    refunds: list[object] = []
