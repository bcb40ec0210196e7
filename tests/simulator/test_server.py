"""Steering the simulator over HTTP, and what it delivers when steered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from connector.simulator.compare import differences
from connector.simulator.delivery import Courier
from connector.simulator.event import Event
from connector.simulator.journal import Journal
from connector.simulator.server import create_app
from connector.simulator.shop import Shop
from connector.simulator.simulation import Simulation
from connector.simulator.trade import Trader
from tests.simulator.receiver import Receiver, receiving
from tests.simulator.replica import replay
from tests.simulator.shops import DOMAIN, ticking

Client = TestClient[Request, Application]


@asynccontextmanager
async def simulating(
    receiver: Receiver, path: Path | None = None
) -> AsyncIterator[tuple[Client, Simulation]]:
    journal = Journal(path)
    kept = journal.load(ticking())
    shop = kept or Shop(DOMAIN, 1, ticking())
    trader = Trader(shop, Random(shop.register.actions))
    courier = Courier(shop, receiver.url, "secret", random=Random(1), backoff=60)
    simulation = Simulation(shop, trader, courier, journal)
    async with courier, TestClient(TestServer(create_app(simulation))) as client:
        if not kept:
            simulation.perform(lambda: trader.open_shop(products=4, customers=4))
        yield client, simulation
    journal.close()


async def ask(client: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with client.request(method, path, json=body) as answer:
        return answer.status, await answer.json()


async def test_trade_is_delivered_and_adds_up_to_the_truth() -> None:
    async with receiving() as receiver, simulating(receiver) as (client, simulation):
        await ask(client, "POST", "/simulator/trade", {"running": True, "rate": 400})
        while simulation.shop.register.actions < 90:
            receiver.arrived.clear()
            await receiver.arrived.wait()
        await ask(client, "POST", "/simulator/trade", {"running": False})
        assert await ask(client, "POST", "/simulator/drain", {"timeout": 5}) == (200, {"pending": 0})
        _, truth = await ask(client, "GET", "/simulator/truth")
        _, stats = await ask(client, "GET", "/simulator/stats")
        assert await ask(client, "GET", "/healthz") == (200, {"status": "ok", "failures": []})
    deliveries = [(_event(headers), body) for headers, body in receiver.requests]
    assert differences(truth, replay(deliveries)) == []
    assert stats["deliveries"]["acknowledged"] == len(deliveries)
    assert stats["trade"] == {"running": False, "rate": 400}
    assert truth["orders"], "somebody bought something"


async def test_a_scripted_act() -> None:
    async with receiving() as receiver, simulating(receiver) as (client, simulation):
        variant = next(iter(simulation.shop.products.values())).variants[0]
        wish = {"act": "edit_price", "variant_id": variant.id, "price": "12.34"}
        status, answer = await ask(client, "POST", "/simulator/act", wish)
        assert (status, answer["events"][0]["topic"]) == (200, "products/update")
        _, truth = await ask(client, "GET", "/simulator/truth")
        assert {row["variant_id"]: row["price"] for row in truth["variants"]}[variant.id] == "12.34"
        place = next(iter(simulation.shop.locations))
        cart = {"act": "place_order", "cart": [[variant.id, 1]], "location_id": place, "pickup": True}
        status, answer = await ask(client, "POST", "/simulator/act", cart)
        assert (status, answer["events"][0]["topic"]) == (200, "orders/create")


async def test_wishes_that_cannot_be_granted() -> None:
    async with receiving() as receiver, simulating(receiver) as (client, _):
        for path, wish, expected in [
            ("/simulator/act", {"act": "edit_price", "variant_id": 1, "price": "1.00"}, 404),
            ("/simulator/act", {"act": "edit_price"}, 400),
            ("/simulator/act", {"act": "rob_the_bank"}, 400),
            ("/simulator/chaos", {"drops": 2}, 400),
            ("/simulator/chaos", {"drop": 0.2}, 400),
            ("/simulator/trade", {"running": True, "rate": 0}, 400),
            ("/simulator/trade", "please", 400),
        ]:
            status, answer = await ask(client, "POST", path, wish)
            assert status == expected and answer.keys() == {"error", "detail"}, (path, wish, answer)
        status, chaos = await ask(client, "POST", "/simulator/chaos", {"drops": 0.5})
        assert (status, chaos["drops"], chaos["duplicates"]) == (200, 0.5, 0.0)


async def test_after_a_crash_the_rest_is_delivered(tmp_path: Path) -> None:
    """The subscriber refuses half of everything; then the simulator dies without a word."""
    refused: set[int] = set()

    def answer(number: int) -> int:
        if number % 2:
            return 200
        refused.add(number)
        return 503

    path = tmp_path / "shop.sqlite3"
    async with receiving(answer) as receiver:
        async with simulating(receiver, path) as (_, simulation):
            owed = len(simulation.journal.pending())
            while len(receiver.requests) < owed:
                receiver.arrived.clear()
                await receiver.arrived.wait()
            simulation.flush()
        before = {headers["X-Shopify-Webhook-Id"] for headers, _ in receiver.requests}
        receiver.requests.clear()
        receiver.answer = lambda number: 200
        async with simulating(receiver, path) as (client, simulation):
            again = simulation.resume()
            assert await ask(client, "POST", "/simulator/drain", {"timeout": 5}) == (200, {"pending": 0})
        after = {headers["X-Shopify-Webhook-Id"] for headers, _ in receiver.requests}
    assert len(refused) <= again < owed, "what was acknowledged is not owed again"
    assert after <= before and len(before) == owed


def _event(headers: dict[str, str]) -> Event:
    at = datetime.fromisoformat(headers["X-Shopify-Triggered-At"])
    return Event(headers["X-Shopify-Topic"], (), headers["X-Shopify-Event-Id"], "", at)
