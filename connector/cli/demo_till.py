"""The demo's till: a clerk who prepares, hands out, takes back and sells, whatever the line does."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any
from uuid import uuid4

from connector.postgres import Pool, blocks

_SQL = blocks("connector.cli", "demo_till")

#: Seconds between two things that the clerk does.
PACE = 0.6


class Till:
    """Knows the views and one table: it reads what is to be done, and inserts what it did."""

    def __init__(self, pool: Pool, shop: str, seed: int) -> None:
        self._pool, self._shop, self._random = pool, shop, Random(seed)

    async def work(self) -> None:
        """Go on until cancelled."""
        while True:
            duty = self._random.choices(
                [self._prepare, self._hand_over, self._take_back, self._sell], [4, 4, 1, 3]
            )[0]
            await duty()
            await asyncio.sleep(PACE)

    async def answers(self) -> dict[str, dict[str, int]]:
        """How many commands of each kind ended in which way."""
        found: dict[str, dict[str, int]] = {}
        for row in await self._pool.fetch(_SQL["answers"]):
            found.setdefault(row["kind"], {})[row["status"]] = row["commands"]
        return found

    async def _prepare(self) -> None:
        await self._pickup("open", "prepare_for_pickup")

    async def _hand_over(self) -> None:
        await self._pickup("ready", "picked_up")

    async def _pickup(self, status: str, kind: str) -> None:
        found = await self._pool.fetchrow(_SQL["a_pickup"], self._shop, status)
        if found:
            given = {"fulfillment_order_id": found["fulfillment_order_id"]}
            await self._say(kind, found["order_id"], given)

    async def _take_back(self) -> None:
        """All of a return at once: opened, processed and closed, though none of it is at Shopify yet."""
        found = await self._pool.fetchrow(_SQL["a_line_to_take_back"], self._shop)
        if found is None:
            return
        part = {"line_id": found["line_id"], "quantity": 1}
        opened = await self._say("open_return", found["order_id"], {"lines": [part]})
        restocked = part | {"restock": True, "location_id": found["location_id"]}
        processed = {"opened_by": opened, "lines": [restocked], "refund": True}
        await self._say("process_return", found["order_id"], processed)
        await self._say("close_return", found["order_id"], {"opened_by": opened})

    async def _sell(self) -> None:
        found = await self._pool.fetchrow(_SQL["something_to_sell"], self._shop)
        if found:
            await self._say("adjust_inventory", None, dict(found) | {"delta": -1})

    async def _say(self, kind: str, order_id: int | None, arguments: dict[str, Any]) -> str:
        command_id = uuid4()
        await self._pool.execute(_SQL["say"], command_id, self._shop, kind, order_id, arguments)
        return str(command_id)
