"""Imports of a shop: begun, followed, cancelled, resumed; how far each stream of them is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Literal

import msgspec

from connector import postgres
from connector.errors import ConnectorError
from connector.postgres import Connection, Pool, blocks

RunState = Literal["running", "cancelled", "failed", "done"]
StreamState = Literal["waiting", "exporting", "reading", "merging", "completing", "done", "skipped", "failed"]
Reason = Literal["first", "asked", "outage"]

#: What an import may be asked for → the streams it reads; those of "all" in the order they are begun.
WHAT: dict[str, tuple[str, ...]] = {
    "products": ("products", "collections"),
    "inventory": ("locations", "inventory"),
    "orders": ("orders", "fulfillments", "returns"),
    "customers": ("customers",),
    "all": (
        "locations", "products", "inventory", "collections", "customers", "orders", "fulfillments", "returns",
    ),
}  # fmt: skip

_SQL = blocks("connector", "syncs")
#: A space of advisory locks that nothing else in this database uses.
_RUNS = 731_346_033


class Run(msgspec.Struct, frozen=True):
    """One import."""

    run_id: int
    shop_id: int
    reason: Reason
    state: RunState
    started_at: datetime
    ended_at: datetime | None
    error: str | None


class Stream(msgspec.Struct, frozen=True):
    """How far one stream of an import is. Objects are lines of Shopify's file, bytes its size."""

    run_id: int
    stream: str
    state: StreamState
    asked_at: datetime | None
    operation_id: str | None
    objects: int
    bytes: int | None
    url: str | None
    read_bytes: int
    read_objects: int
    to_merge: int
    merged: int
    step: int
    cursor: int
    attempts: int
    gone: int
    note: str | None
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it in this run."""
        return self.state in ("done", "skipped", "failed")


async def begin(pool: Pool, shop_id: int, streams: Sequence[str], reason: Reason) -> tuple[Run, bool]:
    """An import of these streams, and whether it is new: one that runs already is returned as it is."""
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_SQL["begin"], shop_id, reason)
        if row is not None:
            await connection.execute(_SQL["begin_streams"], row["run_id"], list(streams))
            return _run(row), True
    found = await latest(pool, shop_id, ("running",))
    if found is None:
        raise ConnectorError("an import ended at this very moment: try again")
    return found, False


async def resume(pool: Pool, shop_id: int) -> Run | None:
    """Take up the last import where it was cancelled or failed; None where there is none to take up."""
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_SQL["resume"], shop_id)
        if row is None:
            return None
        await connection.execute(_SQL["resume_streams"], row["run_id"])
        return _run(row)


async def cancel(pool: Pool, shop_id: int) -> Run | None:
    """Have the running import stop; what it wrote stays. None where none runs."""
    row = await pool.fetchrow(_SQL["cancel"], shop_id)
    return _run(row) if row else None


async def get(pool: Pool, run_id: int) -> Run:
    """One import; raises ConnectorError where there is none of that number."""
    row = await pool.fetchrow(_SQL["get"], run_id)
    if row is None:
        raise ConnectorError(f"there is no import {run_id}")
    return _run(row)


async def latest(pool: Pool, shop_id: int, states: Sequence[RunState] | None = None) -> Run | None:
    """The newest import of a shop, of those in certain states if given."""
    row = await pool.fetchrow(_SQL["latest"], shop_id, list(states) if states else None)
    return _run(row) if row else None


async def newest(pool: Pool) -> Run | None:
    """The newest import of any shop."""
    row = await pool.fetchrow(_SQL["latest"], None, None)
    return _run(row) if row else None


async def running(pool: Pool) -> list[Run]:
    """All imports that run, of all shops."""
    return [_run(row) for row in await pool.fetch(_SQL["running"])]


async def streams(pool: Pool, run_id: int) -> list[Stream]:
    """The streams of an import, in the order they are begun."""
    return [msgspec.convert(dict(row), Stream) for row in await pool.fetch(_SQL["streams"], run_id)]


async def end(pool: Pool, run_id: int, state: RunState, error: str | None = None) -> None:
    """Say how an import that was running ended."""
    await pool.execute(_SQL["end"], run_id, state, error)


def held(pool: Pool, run_id: int) -> AbstractAsyncContextManager[bool]:
    """Whether the import is ours alone while the block runs."""
    return postgres.held(pool, _RUNS, run_id)


async def trouble(pool: Pool, run_id: int, words: str) -> None:
    """Say what holds up an import that goes on by itself."""
    await pool.execute(_SQL["trouble"], run_id, words)


async def note(connection: Connection | Pool, run_id: int, stream: str, **changed: Any) -> None:
    """Write down how far a stream is: any of its columns."""
    columns = ", ".join(f"{_COLUMNS[name]} = ${number}" for number, name in enumerate(changed, 3))
    await connection.execute(_SQL["note"].format(columns=columns), run_id, stream, *changed.values())


_COLUMNS = {name: f'"{name}"' for name in Stream.__struct_fields__}


def _run(row: Any) -> Run:
    return msgspec.convert(dict(row), Run)
