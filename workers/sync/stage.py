"""An import's stage: unlogged tables that hold what Shopify's files said, until it is merged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from connector.errors import ConnectorError
from connector.postgres import Connection, Pool, blocks
from workers.sync.lines import Chunk, Damaged, kind_of
from workers.sync.rows import TYPED, Kind
from workers.sync.text import foreign, typed

_SQL = blocks("workers.sync", "stage")

#: Counting and indexing millions of rows takes its time; seconds.
PATIENCE = 3600.0

#: Of a typed stream what COPY takes, by the type; of another one records of ``lines``.
Rows = Mapping[Kind, bytes] | Sequence[tuple[Any, ...]]

_LINE_COLUMNS = ("stream", "position", "kind", "gid", "parent", "line")


class Lost(ConnectorError):
    """What was staged is not there any more: the file is read again."""


class Stage:
    """The stage of one import. It does not survive a crash of Postgres; ``holds`` tells."""

    def __init__(self, run_id: int) -> None:
        self._prefix = f"import_{run_id}_"

    def sql(self, text: str) -> str:
        """A statement with this stage's tables in it."""
        return text.replace("{stage}", f"connector.{self._prefix}").replace("{index}", self._prefix)

    async def create(self, pool: Pool) -> None:
        """Make its tables where they are missing; those of imports that nobody goes on with are dropped."""
        for row in await pool.fetch(_SQL["left_over"]):
            await pool.execute(f'drop table if exists connector."{row["tablename"]}"')
        await pool.execute(self.sql(_SQL["create"]))

    async def drop(self, pool: Pool) -> None:
        """Remove its tables."""
        for row in await pool.fetch(_SQL["tables"]):
            if row["tablename"].startswith(self._prefix):
                await pool.execute(f'drop table if exists connector."{row["tablename"]}"')

    def rows(self, stream: str, chunk: Chunk, position: int) -> Rows:
        """A chunk of a file as rows; its first line is the file's ``position``-th object.

        Raises Damaged for a line that is not of the stream.
        """
        if stream in TYPED:
            return typed(stream, chunk, position)
        return [_record(stream, number, line) for number, line in enumerate(chunk.lines, position)]

    async def add(self, connection: Connection, rows: Rows) -> None:
        """Put rows into their tables; raises Damaged where a value is not of its column's type."""
        if not isinstance(rows, Mapping):
            await connection.copy_records_to_table(
                f"{self._prefix}lines", schema_name="connector", columns=_LINE_COLUMNS, records=rows
            )
            return
        try:
            for kind, text in rows.items():
                await connection.copy_to_table(
                    f"{self._prefix}{kind.table}",
                    schema_name="connector",
                    columns=kind.columns,
                    source=_once(text),
                )
        except asyncpg.DataError as error:
            raise Damaged(f"a line is not as it was asked for: {error}") from None

    async def prove(self, pool: Pool, stream: str, objects: int) -> None:
        """Index what was staged and call it proven.

        Raises Lost where it is not all there any more, Damaged where a child's parent is missing.
        """
        which = stream if stream in TYPED else "lines"
        async with pool.acquire() as connection:  # one connection throughout: it does not outlive a crash
            await connection.execute(self.sql(_SQL[f"index_{which}"]), timeout=PATIENCE)
            if await self._count(connection, f"staged_{which}", stream) != objects:
                raise Lost("the stage of an import went with a crash of Postgres")
            orphans = await self._count(connection, f"orphans_{which}", stream)
            if orphans:
                raise Damaged(f"{orphans} objects of the file name a parent that is not in it")
            await connection.execute(self.sql(_SQL["prove"]), stream)

    async def require(self, connection: Connection, stream: str) -> None:
        """Raise Lost unless this connection, as long as it lives, sees all of what was proven.

        After a crash of Postgres the stage is empty, and what is not in it would be taken for gone.
        """
        if not await connection.fetchval(self.sql(_SQL["is_proven"]), stream):
            raise Lost("the stage of an import went with a crash of Postgres")

    async def holds(self, pool: Pool, stream: str) -> int:
        """How many objects of a stream are staged."""
        return await self._count(pool, f"staged_{stream if stream in TYPED else 'lines'}", stream)

    async def clear(self, pool: Pool, stream: str) -> None:
        """Forget what was staged of a stream."""
        await pool.execute(self.sql(_SQL["doubt"]), stream)
        if stream not in TYPED:
            await pool.execute(self.sql(_SQL["forget_lines"]), stream)
            return
        tables = {kind.table for kind in TYPED[stream].values()}
        await pool.execute(
            f"truncate {', '.join(f'connector.{self._prefix}{table}' for table in sorted(tables))}"
        )

    async def _count(self, connection: Connection | Pool, block: str, stream: str) -> int:
        given = [stream] if "$1" in _SQL[block] else []
        return int(await connection.fetchval(self.sql(_SQL[block]), *given, timeout=PATIENCE))


class _Line(msgspec.Struct):
    id: str
    parent: str | None = msgspec.field(name="__parentId", default=None)


_line = msgspec.json.Decoder(_Line)

#: What the lines of regrouped streams may be.
_EXPECTED = {
    "locations": {"Location"},
    "customers": {"Customer"},
    "orders": {"Order", "LineItem"},
    "fulfillments": {"FulfillmentOrder", "FulfillmentOrderLineItem", "Fulfillment", "FulfillmentLineItem"},
    "returns": {"Order", "Return", "ReturnLineItem", "UnverifiedReturnLineItem"},
}


def _record(stream: str, number: int, line: bytes) -> tuple[Any, ...]:
    kind = kind_of(line)
    if kind not in _EXPECTED[stream]:
        raise foreign(kind, stream)
    try:
        told = _line.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"a line is not as it was asked for: {error}") from None
    return stream, number, kind, told.id, told.parent, line


async def _once(text: bytes) -> AsyncIterator[bytes]:
    yield text
