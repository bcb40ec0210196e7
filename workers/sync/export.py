"""A stream's bulk operation: begun or adopted, followed to its end, or replaced by pages."""

from __future__ import annotations

from collections.abc import Sequence

from connector import log, refetches
from connector.changes import Refetch
from connector.resources import RESOURCES
from connector.shopify import bulk, pages
from connector.shopify.bulk import Operation
from connector.syncs import Stream
from workers.sync.parts import ATTEMPTS, Parts, now
from workers.sync.streams import STREAMS

logger = log.get("sync")

#: What is read page by page, thing by thing, where no bulk operation succeeds.
FALLBACK = {
    "locations": "Location",
    "products": "Product",
    "inventory": "InventoryItem",
    "collections": "Collection",
    "customers": "Customer",
    "orders": "Order",
    "fulfillments": "Order",
    "returns": "Order",
}


class Exports:
    """The bulk operations of one import."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._orphans: dict[str, Operation] = {}
        #: How far each file was read when its address was asked for again.
        self._readdressed: dict[str, int] = {}

    async def adopt(self, streams: Sequence[Stream]) -> None:
        """Take over operations that an earlier life of an import began and did not see end."""
        known = {stream.operation_id for stream in streams}
        wanted = {stream.stream for stream in streams if stream.state == "waiting"}
        for operation in await bulk.unfinished(self._parts.admin):
            name = next((name for name, stream in STREAMS.items() if stream.query == operation.query), None)
            if name is None or operation.id in known:
                continue
            if name in wanted and name not in self._orphans:
                self._orphans[name] = operation
            else:
                logger.info("cancelling an export that nobody waits for", stream=name)
                await bulk.cancel(self._parts.admin, operation.id)

    async def begin(self, stream: Stream) -> Stream:
        """Have Shopify export it; waits while others use all of the app's slots."""
        self._readdressed.pop(stream.stream, None)
        words = "waits for other bulk operations of this app to end"
        operation = self._orphans.pop(stream.stream, None) or await bulk.run_when_free(
            self._parts.admin, STREAMS[stream.stream].query, lambda: self._parts.note(stream, note=words)
        )
        return await self._parts.note(
            stream,
            state="exporting",
            operation_id=operation.id,
            asked_at=operation.created_at,
            started_at=stream.started_at or now(),
            note=None,
        )

    async def follow(self, stream: Stream) -> Stream:
        """Wait for the operation's end; one that moves no more for too long is given up."""
        assert stream.operation_id
        stuck_after = self._parts.config.sync_stuck_after
        try:
            async for operation in bulk.follow(self._parts.admin, stream.operation_id, stuck_after):
                stream = await self._parts.note(stream, objects=operation.object_count)
        except bulk.Forgotten as error:
            return await self._parts.again(stream, str(error))
        except bulk.Stuck as error:
            return await self._page(stream, str(error))
        if operation.status == "COMPLETED":
            return await self._completed(stream, operation)
        return await self._ended(stream, operation)

    async def readdress(self, stream: Stream) -> Stream:
        """The result's address now: the one we knew does not open any more."""
        assert stream.operation_id
        if self._readdressed.get(stream.stream) == stream.read_bytes:
            return await self._parts.again(stream, "the host of Shopify's file lets nothing be read from it")
        self._readdressed[stream.stream] = stream.read_bytes
        operation = await bulk.read(self._parts.admin, stream.operation_id)
        if operation is None or operation.status != "COMPLETED" or operation.url in (None, stream.url):
            return await self._parts.again(stream, "the address of Shopify's file does not open any more")
        return await self._parts.note(stream, url=operation.url)

    async def _completed(self, stream: Stream, operation: Operation) -> Stream:
        await self._parts.stage.clear(self._parts.pool, stream.stream)
        return await self._parts.note(
            stream,
            state="reading",
            url=operation.url,
            bytes=operation.file_size or 0,
            objects=operation.object_count,
            read_bytes=0,
            read_objects=0,
        )

    async def _ended(self, stream: Stream, operation: Operation) -> Stream:
        how = operation.error_code or operation.status
        if how == "ACCESS_DENIED":
            return await self._parts.fail(
                stream, "Shopify denies the app access to it: grant it in the app's settings, then resume"
            )
        if stream.attempts + 1 >= ATTEMPTS:
            return await self._page(stream, f"Shopify's bulk operation ended with {how}")
        return await self._parts.again(stream, f"Shopify's bulk operation ended with {how}")

    async def _page(self, stream: Stream, why: str) -> Stream:
        """Have all of it read thing by thing: slower, but it comes."""
        kind = FALLBACK[stream.stream]
        found = 0
        async for page in pages.versions(self._parts.admin, RESOURCES[kind].versions):
            async with self._parts.pool.acquire() as connection:
                things = [Refetch(kind, version.number) for version in page]
                found += await refetches.ask(connection, self._parts.run.shop_id, things, now=True)
            await self._parts.note(stream, objects=found)
        return await self._parts.note(
            stream,
            state="completing",
            objects=found,
            read_objects=found,
            note=f"{why}: read thing by thing instead, which takes longer",
        )
