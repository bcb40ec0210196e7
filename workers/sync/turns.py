"""Which of an import's files is read now: sellable products before what may follow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Of those who would read at the same time, only the first in rank does.

    One process reads two files no sooner together than one after the other, and what was read first is merged
    while the rest is read. Who must wait does so between two chunks, its connection open.
    """

    def __init__(self) -> None:
        self._reading: set[int] = set()
        self._left = asyncio.Event()

    @contextmanager
    def reading(self, rank: int) -> Iterator[None]:
        """Be one of those who read."""
        self._reading.add(rank)
        try:
            yield
        finally:
            self._reading.discard(rank)
            self._left.set()

    async def mine(self, rank: int) -> None:
        """Return once nobody before this rank reads."""
        while min(self._reading) < rank:
            self._left.clear()
            await self._left.wait()
