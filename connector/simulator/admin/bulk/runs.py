"""Bulk operations as they run: begun, written to files, ended; five at once."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, BinaryIO, Final

from graphql import GraphQLError

from connector.simulator.admin.bulk.lines import Line, catalogue_lines, lines_of
from connector.simulator.admin.bulk.operation import Operation
from connector.simulator.admin.bulk.refusals import refusals_of
from connector.simulator.admin.bulk.spoil import cut, spoiled
from connector.simulator.admin.faults import Faults
from connector.simulator.admin.view import View
from connector.simulator.catalogue import Catalogue

AT_ONCE: Final = 5
SLICE: Final = 100  # lines written before others get their turn


class Runs:
    """Opened with its first operation; `close` removes every file."""

    def __init__(
        self,
        view: Callable[[], View],
        spend: Callable[[str], bool],
        now: Callable[[], datetime],
        ended: Callable[[Operation], None],
    ) -> None:
        """`spend` says whether a fault that counts down applies now; `ended` is told of every end."""
        self.operations: dict[int, Operation] = {}
        self._view, self._spend, self._now, self._ended = view, spend, now, ended
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = Random(1)
        self.failures: list[str] = []  # errors of our own that ended an operation; there should be none

    def run(self, number: int, query: str, origin: str, catalogue: Catalogue | None = None) -> dict[str, Any]:
        """The payload of bulkOperationRunQuery; a catalogue, if any, tells products and inventory."""
        if refusals := refusals_of(query):
            errors = [{"field": ["query"], "message": text, "code": "INVALID"} for text in refusals]
            return {"bulkOperation": None, "userErrors": errors}
        running = [ran for ran in self.operations.values() if ran.running]
        if len(running) >= AT_ONCE:
            named = ", ".join(f"gid://shopify/BulkOperation/{ran.id}" for ran in running)
            message = f"A bulk query operation for this app and shop is already in progress: {named}."
            error = {"field": None, "message": message, "code": "OPERATION_IN_PROGRESS"}
            return {"bulkOperation": None, "userErrors": [error]}
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="simulated-bulk-")
        file = Path(self._folder.name) / f"{number}.jsonl"
        ran = Operation(id=number, query=query, created_at=self._now(), file=file)
        self.operations[number] = ran
        task = asyncio.create_task(self._live(ran, origin, catalogue))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return {"bulkOperation": ran, "userErrors": []}

    def cancel(self, ran: Operation | None) -> dict[str, Any]:
        """The payload of bulkOperationCancel."""
        if ran is None:
            message = "Bulk operation does not exist"
            return {"bulkOperation": None, "userErrors": [{"field": ["id"], "message": message}]}
        if not ran.running:
            message = f"A bulk operation cannot be canceled when it is {ran.status.lower()}"
            return {"bulkOperation": ran, "userErrors": [{"field": None, "message": message}]}
        ran.status = "CANCELING"
        return {"bulkOperation": ran, "userErrors": []}

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.failures.append(repr(error))

    async def close(self) -> None:
        """Nothing runs any more, and no file is left."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._folder is not None:
            self._folder.cleanup()

    async def _live(self, ran: Operation, origin: str, catalogue: Catalogue | None) -> None:
        view = self._view()
        faults = view.faults
        await self._pass(ran, faults.bulk_created)
        if ran.running and ran.status == "CREATED":
            ran.status = "RUNNING"
        if self._spend("bulk_stuck_next"):
            await self._pass(ran, None)
        failing = self._spend("bulk_fail_next")
        lines = (catalogue_lines(ran.query, catalogue) if catalogue else None) or lines_of(ran.query, view)
        error = await self._write(ran, lines, faults, failing=failing)
        if error is None and not failing:
            await self._pass(ran, faults.bulk_running)
        await asyncio.sleep(0)
        self._end(ran, origin, error or (faults.bulk_error if failing else None), faults)

    async def _pass(self, ran: Operation, seconds: float | None) -> None:
        """Let time go by, for ever if None, but no longer than until it is cancelled."""
        left = seconds
        while ran.status != "CANCELING" and (left is None or left > 0):
            step = 0.01 if left is None else min(0.01, left)
            await asyncio.sleep(step)
            left = None if left is None else left - step

    async def _write(
        self, ran: Operation, found: Iterator[Line], faults: Faults, *, failing: bool
    ) -> str | None:
        """Write the file; answers with the code of what went wrong, if so."""
        with ran.file.open("wb") as file:
            try:
                lines = spoiled(found, faults, self._random)
                written, ended = 0, False
                while ran.status != "CANCELING" and (some := list(islice(lines, SLICE))):
                    if failing:
                        some = some[: max(1, len(some) // 2)]
                    if not ended:
                        written, ended = self._put(file, some, written, faults)
                    ran.objects += sum(line.text[:1] == b"{" for line in some)
                    ran.roots += sum(line.root for line in some)
                    if failing:
                        break
                    await asyncio.sleep(0)
            except GraphQLError:
                return "ACCESS_DENIED"
        return None

    @staticmethod
    def _put(file: BinaryIO, lines: list[Line], written: int, faults: Faults) -> tuple[int, bool]:
        for line in lines:
            text = cut(written, line.text, faults)
            if text is None:
                return written, True
            file.write(text)
            written += 1
        return written, False

    def _end(self, ran: Operation, origin: str, error: str | None, faults: Faults) -> None:
        url = f"{origin}/simulator/bulk/{ran.id}/{self._random.getrandbits(96):024x}.jsonl"
        ran.completed_at = self._now()
        if ran.status == "CANCELING":
            ran.status = "CANCELED"
        elif error:
            ran.status, ran.error_code = "FAILED", error
            if faults.bulk_partial and ran.objects and error != "ACCESS_DENIED":
                ran.partial_url = url
        else:
            ran.status = "COMPLETED"
            ran.size = ran.file.stat().st_size if ran.objects else 0
            ran.url = url if ran.objects else None
        self._ended(ran)


def chunks(file: Path, begin: int, end: int, size: int = 65_536) -> Iterator[bytes]:
    """Bytes from `begin` until before `end`."""
    with file.open("rb") as source:
        source.seek(begin)
        while begin < end and (some := source.read(min(size, end - begin))):
            begin += len(some)
            yield some
