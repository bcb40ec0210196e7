"""The app's budget in this shop: points that queries take, and that come back with time."""

from collections.abc import Callable
from typing import Any


class Bucket:
    def __init__(self, clock: Callable[[], float], size: float, rate: float) -> None:
        """`clock` in seconds."""
        self._clock = clock
        self._size, self._rate = size, rate
        self._held, self._at = size, clock()

    def resize(self, size: float, rate: float) -> None:
        """A new size begins full."""
        self._refill()
        if size != self._size:
            self._held = size
        self._size, self._rate = size, rate

    def take(self, points: float) -> bool:
        """Whether there were so many; if not, nothing is taken."""
        self._refill()
        if points > self._held:
            return False
        self._held -= points
        return True

    def give_back(self, points: float) -> None:
        self._held = min(self._size, self._held + points)

    def status(self) -> dict[str, Any]:
        self._refill()
        return {
            "maximumAvailable": _number(self._size),
            "currentlyAvailable": int(self._held),
            "restoreRate": _number(self._rate),
        }

    def _refill(self) -> None:
        now = self._clock()
        self._held = min(self._size, self._held + (now - self._at) * self._rate)
        self._at = now


def _number(value: float) -> float:
    return int(value) if value == int(value) else value
