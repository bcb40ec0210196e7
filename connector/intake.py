"""Verified deliveries into Redis, many in one write, bounded."""

from __future__ import annotations

from collections.abc import Sequence

from connector import queue
from connector.envelope import Envelope
from connector.group_commit import GroupCommit
from connector.settings import Settings


class Intake:
    """The way from a request to a durable job."""

    def __init__(self, redis: queue.Redis, settings: Settings) -> None:
        self._redis = redis
        self.group: GroupCommit[Envelope, None] = GroupCommit(
            self._store,
            max_items=settings.batch_max_deliveries,
            max_bytes=settings.batch_max_bytes,
            max_waiting=settings.intake_max_requests,
            max_waiting_bytes=settings.intake_max_bytes,
        )

    async def take(self, envelope: Envelope) -> None:
        """Return once Redis has confirmed the delivery; raises Full or Transient when it has not."""
        await self.group.put((envelope,), len(envelope.body))

    async def _store(self, envelopes: Sequence[Envelope]) -> Sequence[None]:
        await queue.put(self._redis, envelopes)
        return [None] * len(envelopes)
