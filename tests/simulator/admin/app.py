"""An app installed on a small simulated shop, as tests use it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connector.shopify.documents import Document, document
from connector.simulator.admin.admin import Admin
from connector.simulator.admin.http import ADMIN
from connector.simulator.admin.tokens import Credentials
from connector.simulator.delivery import Courier
from connector.simulator.journal import Journal
from connector.simulator.server import create_app
from connector.simulator.shop import Shop
from connector.simulator.simulation import Simulation
from connector.simulator.trade import Trader
from tests.simulator.shops import DOMAIN, ticking

TOKEN = f"shpat_{7:032x}"
STATIC = Credentials(f"{1:032x}", TOKEN)


@dataclass
class App:
    client: TestClient[web.Request, web.Application]
    simulation: Simulation
    admin: Admin

    @property
    def shop(self) -> Shop:
        return self.simulation.shop

    async def steer(self, **wish: Any) -> dict[str, Any]:
        async with self.client.post("/simulator/admin", json=wish) as answer:
            assert answer.status == 200, await answer.text()
            told: dict[str, Any] = await answer.json()
            return told

    async def ask(self, query: str | Document, /, **variables: Any) -> dict[str, Any]:
        """The whole body of a GraphQL answer."""
        text = query if isinstance(query, str) else query.text
        body = {"query": text, "variables": variables}
        headers = {"X-Shopify-Access-Token": TOKEN}
        path = "/admin/api/2026-10/graphql.json"
        async with self.client.post(path, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            told: dict[str, Any] = await answer.json()
            return told

    async def data(self, query: str | Document, /, **variables: Any) -> dict[str, Any]:
        """Its data, where nothing was refused."""
        told = await self.ask(query, **variables)
        assert "errors" not in told, told["errors"]
        assert "search" not in told["extensions"], told["extensions"]["search"]
        found: dict[str, Any] = told["data"]
        return found


def ours(file: str, name: str) -> Document:
    """A document of the connector's own."""
    others = {"bulk": "shopify", "shop": "shopify", "subscriptions": "shopify"}
    others |= {"pickup": "commands", "returns": "commands", "stock": "commands"}
    return document(f"connector.{others.get(file, 'families')}", file, name)


@asynccontextmanager
async def installed(
    *,
    acts: int = 0,
    products: int = 6,
    target: str | None = None,
    path: Path | None = None,
    credentials: Credentials = STATIC,
    clock: Callable[[], Any] | None = None,
    backoff: float = 60,
) -> AsyncIterator[App]:
    """After some acts of trade; webhooks only go where the app subscribes, or to the target."""
    journal = Journal(path)
    kept = journal.load(clock or ticking())
    shop = kept or Shop(DOMAIN, 1, clock or ticking())
    trader = Trader(shop, Random(3))
    courier = Courier(shop, target, "secret", random=Random(1), backoff=backoff)
    simulation = Simulation(shop, trader, courier, journal)
    app = create_app(simulation, credentials)
    async with courier, TestClient(TestServer(app)) as client:
        if not kept:
            simulation.perform(lambda: trader.open_shop(products=products, customers=5))
            for _ in range(acts):
                simulation.perform(trader.step)
        yield App(client, simulation, app[ADMIN])
    journal.close()
