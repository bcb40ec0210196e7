"""Webhook subscriptions made by the API: refused with Shopify's words, kept, delivered to, and dropped."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from connector.simulator.acts.orders import annotate
from connector.simulator.acts.products import rename_product
from tests.simulator.admin.app import App, installed, ours
from tests.simulator.receiver import receiving

URI = "https://till.example/webhooks"


async def create(app: App, topic: str, **wish: Any) -> dict[str, Any]:
    wish.setdefault("uri", URI)
    told = await app.data(ours("subscriptions", "SubscriptionCreate"), topic=topic, subscription=wish)
    payload: dict[str, Any] = told["webhookSubscriptionCreate"]
    return payload


async def listed(app: App) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await app.data(ours("subscriptions", "Subscriptions")))[
        "webhookSubscriptions"
    ]["nodes"]
    return found


async def test_they_are_made_changed_and_deleted(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    async with installed(path=path) as app:
        made = (await create(app, "ORDERS_CREATE", name="tills", includeFields=["id"]))["webhookSubscription"]
        assert (made["topic"], made["uri"], made["format"]) == ("ORDERS_CREATE", URI, "JSON")
        changed = await app.data(
            ours("subscriptions", "SubscriptionUpdate"), id=made["id"], subscription={"uri": URI + "/2"}
        )
        assert changed["webhookSubscriptionUpdate"]["webhookSubscription"]["uri"] == URI + "/2"
        assert changed["webhookSubscriptionUpdate"]["webhookSubscription"]["includeFields"] == ["id"]
        await app.steer(foreign_subscriptions=[["orders/create", "https://elsewhere.example/"]])
        await create(app, "CUSTOMER_TAGS_ADDED")
    async with installed(path=path) as app:
        assert [made["topic"] for made in await listed(app)] == ["ORDERS_CREATE", "CUSTOMER_TAGS_ADDED"]
        assert len(app.shop.register.app.subscriptions) == 3
        gone = await app.data(ours("subscriptions", "SubscriptionDelete"), id=made["id"])
        assert gone["webhookSubscriptionDelete"] == {
            "deletedWebhookSubscriptionId": made["id"],
            "userErrors": [],
        }
        foreign = next(made for made in app.shop.register.app.subscriptions.values() if made.foreign)
        gid = f"gid://shopify/WebhookSubscription/{foreign.id}"
        refused = (await app.data(ours("subscriptions", "SubscriptionDelete"), id=gid))[
            "webhookSubscriptionDelete"
        ]
        assert refused["userErrors"] == [{"field": ["id"], "message": "Webhook subscription does not exist"}]


@pytest.mark.parametrize(
    ("wish", "field", "message"),
    [
        ({"uri": "http://till.example/"}, "callbackUrl", "Address protocol http:// is not supported"),
        ({"uri": "ftp://till.example/"}, "callbackUrl", "Address protocol ftp:// is not supported"),
        ({"uri": " "}, "callbackUrl", "Address can't be blank"),
        ({"uri": "https://"}, "callbackUrl", "Address is invalid"),
        (
            {"uri": "https://a.myshopify.com/"},
            "callbackUrl",
            "Address cannot be a Shopify or an internal domain",
        ),
        ({"uri": URI}, "callbackUrl", "Address for this topic has already been taken"),
        ({"uri": URI + "/3", "name": "TILLS"}, "name", "Name already exists, no duplicate allowed"),
        (
            {"uri": URI + "/3", "name": "two words"},
            "name",
            "Name name field can only contain alphanumeric characters, underscores, and hyphens",
        ),
    ],
)
async def test_what_is_refused(wish: dict[str, Any], field: str, message: str) -> None:
    async with installed() as app:
        await create(app, "ORDERS_CREATE", name="tills")
        refused = await create(app, "ORDERS_CREATE", **wish)
        assert refused["webhookSubscription"] is None
        assert refused["userErrors"] == [{"field": ["webhookSubscription", field], "message": message}]


async def test_a_topic_needs_its_scope() -> None:
    async with installed() as app:
        await app.steer(scopes=["read_products"])
        refused = await create(app, "ORDERS_CREATE")
        assert refused["webhookSubscription"] is None and refused["userErrors"]
        assert (await create(app, "SHOP_UPDATE"))["userErrors"] == []
        told = await app.ask(
            ours("subscriptions", "SubscriptionCreate"), topic="NO_SUCH", subscription={"uri": URI}
        )
        assert told["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"


async def test_events_go_to_who_subscribed() -> None:
    async with (
        receiving() as everything,
        receiving() as orders,
        installed(acts=20, target=everything.url) as app,
    ):
        await app.simulation.courier.drain(5)
        everything.requests.clear()
        await create(app, "ORDERS_UPDATED", uri=orders.url, includeFields=["id", "customer.id"])
        order = next(order for order in app.shop.orders.values() if order.customer_id)
        app.simulation.perform(lambda: annotate(app.shop, order.id, "said twice"))
        app.simulation.perform(lambda: rename_product(app.shop, next(iter(app.shop.products)), "Renamed"))
        assert await app.simulation.courier.drain(5) == 0
        assert len(everything.requests) == 2
        [(headers, body)] = orders.requests
        assert headers["X-Shopify-Topic"] == "orders/updated"
        assert json.loads(body) == {"id": order.id, "customer": {"id": order.customer_id}}
        [(first, _), _] = everything.requests
        assert first["X-Shopify-Event-Id"] == headers["X-Shopify-Event-Id"]
        assert first["X-Shopify-Webhook-Id"] != headers["X-Shopify-Webhook-Id"]
        await app.steer(scopes=["read_products"])
        app.simulation.perform(lambda: annotate(app.shop, order.id, "said to nobody"))
        assert await app.simulation.courier.drain(5) == 0 and len(orders.requests) == 1


async def test_after_eight_failed_retries_a_subscription_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    async with receiving(lambda number: 500) as broken, receiving() as well:
        async with installed(acts=20, path=path, backoff=0.0) as app:
            await create(app, "ORDERS_UPDATED", uri=broken.url)
            await create(app, "ORDERS_UPDATED", uri=well.url)
            order = next(iter(app.shop.orders.values()))
            app.simulation.perform(lambda: annotate(app.shop, order.id, "one"))
            assert await app.simulation.courier.drain(5) == 0
            assert len(broken.requests) == 9 and len(well.requests) == 1
            assert [made["uri"] for made in await listed(app)] == [well.url]
            assert app.simulation.courier.counters.unsubscribed == 1
            app.simulation.flush()
            assert app.simulation.journal.pending() == []
        async with installed(path=path) as app:
            assert [made["uri"] for made in await listed(app)] == [well.url]


async def test_a_finished_bulk_operation_is_told_to_who_asked() -> None:
    async with receiving() as everything, receiving() as bulk, installed(target=everything.url) as app:
        await create(app, "BULK_OPERATIONS_FINISH", uri=bulk.url)
        query = "{ products { edges { node { id } } } }"
        begun = (await app.data(ours("bulk", "BulkRun"), query=query))["bulkOperationRunQuery"][
            "bulkOperation"
        ]
        await asyncio.wait_for(bulk.arrived.wait(), 5)
        [(headers, body)] = bulk.requests
        told = json.loads(body)
        assert headers["X-Shopify-Topic"] == "bulk_operations/finish"
        assert (told["admin_graphql_api_id"], told["status"]) == (begun["id"], "completed")
        assert "bulk_operations/finish" not in [h["X-Shopify-Topic"] for h, _ in everything.requests]
        steered = await app.steer(drop_subscriptions=["*"])
        assert steered["subscriptions"] == []
