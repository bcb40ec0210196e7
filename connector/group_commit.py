"""Many waiting, one write: while one write is in flight, what arrives meanwhile collects for the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Full(Exception):
    """More is waiting than is allowed; nothing was taken on."""


class _Waiting(NamedTuple, Generic[T, R]):
    items: Sequence[T]
    size: int
    done: asyncio.Future[Sequence[R]]


class GroupCommit(Generic[T, R]):
    """Writes what several callers hand in as one batch, one batch at a time, without any timer.

    ``write`` takes the items of a batch and returns a result for each, in order; what it raises is raised to
    every caller of that batch. A batch holds at most ``max_items`` and ``max_bytes``, unless a single caller
    brings more. Beyond ``max_waiting`` items or ``max_waiting_bytes`` in and before the write, ``put`` raises
    Full at once.
    """

    def __init__(
        self,
        write: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        max_items: int,
        max_bytes: int,
        max_waiting: int | None = None,
        max_waiting_bytes: int | None = None,
    ) -> None:
        self._write = write
        self._max_items, self._max_bytes = max_items, max_bytes
        self._max_waiting, self._max_waiting_bytes = max_waiting, max_waiting_bytes
        self._waiting: deque[_Waiting[T, R]] = deque()
        self._writer: asyncio.Task[None] | None = None
        self.items = 0
        self.bytes = 0

    @property
    def full(self) -> bool:
        """Whether the next caller would be refused."""
        return (self._max_waiting is not None and self.items >= self._max_waiting) or (
            self._max_waiting_bytes is not None and self.bytes >= self._max_waiting_bytes
        )

    async def put(self, items: Sequence[T], size: int) -> Sequence[R]:
        """Hand in ``items`` of ``size`` bytes in all, and wait for their results."""
        if self.full:
            raise Full
        done: asyncio.Future[Sequence[R]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(items, size, done))
        self.items += len(items)
        self.bytes += size
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        return await done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await self._write_next()
        finally:
            self._writer = None
            # Some still wait only where this task itself is ended: nobody else would ever answer them.
            self._forget(self._waiting)
            while self._waiting:
                self._waiting.popleft().done.cancel()

    async def _write_next(self) -> None:
        batch = self._next_batch()
        try:
            results = await self._write([item for waiting in batch for item in waiting.items])
        except BaseException as error:
            for waiting in batch:
                _settle(waiting.done, error=error)
            if not isinstance(error, Exception) and not _was_only_the_write(error):
                raise
        else:
            start = 0
            for waiting in batch:
                end = start + len(waiting.items)
                _settle(waiting.done, results[start:end])
                start = end
        finally:
            self._forget(batch)

    def _forget(self, batch: Iterable[_Waiting[T, R]]) -> None:
        for waiting in batch:
            self.items -= len(waiting.items)
            self.bytes -= waiting.size

    def _next_batch(self) -> list[_Waiting[T, R]]:
        batch = [self._waiting.popleft()]
        items, size = len(batch[0].items), batch[0].size
        while self._waiting:
            items += len(self._waiting[0].items)
            size += self._waiting[0].size
            if items > self._max_items or size > self._max_bytes:
                break
            batch.append(self._waiting.popleft())
        return batch


def _was_only_the_write(error: BaseException) -> bool:
    """Whether a cancellation came from within the write: the batches behind it are still to be written."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling()


def _settle(
    done: asyncio.Future[Sequence[R]], results: Sequence[R] = (), error: BaseException | None = None
) -> None:
    # A caller that was cancelled has gone; what it handed in was written all the same.
    if done.done():
        return
    if error is None:
        done.set_result(results)
    elif isinstance(error, asyncio.CancelledError):
        done.cancel()
    else:
        done.set_exception(error)
