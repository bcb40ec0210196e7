"""A stream's file: staged from where we are to its end, and proven whole before anything of it is applied."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from connector.syncs import Stream
from workers.sync.lines import Damaged, chunks
from workers.sync.parts import Parts
from workers.sync.stage import Rows
from workers.sync.streams import STREAMS


async def read(parts: Parts, stream: Stream) -> Stream:
    """Stage the file; raises Damaged where it is not what Shopify said, ResultExpired at a dead address."""
    stream = await require_staged(parts, stream)
    if stream.url:
        with parts.turns.reading(_rank(stream)):
            stream = await _stage(parts, stream, stream.url)
    if stream.read_objects != stream.objects:
        raise Damaged(f"Shopify reported {stream.objects} objects, its file holds {stream.read_objects}")
    await parts.stage.prove(parts.pool, stream.stream, stream.objects)
    return await parts.note(
        stream, state="merging", step=0, cursor=0, merged=0, gone=0, to_merge=stream.objects
    )


async def require_staged(parts: Parts, stream: Stream) -> Stream:
    """Have it read again where a crash of Postgres took what was staged: the stage is not logged."""
    if await parts.stage.holds(parts.pool, stream.stream) == stream.read_objects:
        return stream
    return await read_again(parts, stream)


async def read_again(parts: Parts, stream: Stream) -> Stream:
    """Begin the file anew."""
    await parts.stage.clear(parts.pool, stream.stream)
    return await parts.note(stream, state="reading", read_bytes=0, read_objects=0)


async def _stage(parts: Parts, stream: Stream, url: str) -> Stream:
    """While Postgres takes one chunk, the next is read."""
    writing: asyncio.Task[Stream] | None = None
    position = stream.read_objects
    async with aclosing(parts.admin.download(url, stream.read_bytes)) as source:
        try:
            async for chunk in chunks(source, stream.read_bytes):
                await parts.turns.mine(_rank(stream))
                rows = parts.stage.rows(stream.stream, chunk, position + 1)
                position += len(chunk.lines)
                if writing:
                    await writing
                writing = asyncio.create_task(_write(parts, stream, rows, chunk.offset, position))
        finally:
            if writing:
                stream = await writing
    return stream


def _rank(stream: Stream) -> int:
    return list(STREAMS).index(stream.stream)


async def _write(parts: Parts, stream: Stream, rows: Rows, offset: int, position: int) -> Stream:
    async with parts.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local synchronous_commit = off")
        await parts.stage.add(connection, rows)
        return await parts.note(stream, connection, read_bytes=offset, read_objects=position)
