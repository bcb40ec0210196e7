"""The query budget of a shop: a bucket of points that refills, as Shopify tells."""

from __future__ import annotations

import time

from connector.shopify.answers import Cost

#: What is assumed before the first answer told: the least that Shopify ever gave.
MAXIMUM, RESTORED = 1000.0, 50.0


class LocalBudget:
    """This process's own idea of the bucket."""

    def __init__(self) -> None:
        self._maximum, self._restored = MAXIMUM, RESTORED
        self._available, self._at = MAXIMUM, time.monotonic()
        self._reserved: dict[str, float] = {}
        self._last = 0

    async def reserve(self, cost: float, share: float) -> tuple[str, float]:
        """A reservation, or "" and the seconds to wait before asking again."""
        self._refill()
        needed = min(cost + (1.0 - share) * self._maximum, self._maximum)
        if self._available < needed:
            return "", (needed - self._available) / self._restored
        self._available -= cost
        self._last += 1
        self._reserved[str(self._last)] = cost
        return str(self._last), 0.0

    async def settle(self, reservation: str, cost: Cost | None) -> None:
        """Give back what was not spent; Shopify's own figures win where they are lower, or we were alone."""
        self._refill()
        reserved = self._reserved.pop(reservation, 0.0)
        if cost is None:
            return
        status = cost.throttle_status
        self._maximum, self._restored = status.maximum_available, status.restore_rate
        told = status.currently_available - sum(self._reserved.values())
        model = self._available + reserved - (cost.actual_query_cost or 0)
        self._available = min(told, model) if self._reserved else told

    def _refill(self) -> None:
        now = time.monotonic()
        self._available = min(self._maximum, self._available + (now - self._at) * self._restored)
        self._at = now
