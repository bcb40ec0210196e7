"""`connector webhooks` and `connector status` before a simulated Shopify, as a person types them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connector import queue, shops
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.installation import NEEDED
from connector.topics import TOPICS
from tests.cli import Terminal
from tests.conftest import SHOP
from tests.simulator.admin.app import STATIC
from tests.simulator.shops import DOMAIN
from tests.workers.connected import Connected, connected
from workers.main import make_api_worker

URL = "https://till.example"


@pytest.fixture
async def shop(settings: Settings, pool: Pool, redis: queue.Redis) -> AsyncIterator[Connected]:
    await shops.remove(pool, SHOP)  # it has no credentials
    async with connected(settings, pool, redis) as shop:
        yield shop


@pytest.fixture
def terminal(shop: Connected) -> Terminal:
    return Terminal(shop.api.settings, CONNECTOR_PUBLIC_URL=URL)


async def listed(terminal: Terminal) -> dict[str, dict[str, Any]]:
    ended = await terminal.types("webhooks", "list", "--json")
    assert ended.code == 0, ended
    return {row["topic"]: row for row in msgspec.json.decode(ended.told)}


async def test_registered_listed_lost_mended_and_removed(shop: Connected, terminal: Terminal) -> None:
    assert {row["state"] for row in (await listed(terminal)).values()} == {"missing"}
    made = await terminal.types("webhooks", "register")
    assert made.code == 0, made
    assert f"{DOMAIN} to {URL}/webhooks/shopify: {len(TOPICS)} created, 0 updated, 0 deleted" in made.told
    again = await terminal.types("webhooks", "register", DOMAIN, "--json")
    (told,) = msgspec.json.decode(again.told).values()
    assert (told["created"], sorted(told["kept"])) == ([], sorted(TOPICS))

    await shop.app.steer(
        drop_subscriptions=["orders/create"],
        scopes=[scope for scope in NEEDED if scope != "read_customer_merge"],
    )
    rows = await listed(terminal)
    assert rows["orders/create"]["state"] == "missing"
    assert rows["customers/merge"]["state"] == "lacking scope read_customer_merge"
    assert (rows["shop/update"]["state"], rows["shop/update"]["api_version"]) == ("subscribed", "2026-10")
    mended = await terminal.types("webhooks", "register")
    assert mended.code == 0, mended
    assert "1 created" in mended.told
    assert "created: orders/create" in mended.told
    assert "was gone orders/create: it was deleted by somebody" in mended.told
    assert "lacking scope read_customer_merge: customers/merge" in mended.told
    assert "compared now: orders" in mended.told
    rows = await listed(terminal)
    assert "deleted by somebody" in rows["orders/create"]["lost"]
    assert rows["orders/create"]["restored_at"]

    told = msgspec.json.decode((await terminal.types("status", "--json")).told)
    assert told["subscriptions"] == {"present": len(TOPICS) - 1, "lacking": 1}
    assert [row["topic"] for row in told["missing_subscriptions"]] == ["customers/merge"]
    assert {row["topic"] for row in told["lost_subscriptions"]} == {"orders/create", "customers/merge"}

    gone = await terminal.types("webhooks", "remove")
    assert f"{DOMAIN}: {len(TOPICS)} deleted" in gone.told
    assert (await shop.app.steer())["subscriptions"] == []


async def test_what_goes_to_another_address_is_shown_and_left_alone(
    shop: Connected, terminal: Terminal
) -> None:
    other = Terminal(shop.api.settings, CONNECTOR_PUBLIC_URL="https://test.example")
    await terminal.types("webhooks", "register")
    # Another installation with the same app has its own database and knows nothing of ours.
    await shop.api.pool.execute("delete from connector.subscriptions")
    ended = await other.types("webhooks", "list", "--json")
    states = [row["state"] for row in msgspec.json.decode(ended.told)]
    assert (states.count("missing"), states.count("other address")) == (len(TOPICS), len(TOPICS))
    assert "till.example" not in ended.told
    await other.types("webhooks", "register")
    await other.types("webhooks", "remove")
    there = {each["uri"] for each in (await shop.app.steer())["subscriptions"]}
    assert there == {f"{URL}/webhooks/shopify"}


async def test_a_refusal_is_told_and_is_a_failure(shop: Connected, terminal: Terminal) -> None:
    await shop.app.steer(tokens="revoke")
    ended = await terminal.types("webhooks", "register")
    assert (ended.code, DOMAIN in ended.complained) == (1, True)
    for command in (("webhooks", "list", "nobody"), ("webhooks", "register", "nobody")):
        ended = await terminal.types(*command)
        assert (ended.code, "is not connected" in ended.complained) == (1, True)


async def test_without_a_public_url_register_says_what_to_set(shop: Connected) -> None:
    terminal = Terminal(shop.api.settings)
    ended = await terminal.types("webhooks", "register")
    assert (ended.code, "CONNECTOR_PUBLIC_URL is not set" in ended.complained) == (1, True)
    ended = await terminal.types("webhooks", "list")
    assert ended.code == 0
    assert "found by comparing" in ended.complained
    ended = await terminal.types("webhooks", "register", CONNECTOR_PUBLIC_URL="http://till.example")
    assert (ended.code, "https:// only" in ended.complained) == (1, True)


async def test_a_silent_topic_shows_in_status(shop: Connected, terminal: Terminal) -> None:
    now = datetime.now(UTC)
    begun = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=14)
    hours = [begun + timedelta(hours=step) for step in range(14 * 24 - 9)]
    await shop.api.pool.executemany(
        "insert into connector.heard values ($1, 'orders/updated', $2, 12, $2)",
        [(shop.shop_id, hour) for hour in hours],
    )
    told = msgspec.json.decode((await terminal.types("status", "--json")).told)
    (silent,) = told["silent"]
    assert (silent["shop"], silent["topic"]) == (DOMAIN, "orders/updated")
    shown = (await terminal.types("status")).told
    assert f"{DOMAIN}: no orders/updated for " in shown
    assert "(usually 12 an hour)" in shown


async def test_connecting_a_shop_has_it_subscribed_at_once(shop: Connected, terminal: Terminal) -> None:
    given = ("--api-key", STATIC.api_key, "--api-password", STATIC.api_password, "--webhook-secret", "hush")
    alone = Terminal(shop.api.settings)
    assert (await alone.types("shops", "add", DOMAIN, *given)).code == 0
    assert await shop.work() == 0
    assert (await terminal.types("shops", "add", DOMAIN, *given)).code == 0
    config = shop.api.settings.model_copy(update={"public_url": URL})
    worker = make_api_worker(replace(shop.api, settings=config), burst=True)
    await worker.async_run()
    assert len((await shop.app.steer())["subscriptions"]) == len(TOPICS)
