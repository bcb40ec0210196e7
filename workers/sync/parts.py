"""What an import works with, and how it writes down how far each stream is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from connector import log, syncs
from connector.postgres import Connection, Pool
from connector.settings import Settings
from connector.shopify.client import Admin
from connector.syncs import Run, Stream
from workers.sync.pace import Pace
from workers.sync.stage import Stage
from workers.sync.turns import Turns

logger = log.get("sync")

#: A damaged file may have been an accident of the way; a second export that is damaged too hardly is.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """One import's surroundings."""

    config: Settings
    pool: Pool
    admin: Admin
    run: Run
    #: The scopes that the app has, each by the name it is asked for.
    scopes: frozenset[str]
    stage: Stage
    turns: Turns = field(default_factory=Turns)
    pace: Pace = field(default_factory=Pace)

    async def note(self, stream: Stream, connection: Connection | None = None, **changed: Any) -> Stream:
        """The stream as it is from now on, written down; within the connection's transaction if given."""
        await syncs.note(connection or self.pool, stream.run_id, stream.stream, **changed)
        return msgspec.structs.replace(stream, **changed)

    async def again(self, stream: Stream, why: str) -> Stream:
        """Once more from a new export; what was staged of it is not used."""
        if stream.attempts + 1 >= ATTEMPTS:
            return await self.fail(
                stream,
                f"{why}, {ATTEMPTS} exports in a row: go on later with: connector sync --resume; "
                "if that ends so too, ask for help with what this writes: connector support-bundle",
            )
        logger.warning("an export is asked for again", stream=stream.stream, reason=why)
        await self.stage.clear(self.pool, stream.stream)
        return await self.note(
            stream,
            state="waiting",
            attempts=stream.attempts + 1,
            note=why,
            operation_id=None,
            url=None,
            read_bytes=0,
            read_objects=0,
        )

    async def fail(self, stream: Stream, why: str) -> Stream:
        """This stream ends here; the others go on."""
        logger.error("a stream of the import failed", stream=stream.stream, reason=why)
        return await self.note(stream, state="failed", note=why, url=None, ended_at=now())


def now() -> datetime:
    """This moment, with its zone."""
    return datetime.now(UTC)
