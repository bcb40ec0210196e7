"""How much of an import is merged as one: much while it is alone, little while webhooks come."""

from __future__ import annotations

import time

from workers.apply import LANES

#: Blocks of a stage table: a thousand rows or two, merged in about 20 ms.
MUCH = 64
#: A webhook that must wait for its family does so for this much only: about 2 ms.
LITTLE = 2
#: For so long after a webhook was met the next one is expected; seconds.
EXPECTING = 2.0


class Pace:
    """The pace of one import."""

    def __init__(self) -> None:
        self._met_at = float("-inf")

    def met(self) -> None:
        """Somebody else writes to the same family."""
        self._met_at = time.monotonic()

    @property
    def blocks(self) -> int:
        """How many blocks of a stage table to merge as one."""
        return LITTLE if self._expecting else MUCH

    @property
    def lanes(self) -> int:
        """How many such ranges to merge at once."""
        return 1 if self._expecting else LANES

    @property
    def _expecting(self) -> bool:
        return time.monotonic() - self._met_at < EXPECTING
