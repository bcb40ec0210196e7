"""A till's app on a simulated shop, with the webhooks that its doings cause."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from connector.shopify.documents import Document, document
from connector.simulator.acts.checkout import place_order
from connector.simulator.acts.counter import hand_over
from connector.simulator.acts.inventory import set_available
from connector.simulator.goods import Level, Variant
from connector.simulator.sales import Order
from connector.simulator.shop import Shop
from connector.simulator.wire import gid
from tests.simulator.admin.app import App, installed
from tests.simulator.receiver import Receiver, receiving

Body = dict[str, Any]


@dataclass
class Till:
    app: App
    receiver: Receiver
    place: int
    variants: list[Variant]  # tracked, with ten of each at the place

    @property
    def shop(self) -> Shop:
        return self.app.shop

    async def ask(self, file: str, name: str, /, **variables: Any) -> Body:
        """The payload of a document's only field."""
        told = await self.app.data(told_in_full(file, name), **variables)
        [payload] = told.values()
        found: Body = payload
        return found

    async def heard(self) -> list[tuple[str, Body]]:
        """Webhooks since the last time: topic and body, in order of triggering."""
        assert await self.app.simulation.courier.drain(30) == 0
        requests, self.receiver.requests = self.receiver.requests, []
        requests.sort(key=lambda request: request[0]["X-Shopify-Triggered-At"])
        return [(headers["X-Shopify-Topic"], json.loads(body)) for headers, body in requests]

    async def topics(self) -> list[str]:
        return [topic for topic, _ in await self.heard()]

    def buy(self, units: int = 3, *, pickup: bool = True, lines: int = 1, **more: Any) -> Order:
        cart = [(variant.id, units) for variant in self.variants[:lines]]
        customer = next(iter(self.shop.customers))
        more = {"location_id": self.place, "customer_id": customer, "pickup": pickup} | more
        self.app.simulation.perform(lambda: place_order(self.shop, cart, **more))
        return next(reversed(self.shop.orders.values()))

    def sell(self, units: int = 3, **more: Any) -> Order:
        """Bought and handed over."""
        order = self.buy(units, **more)
        [routed] = order.fulfillment_orders
        wanted = {part.line_id: part.remaining for part in routed.lines}
        self.app.simulation.perform(lambda: hand_over(self.shop, {routed.id: wanted}))
        return order

    def level(self, n: int = 0, place: int = 0) -> Level:
        return self.shop.levels[self.variants[n].item_id, place or self.place]

    def held(self, n: int = 0) -> int:
        return self.level(n).available or 0


def told_in_full(file: str, name: str) -> Document:
    """A document like the connector's own, with every field that tests look at."""
    return document(__package__ or "", file, name)


def routed_gid(order: Order, n: int = -1) -> str:
    return gid("FulfillmentOrder", order.fulfillment_orders[n].id)


def by_id(found: list[Body]) -> list[str]:
    return [row["id"] for row in found]


@asynccontextmanager
async def at_till(path: Path | None = None) -> AsyncIterator[Till]:
    async with receiving() as receiver, installed(products=8, target=receiver.url, path=path) as app:
        shop = app.shop
        place = next(iter(shop.locations))
        variants = [
            variant
            for product in shop.products.values()
            for variant in product.variants[:1]
            if shop.items[variant.item_id].tracked and (variant.item_id, place) in shop.levels
        ]
        till = Till(app, receiver, place, variants)
        for variant in variants:
            variant.price = Decimal("10.00")
            if till.level(variants.index(variant)).available != 10:
                item = variant.item_id
                app.simulation.perform(lambda item=item: set_available(shop, item, place, 10))  # type: ignore[misc]
        await till.heard()
        yield till
