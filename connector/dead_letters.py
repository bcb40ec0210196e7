"""Deliveries that could not be applied: kept with their bytes, listed, shown, replayed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from connector.deliveries import envelope_of
from connector.envelope import Envelope, compress
from connector.postgres import Connection, Pool, blocks

_SQL = blocks("connector", "dead_letters")

#: What the topic of a till's command begins with: it is no delivery, and is carried out from its own row.
COMMANDS = "pos.commands/"


class Failure(NamedTuple):
    """Why a delivery could not be applied: its kind, the words, and where in our code."""

    kind: str
    error: str
    traceback: str | None = None


async def bury(connection: Connection, failed: Sequence[tuple[Envelope, Failure]]) -> None:
    """Keep deliveries as dead letters; one that is known already gets its newest failure."""
    # In one order everywhere, so that two workers never wait for each other crosswise.
    for envelope, failure in sorted(failed, key=lambda pair: (pair[0].shop, pair[0].webhook_id)):
        await connection.execute(
            _SQL["bury"],
            envelope.shop,
            envelope.topic,
            envelope.webhook_id,
            envelope.event_id,
            envelope.api_version,
            envelope.triggered_at,
            envelope.received_at,
            msgspec.json.encode(envelope.headers),
            compress(envelope.body),
            failure.kind,
            failure.error,
            failure.traceback,
            envelope.attempts + 1,
        )


async def resolve(connection: Connection, resolved: Sequence[tuple[int, str]]) -> None:
    """Their replays ended: each dead letter's number, and the outcome."""
    await connection.executemany(_SQL["resolve"], resolved)


async def listed(
    pool: Pool, *, waiting_only: bool = True, topic: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Dead letters without their bodies, the latest failure first."""
    return [dict(row) for row in await pool.fetch(_SQL["list"], waiting_only, topic, limit)]


async def find(pool: Pool, dead_letter_id: int) -> dict[str, Any] | None:
    """One dead letter, whole; ``body`` as it came."""
    row = await pool.fetchrow(_SQL["find"], dead_letter_id)
    return None if row is None else {**row, "body": envelope_of(row).body}


async def to_replay(pool: Pool, dead_letter_ids: Sequence[int]) -> list[Envelope]:
    """The original deliveries of these waiting dead letters, marked so that the ledger lets them through.

    Tills' commands among them are pending again, and not returned: their rows say how they end.
    """
    await pool.execute(_SQL["revive_commands"], list(dead_letter_ids), COMMANDS)
    rows = await pool.fetch(_SQL["start_replay"], list(dead_letter_ids))
    return [
        msgspec.structs.replace(envelope_of(row), replay=True, dead_letter=row["dead_letter_id"])
        for row in rows
    ]


def masked(text: str) -> str:
    """A payload with every word and number of its values hidden; names and structure stay."""
    try:
        payload = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return re.sub(r"[^\s{}\[\]:,]", "•", text[:200])
    return msgspec.json.format(msgspec.json.encode(_mask(payload)), indent=2).decode()


_SAFE = re.compile(r"(?:^id$|_id$|_at$|^status$|^topic$|_status$|^admin_graphql_api_)")


def _mask(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _mask(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mask(inner, name) for inner in value]
    if value is None or isinstance(value, bool) or _SAFE.search(name):
        return value
    return value if value == "" else "•••"
