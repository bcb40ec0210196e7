"""The only writer of mirrored tables: changes into rows, set by set, newer versions winning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from connector import history
from connector.changes import Change, carries_all_of
from connector.history import HEARD, Source
from connector.postgres import Connection, blocks

#: In this order everywhere, so that two workers never wait for each other crosswise.
STATEMENTS = (
    "shop.upsert_shop",
    "shop.mark_uninstalled",
    "locations.upsert_locations",
    "products.upsert_products",
    "collections.upsert_collections",
    "inventory.upsert_inventory_items",
    "inventory.upsert_inventory_levels",
    "inventory.disconnect_unlisted",
    "orders.upsert_orders",
    "refunds.upsert_refunds",
    "refunds.upsert_refund_returns",
    "fulfillments.upsert_fulfillments",
    "pickups.upsert_fulfillment_orders",
    "returns.upsert_returns",
    "customers.upsert_customers",
    "customer_facets.upsert_consents",
    "customer_facets.upsert_tag_lists",
    "customer_facets.upsert_tags",
    "customer_facets.upsert_totals",
    "customer_facets.upsert_merges",
)

#: How many transactions of an import may write to one family at once.
LANES = 2

_SQL = blocks("workers", "apply")
_ENCODER = msgspec.json.Encoder()


async def lock(connection: Connection, changes: Iterable[Change]) -> None:
    """Hold what the changes are about until the transaction ends.

    Rows that do not exist yet cannot be locked, and a row is merged with its patch and replaced with its
    children in several steps: two workers at one product or order must take turns, and all in one order.
    An import that merges thousands of a family's rows at once holds a lane of the family instead: others
    hold every lane, so that either it writes or they do, while two lanes of it may write side by side.
    """
    families, roots = set[str](), set[str]()
    for change in changes:
        family = change.record.statement.partition(".")[0]
        families.update(_family(change.record.shop_id, family, lane) for lane in range(LANES))
        roots.add(f"{change.record.shop_id}/{change.root}")
    if roots:
        await connection.execute(_SQL["lock"], list(families), list(roots))


async def lock_family(connection: Connection, shop_id: int, family: str, lane: int = 0) -> bool:
    """Keep all who `lock` out of a shop's family, and others out of this lane, until the transaction ends.

    Return whether somebody else was there, or waited, and went first.
    """
    name = _family(shop_id, family, lane)
    if await connection.fetchval(_SQL["try_lock_family"], name):
        return False
    await connection.execute(_SQL["lock_family"], name)
    return True


def _family(shop_id: int, family: str, lane: int) -> str:
    return f"{shop_id}/{family}/{lane}"


async def apply(connection: Connection, changes: Sequence[Change], sources: Sequence[Source]) -> set[int]:
    """Write the changes whose version is not older than the row's; return the positions of those written.

    Each has its source, who tells it: the history is written along. What Shopify answered when it was asked,
    and so all of them, raises a tombstone that was there before the question.

    Of several changes of one row only the newest is written, unless an older one tells something that the
    newest leaves alone.
    """
    if any(source.kind not in HEARD for source in sources):
        await connection.execute(_SQL["asked"])
    by_statement: defaultdict[str, list[int]] = defaultdict(list)
    for position, change in enumerate(changes):
        by_statement[change.record.statement].append(position)
    written: set[int] = set()
    for statement in STATEMENTS:
        for wave in _waves(changes, by_statement.pop(statement, [])):
            written |= await _write(connection, statement, changes, wave)
    assert not by_statement, f"no place in the order of statements for {sorted(by_statement)}"
    await history.record(connection, changes, sources, written)
    return written


async def _write(
    connection: Connection, statement: str, changes: Sequence[Change], wave: Sequence[int]
) -> set[int]:
    family, _, block = statement.partition(".")
    rows = await connection.fetch(
        blocks("connector.families", family)[block],
        _ENCODER.encode([changes[position].record for position in wave]),
    )
    at = {changes[position].key: position for position in wave}
    return {at[tuple(row.values())] for row in rows}


def _waves(changes: Sequence[Change], positions: Sequence[int]) -> Iterable[list[int]]:
    """Rounds in which no row comes twice, older versions first."""
    of_row: defaultdict[tuple[int | str, ...], list[int]] = defaultdict(list)
    for position in positions:
        of_row[changes[position].key].append(position)
    queues = [_telling(changes, same) if len(same) > 1 else same for same in of_row.values()]
    while queues:
        yield [queue.pop(0) for queue in queues]
        queues = [queue for queue in queues if queue]


def _telling(changes: Sequence[Change], positions: list[int]) -> list[int]:
    """Those of one row's changes that a newer one does not wholly replace, older first."""
    ordered = sorted(positions, key=lambda position: changes[position].version)
    newest = changes[ordered[-1]].record
    older = [position for position in ordered[:-1] if not carries_all_of(newest, changes[position].record)]
    return [*older, ordered[-1]]
