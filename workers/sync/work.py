"""What the steps of a merge work on, and how each tells how far it came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

from connector.postgres import Connection, Pool
from workers.sync.pace import Pace
from workers.sync.stage import Stage
from workers.sync.streams import Stream


class Work(NamedTuple):
    """What a step works on: an import's stage, of which shop, as of when Shopify began the export."""

    pool: Pool
    stage: Stage
    stream: Stream
    shop_id: int
    moment: datetime
    #: Orders made before this are outside of what the app may see, and their absence proves nothing.
    window: datetime | None
    pace: Pace


class Step(NamedTuple):
    """Where a merge goes on after a piece of work; a cursor of None is the end of the step."""

    cursor: int | None
    rows: int


#: Writes down where a merge goes on, and how many rows were written; within the connection's transaction.
Note = Callable[[Connection, int | None, int], Awaitable[None]]
#: From a cursor to the next. What was noted is not done again, what was not may be.
Steps = Callable[[Work, int, Note], Awaitable[Step]]


def count(status: str) -> int:
    """The rows of a statement, from what Postgres says of it."""
    return int(status.rpartition(" ")[2])
