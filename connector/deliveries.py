"""The ledger: every delivery that was settled, once, in the transaction of its effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple

import msgspec

from connector import days
from connector.days import Daily
from connector.envelope import Envelope, compress, decompress
from connector.postgres import Connection, Pool, blocks

#: What became of a delivery. ``duplicate`` and ``retried`` are not written to the ledger.
Outcome = Literal["applied", "superseded", "duplicate", "ignored", "deferred", "dead", "retried"]

_SQL = blocks("connector", "deliveries")
#: By the day Shopify triggered it on, the same on every retry.
LEDGER = Daily("deliveries", "triggered_on", 7_313_460_228)


class Key(NamedTuple):
    """What one delivery is known by; the day is the one Shopify triggered it on, the same on every retry."""

    shop_id: int
    webhook_id: str
    triggered_on: date


def key_of(envelope: Envelope, shop_id: int) -> Key:
    """The ledger key of a delivery to a shop."""
    return Key(shop_id, envelope.webhook_id, envelope.moment.astimezone(UTC).date())


async def record(
    connection: Connection, settled: Sequence[tuple[Key, Envelope, Outcome]], *, again: bool = False
) -> set[Key]:
    """Write deliveries with their outcomes; return those that were not in the ledger before.

    With ``again``, for replays, a delivery that is in the ledger gets its new outcome and is returned too.
    No key may come twice.
    """
    if not settled:
        return set()
    columns = zip(
        *[
            (
                *key,
                envelope.triggered_at,
                envelope.received_at,
                envelope.topic,
                envelope.event_id,
                envelope.api_version,
                outcome,
                msgspec.json.encode(envelope.other_headers).decode() if envelope.other_headers else None,
                compress(envelope.body),
            )
            for key, envelope, outcome in settled
        ],
        strict=True,
    )
    rows = await connection.fetch(_SQL["record"], *map(list, columns), again)
    return {Key(*row) for row in rows}


async def mark_superseded(connection: Connection, keys: Sequence[Key]) -> None:
    """Of these, nothing was written: newer rows stood already."""
    await _over(connection, "mark_superseded", keys)


async def count_repeats(connection: Connection, keys: Sequence[Key]) -> None:
    """These came again."""
    await _over(connection, "count_repeats", keys)


class Delivery(NamedTuple):
    """A delivery as the ledger knows it."""

    envelope: Envelope
    outcome: str
    repeats: int
    settled_at: datetime


async def find(pool: Pool, webhook_id: str) -> list[Delivery]:
    """The deliveries of that id, of any shop."""
    rows = await pool.fetch(_SQL["find"], webhook_id)
    return [Delivery(envelope_of(row), row["outcome"], row["repeats"], row["settled_at"]) for row in rows]


async def latest(pool: Pool, *, topic: str | None, outcome: str | None, limit: int) -> list[dict[str, Any]]:
    """The most recently settled deliveries, newest first, without their bodies."""
    return [dict(row) for row in await pool.fetch(_SQL["latest"], topic, outcome, limit)]


def envelope_of(row: Any) -> Envelope:
    """The original delivery from a row of the ledger or of the dead letters."""
    return Envelope(
        shop=row["shop"],
        topic=row["topic"],
        webhook_id=row["webhook_id"],
        event_id=row["event_id"],
        api_version=row["api_version"],
        triggered_at=row["triggered_at"],
        received_at=row["received_at"],
        body=decompress(row["body"]),
        other_headers=row["headers"] or {},
    )


async def keep_days(pool: Pool, retention_days: int, today: date) -> None:
    """Have a partition for each day to come and drop the days beyond retention. Idempotent, any host may."""
    await days.keep(pool, LEDGER, retention_days, today)


async def _over(connection: Connection, block: str, keys: Sequence[Key]) -> None:
    if keys:
        await connection.execute(_SQL[block], *map(list, zip(*keys, strict=True)))
