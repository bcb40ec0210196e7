"""Bulk operations: Shopify runs a query over the whole shop and leaves the result as a file of JSON lines."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from connector.errors import ConnectorError, Permanent
from connector.shopify.client import Admin
from connector.shopify.documents import document

Status = Literal["CREATED", "RUNNING", "COMPLETED", "CANCELING", "CANCELED", "FAILED", "EXPIRED"]

#: Queries that an app may run at once in one shop (Shopify docs, "Bulk operations", since 2026-01).
AT_ONCE = 5

FIRST_POLL, LONGEST_POLL = 0.2, 10.0

_RUN = document("connector.shopify", "bulk", "BulkRun")
_READ = document("connector.shopify", "bulk", "BulkRead")
_UNFINISHED = document("connector.shopify", "bulk", "BulkUnfinished")
_CANCEL = document("connector.shopify", "bulk", "BulkCancel")


class Operation(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A bulk operation as it stands. Counts and sizes are strings in Shopify's answers, numbers here."""

    id: str
    status: Status
    error_code: str | None = None
    created_at: datetime
    completed_at: datetime | None = None
    object_count: int = 0
    root_object_count: int = 0
    file_size: int | None = None
    url: str | None = None
    partial_data_url: str | None = None
    query: str = ""

    @property
    def finished(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ("COMPLETED", "CANCELED", "FAILED", "EXPIRED")


class SlotsTaken(ConnectorError):
    """As many operations run as Shopify allows at once: run it when one of them ends."""


class Forgotten(ConnectorError):
    """Shopify does not know the operation any more."""


class Stuck(ConnectorError):
    """The operation did not move for too long, and was cancelled."""


class _UserError(msgspec.Struct):
    message: str
    code: str | None = None


class _Outcome(msgspec.Struct, rename="camel"):
    bulk_operation: Operation | None = None
    user_errors: list[_UserError] = []


class _Run(msgspec.Struct, rename="camel"):
    bulk_operation_run_query: _Outcome


class _Cancelled(msgspec.Struct, rename="camel"):
    bulk_operation_cancel: _Outcome


class _Read(msgspec.Struct, rename="camel"):
    bulk_operation: Operation | None = None


class _Operations(msgspec.Struct):
    nodes: list[Operation] = []


class _Unfinished(msgspec.Struct, rename="camel"):
    bulk_operations: _Operations


async def run(admin: Admin, query: str) -> Operation:
    """Start one; its id is ours to keep. Raises SlotsTaken, or Permanent with what Shopify refused.

    Where the answer was lost (OutcomeUnknown) it may run all the same: ``unfinished`` finds it.
    """
    answer = await admin.ask(_RUN, {"query": query})
    outcome = msgspec.json.decode(answer.data, type=_Run, strict=False).bulk_operation_run_query
    if outcome.bulk_operation:
        return outcome.bulk_operation
    words = "; ".join(error.message for error in outcome.user_errors) or "no reason was given"
    if any(error.code in ("OPERATION_IN_PROGRESS", "LIMIT_REACHED") for error in outcome.user_errors):
        raise SlotsTaken(words)
    raise Permanent(f"Shopify does not run the bulk query: {words}")


async def run_when_free(
    admin: Admin, query: str, waits: Callable[[], Awaitable[object]] | None = None
) -> Operation:
    """Start one as ``run`` does; while others use all of the app's slots, ``waits`` is called in between."""
    pause = FIRST_POLL
    while True:
        try:
            return await run(admin, query)
        except SlotsTaken:
            if waits:
                await waits()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_POLL)


async def follow(admin: Admin, operation_id: str, stuck_after: float) -> AsyncGenerator[Operation, None]:
    """The operation each time that it moved, the finished one last.

    Raises Forgotten, and Stuck where it counts no more objects for so many seconds.
    """
    pause, objects, moved_at = FIRST_POLL, -1, time.monotonic()
    while True:
        operation = await read(admin, operation_id)
        if operation is None:
            raise Forgotten("Shopify does not know its bulk operation any more")
        if operation.finished or operation.object_count != objects:
            objects, moved_at = operation.object_count, time.monotonic()
            yield operation
        if operation.finished:
            return
        if time.monotonic() - moved_at > stuck_after:
            await cancel(admin, operation_id)
            raise Stuck("Shopify's bulk operation did not move")
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))
        pause = min(pause * 1.5, LONGEST_POLL)


async def read(admin: Admin, operation_id: str) -> Operation | None:
    """The operation as it stands now; None where Shopify does not know it any more."""
    answer = await admin.ask(_READ, {"id": operation_id})
    return msgspec.json.decode(answer.data, type=_Read, strict=False).bulk_operation


async def unfinished(admin: Admin) -> Sequence[Operation]:
    """The queries of this app that are under way, of whatever part of it, newest first."""
    found: list[Operation] = []
    for status in ("created", "running"):
        answer = await admin.ask(_UNFINISHED, {"query": f"status:{status} operation_type:query"})
        found += msgspec.json.decode(answer.data, type=_Unfinished, strict=False).bulk_operations.nodes
    return [operation for operation in found if not operation.finished]


async def cancel(admin: Admin, operation_id: str) -> None:
    """End it if it runs; one that is finished already is as good."""
    await admin.ask(_CANCEL, {"id": operation_id}, repeatable=True)
