"""One import from its beginning, or from where it was left, to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from connector import reconciles, syncs
from connector.errors import ConnectorError, Permanent
from connector.postgres import Connection
from connector.shopify import bulk, errors
from connector.syncs import Stream
from workers.refetch import HANGS_ON, Refetcher
from workers.sync import file, merge, outgrown
from workers.sync.export import FALLBACK, Exports
from workers.sync.lines import Damaged
from workers.sync.parts import Parts, now
from workers.sync.stage import Lost
from workers.sync.streams import STREAMS
from workers.sync.work import Work

#: Lists within lists no bulk query reaches: refund lines, and what of a return went on which shelf.
IN_NO_FILE = {"orders": ("Refunds",), "returns": (HANGS_ON,)}
#: Orders older than this do not exist for an app without read_all_orders (Shopify docs, "Order"); a day is
#: left for clocks and for orders that leave the window while the export runs.
WINDOW = timedelta(days=59)


#: How soon it is looked again whether a missing scope was granted.
LACKING = timedelta(hours=1)
#: A stage that goes again and again has another cause than a crash.
LOST_TIMES = 5


class Cancelled(ConnectorError):
    """Somebody ended the import."""


class Import:
    """Runs the streams of one import side by side. Everything it knows is written down as it goes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._exports = Exports(parts)
        self._lost = 0
        self._exporting = asyncio.Semaphore(bulk.AT_ONCE)
        self._reading = asyncio.Semaphore(parts.config.sync_streams_at_once)

    async def go(self) -> None:
        """Run to the end. Raises Cancelled, or what is transient: run again, it goes on from here."""
        parts = self._parts
        await parts.stage.create(parts.pool)
        streams = [each for each in await syncs.streams(parts.pool, parts.run.run_id) if not each.ended]
        if any(stream.state == "waiting" for stream in streams):
            await self._exports.adopt(streams)
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch())
                working = [group.create_task(self._finish(stream)) for stream in streams]
                if working:
                    await asyncio.wait(working)
                watching.cancel()
        except BaseExceptionGroup as failed:
            raise _most_telling(failed) from None
        await self._end()

    async def abandon(self) -> None:
        """Cancel what still runs for it at Shopify."""
        for stream in await syncs.streams(self._parts.pool, self._parts.run.run_id):
            if stream.state == "exporting" and stream.operation_id:
                await bulk.cancel(self._parts.admin, stream.operation_id)
                await self._parts.note(stream, state="waiting", operation_id=None)

    async def _end(self) -> None:
        pool, run_id = self._parts.pool, self._parts.run.run_id
        failed = [each for each in await syncs.streams(pool, run_id) if each.state == "failed"]
        if failed:
            words = "; ".join(f"{stream.stream}: {stream.note}" for stream in failed)
            await syncs.end(pool, run_id, "failed", words)
        else:
            await syncs.end(pool, run_id, "done")
            await self._parts.stage.drop(pool)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            await outgrown.analyze(self._parts.pool)
            if (await syncs.get(self._parts.pool, self._parts.run.run_id)).state != "running":
                raise Cancelled("the import was cancelled")

    async def _finish(self, stream: Stream) -> None:
        wanted = STREAMS[stream.stream].scopes
        if stream.state == "waiting" and not self._parts.scopes.intersection(wanted):
            words = f"the app lacks the scope {' or '.join(wanted)}"
            await self._parts.note(stream, state="skipped", note=words, ended_at=now())
            # Once the scope is granted, comparing brings all of it.
            pool, shop_id = self._parts.pool, self._parts.run.shop_id
            await reconciles.put_off(pool, shop_id, [STREAMS[stream.stream].family], LACKING)
            return
        while not stream.ended:
            try:
                stream = await self._advance(stream)
            except errors.ResultExpired:
                stream = await self._exports.readdress(await self._known(stream))
            except Lost as error:
                self._lost += 1
                if self._lost > LOST_TIMES:
                    stream = await self._parts.fail(stream, f"{error}, {LOST_TIMES} times: resume it later")
                else:
                    stream = await file.read_again(self._parts, stream)
            except Damaged as error:
                stream = await self._parts.again(stream, str(error))
            except Permanent as error:
                stream = await self._parts.fail(stream, str(error))

    async def _advance(self, stream: Stream) -> Stream:
        """From one state to the next."""
        if stream.state == "waiting":
            async with self._exporting:
                return await self._exports.follow(await self._exports.begin(stream))
        if stream.state == "exporting":
            async with self._exporting:
                return await self._exports.follow(stream)
        if stream.state == "reading":
            async with self._reading:
                return await self._merge(await file.read(self._parts, stream))
        if stream.state == "merging":
            async with self._reading:
                return await self._merge(await file.require_staged(self._parts, stream))
        return await self._complete(stream)

    async def _merge(self, stream: Stream) -> Stream:
        if stream.state != "merging":
            return stream
        assert stream.asked_at
        parts = self._parts
        window = None if "read_all_orders" in parts.scopes else stream.asked_at - WINDOW
        work = Work(
            parts.pool,
            parts.stage,
            STREAMS[stream.stream],
            parts.run.shop_id,
            stream.asked_at,
            window,
            parts.pace,
        )
        steps = merge.steps(work.stream)

        async def note(connection: Connection, cursor: int | None, rows: int) -> None:
            nonlocal stream
            sweeping = stream.step >= len(steps) - len(work.stream.proves)
            counted = {"gone": stream.gone + rows} if sweeping else {"merged": stream.merged + rows}
            where = {"step": stream.step + 1, "cursor": 0} if cursor is None else {"cursor": cursor}
            stream = await parts.note(stream, connection, **counted, **where)

        while stream.step < len(steps):
            await steps[stream.step](work, stream.cursor, note)
        return await parts.note(stream, state="completing")

    async def _complete(self, stream: Stream) -> Stream:
        """Read thing by thing what no file holds, or all of it where no bulk operation succeeded."""
        kinds = list(IN_NO_FILE.get(stream.stream, ()))
        if stream.note:
            kinds.append(FALLBACK[stream.stream])
        parts = self._parts
        refetcher = Refetcher(parts.pool, parts.admin, parts.run.shop_id)
        for kind in kinds:
            while await refetcher.read_due(kind):
                pass
        await parts.stage.clear(parts.pool, stream.stream)
        if stream.asked_at:
            family, whole = STREAMS[stream.stream].family, not stream.note
            await reconciles.covered(parts.pool, parts.run.shop_id, family, stream.asked_at, full=whole)
        return await parts.note(stream, state="done", url=None, ended_at=now())

    async def _known(self, stream: Stream) -> Stream:
        """The stream as it was written down last: a task that failed took its own copy with it."""
        found = await syncs.streams(self._parts.pool, self._parts.run.run_id)
        return next(each for each in found if each.stream == stream.stream)


def _most_telling(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    """That it was cancelled, else the first reason."""
    flat = list(_flat(failed))
    return next((error for error in flat if isinstance(error, Cancelled)), flat[0])


def _flat(failed: BaseException) -> Sequence[BaseException]:
    if not isinstance(failed, BaseExceptionGroup):
        return [failed]
    return [error for inner in failed.exceptions for error in _flat(inner)]
