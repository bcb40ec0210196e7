"""The simulated shop as others ask it: steer its trade, and compare what it holds with the POS's views."""

from __future__ import annotations

from typing import Any

import aiohttp
import msgspec

from connector.postgres import Pool
from connector.simulator.compare import KEYS, Difference, differences
from connector.status import rows_of


class Simulator:
    """The simulated shop's own HTTP side."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def stats(self) -> dict[str, Any]:
        """What it has sent so far."""
        return await self._ask("GET", "stats")

    async def truth(self) -> dict[str, list[dict[str, Any]]]:
        """What the POS's views must hold."""
        return await self._ask("GET", "truth?admin=1")

    async def be_plus(self) -> None:
        """Have the query budget of a shop on Shopify's Plus plan: it trades as fast as one."""
        await self._ask("POST", "admin", {"bucket": 20_000, "restore_rate": 1_000})

    async def cut(self, cut: bool) -> None:
        """Have the Admin API answer nobody, or again; webhooks come all the same."""
        await self._ask("POST", "admin", {"status": 503, "status_next": 1_000_000 if cut else 0})

    async def stop_trading(self) -> None:
        """Nothing new happens in the shop from now on."""
        await self._ask("POST", "trade", {"running": False})

    async def drain(self, seconds: float) -> None:
        """Wait until all that happened was delivered, at most so long."""
        await self._ask("POST", "drain", {"timeout": seconds})

    async def _ask(self, method: str, what: str, body: object = None) -> dict[str, Any]:
        async with self._session.request(method, f"{self._url}/simulator/{what}", json=body) as answer:
            return msgspec.json.decode(await answer.read(), type=dict[str, Any])


async def compare(pool: Pool, simulator: Simulator) -> list[Difference]:
    """Every field in which the POS's views differ from what the shop holds."""
    return differences(await simulator.truth(), {view: await rows_of(pool, view) for view in KEYS})
