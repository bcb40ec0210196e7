"""The query budget of a shop: a bucket of points that refills, one for all processes through Redis."""

from __future__ import annotations

import asyncio
import time
from functools import cache
from importlib.resources import files
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError

from connector import log
from connector.shopify.answers import Cost

logger = log.get("shopify")

#: What is assumed before the first answer told: the least that Shopify ever gave.
MAXIMUM, RESTORED = 1000.0, 50.0
#: An open reservation comes back after this, its process being dead; seconds. Longer than any request.
OPEN_FOR = 120.0
#: So long does one count whose request was not answered: it may have been charged.
DOUBTFUL_FOR = 10.0
#: Redis must answer within this, and is asked again after that; seconds.
ANSWERS_WITHIN, ASKED_AGAIN = 1.0, 5.0

#: How often is looked for what open reservations give back; seconds.
LOOKED_EVERY = 0.05

_AWAY = (RedisError, OSError, TimeoutError)
_LOCAL = "local:"


class LocalBudget:
    """This process's own idea of the bucket; good enough alone, and while Redis is away."""

    def __init__(self) -> None:
        self._maximum, self._restored = MAXIMUM, RESTORED
        self._available, self._at = MAXIMUM, time.monotonic()
        self._open: dict[str, float] = {}

    async def reserve(self, cost: float, share: float) -> tuple[str, float]:
        """A reservation, or "" and the seconds to wait before asking again."""
        self._refill()
        needed = min(cost + (1.0 - share) * self._maximum, self._maximum)
        if self._available < needed:
            wait = (needed - self._available - sum(self._open.values())) / self._restored
            return "", max(wait, LOOKED_EVERY if self._open else 0.0)
        self._available -= cost
        reservation = uuid4().hex
        self._open[reservation] = cost
        return reservation, 0.0

    async def settle(self, reservation: str, cost: Cost | None) -> None:
        """Shopify's own figures win where they are lower than ours, or nothing else was under way."""
        self._refill()
        reserved = self._open.pop(reservation, 0.0)
        if cost is None:  # whether it was charged the next answer will tell
            self._available += reserved
            return
        status = cost.throttle_status
        self._maximum, self._restored = status.maximum_available, status.restore_rate
        told = status.currently_available - sum(self._open.values())
        model = self._available + reserved - (cost.actual_query_cost or 0)
        self._available = min(told, model) if self._open else told

    def _refill(self) -> None:
        now = time.monotonic()
        self._available = min(self._maximum, self._available + (now - self._at) * self._restored)
        self._at = now


class SharedBudget:
    """The bucket that all processes of this installation share; without Redis each minds its own."""

    def __init__(self, redis: Redis, shop: str) -> None:
        self._script = redis.register_script(_lua())
        self._key = f"connector:cost:{shop}"
        self._local = LocalBudget()
        self._away_until = 0.0

    async def reserve(self, cost: float, share: float) -> tuple[str, float]:
        """A reservation of ``cost`` points, or "" and the seconds to wait before asking again.

        With ``share`` below 1 all that ask so use no more than that part of the bucket and of its rate.
        """
        reservation = uuid4().hex
        wait = await self._run("reserve", reservation, cost, share, OPEN_FOR, LOOKED_EVERY)
        if wait is None:
            local, wait = await self._local.reserve(cost, share)
            return (_LOCAL + local if local else ""), wait
        return ("" if wait else reservation), wait

    async def settle(self, reservation: str, cost: Cost | None) -> None:
        """Give back what was not spent and adopt Shopify's own figures; None where none came."""
        await self._local.settle(reservation.removeprefix(_LOCAL), cost)
        if cost is None:
            await self._run("forget", reservation, DOUBTFUL_FOR)
        else:
            status = cost.throttle_status
            figures = status.maximum_available, status.currently_available, status.restore_rate
            await self._run("settle", reservation, cost.actual_query_cost or 0, *figures)

    async def _run(self, act: str, reservation: str, *numbers: float) -> float | None:
        """What the script says, or None while Redis is away."""
        if time.monotonic() < self._away_until:
            return None
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                return float(
                    await self._script(keys=[self._key], args=[act, reservation, MAXIMUM, RESTORED, *numbers])
                )
        except _AWAY as error:
            self._away_until = time.monotonic() + ASKED_AGAIN
            logger.warning(
                "Redis is away: this process minds the query budget alone", error=type(error).__name__
            )
            return None


@cache
def _lua() -> str:
    return (files("connector.shopify") / "throttle.lua").read_text(encoding="utf-8")
