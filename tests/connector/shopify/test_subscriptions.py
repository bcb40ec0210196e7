"""What makes Shopify's subscriptions ours: planned as a table, carried out twice, and never on others'."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from graphql import GraphQLEnumType

from connector import connected, keyring, queue, shops
from connector.postgres import Pool
from connector.settings import Settings
from connector.shopify import subscriptions
from connector.shopify.client import Admin
from connector.shopify.credentials import recognise
from connector.shopify.subscriptions import Subscription, carry_out, delete, listed, plan
from connector.shopify.topics import enum_of, lacking, scopes_of
from connector.simulator.installation import NEEDED
from connector.topics import TOPICS
from connector.vault import Vault
from tests.simulator.admin.app import STATIC, App, installed
from tests.simulator.admin.recorded import SHARED, needs_recordings, real_schema, recorded
from tests.simulator.shops import DOMAIN

URI = "https://till.example/webhooks/shopify"
OLD = "https://old.example/webhooks/shopify"
PRODUCTS = ("read_products",)


def made(number: int, topic: str, uri: str = URI, **changed: Any) -> Subscription:
    return Subscription(f"gid://shopify/WebhookSubscription/{number}", enum_of(topic), uri, **changed)


@needs_recordings
def test_topics_are_called_in_graphql_as_shopify_calls_them() -> None:
    rows = (SHARED / "graphql/topics.txt").read_text(encoding="utf-8").splitlines()
    told = {
        cells[1]: (cells[0], set() if cells[2] == "-" else set(cells[2].split(",")))
        for cells in (row.split("\t") for row in rows if row and not row.startswith("#"))
    }
    enum = real_schema().type_map["WebhookSubscriptionTopic"]
    assert isinstance(enum, GraphQLEnumType)
    for topic in TOPICS:
        assert enum_of(topic) in enum.values, topic
        assert (enum_of(topic), set(scopes_of(topic))) == told[topic]


def test_a_scope_is_lacking_only_where_none_of_them_is_granted() -> None:
    assert lacking("orders/create", ["read_products"]) == ("read_orders", "read_marketplace_orders")
    assert lacking("orders/create", ["write_orders"]) == ()
    assert lacking("returns/cancel", ["read_orders"]) == ()
    assert lacking("returns/approve", ["read_orders"])[0] == "read_returns"
    assert lacking("customers/merge", ["read_customers"]) == ("read_customer_merge",)
    assert lacking("shop/update", []) == ()


def test_what_is_missing_is_created_and_what_lacks_a_scope_is_named() -> None:
    planned = plan(["products/create", "orders/create"], [], URI, PRODUCTS)
    assert planned.create == ("products/create",)
    assert planned.lacking == {"orders/create": ("read_orders", "read_marketplace_orders")}
    assert not (planned.update or planned.delete or planned.keep)


def test_ours_is_kept_and_others_are_in_no_part_of_the_plan() -> None:
    mine, theirs = made(1, "products/create"), made(2, "products/create", "https://other.example/hook")
    planned = plan(["products/create"], [theirs, mine], URI, PRODUCTS)
    assert planned.keep == (("products/create", mine),)
    assert not (planned.create or planned.update or planned.delete)
    alone = plan(["products/create"], [theirs], URI, PRODUCTS)
    assert (alone.create, alone.update, alone.delete) == (("products/create",), (), ())


@pytest.mark.parametrize(
    "changed", [{"filter": "id:1"}, {"include_fields": ("id",)}, {"format": "XML"}, {"uri": OLD}]
)
def test_ours_that_differs_is_updated(changed: dict[str, Any]) -> None:
    mine = made(1, "products/create", **changed)
    planned = plan(["products/create"], [mine], URI, PRODUCTS, {mine.id})
    assert planned.update == (("products/create", mine),)
    assert not (planned.create or planned.delete or planned.keep)


def test_one_of_each_stays_and_what_is_wanted_no_more_goes() -> None:
    first, second = made(1, "products/create", filter="id:1"), made(2, "products/create")
    former, stale = made(3, "products/create", OLD), made(4, "carts/create")
    planned = plan(["products/create"], [first, second, former, stale], URI, PRODUCTS, {former.id})
    assert planned.keep == (("products/create", second),)
    assert {old.id for old in planned.delete} == {first.id, former.id, stale.id}
    assert not (planned.create or planned.update)


def test_ours_that_lost_its_scope_is_left_to_come_back() -> None:
    mine = made(1, "orders/create", filter="id:1")
    planned = plan(["orders/create"], [mine], URI, PRODUCTS)
    assert planned.keep == (("orders/create", mine),)
    assert not (planned.create or planned.update or planned.delete)
    assert "orders/create" in planned.lacking


@needs_recordings
def test_a_recorded_list_and_its_refusals_are_read() -> None:
    name = "captured/webhooks/webhook-subscription-api-version-projection.json"
    told = recorded(name)["lifecycle"]["create"]["response"]["payload"]["data"]["webhookSubscriptionCreate"]
    mine = msgspec.convert(told["webhookSubscription"], Subscription)
    assert mine.topic == "SHOP_UPDATE"
    assert mine.api_version
    assert mine.whole
    for name, words in (
        ("topic-format-name-validation", subscriptions.TAKEN),
        ("conformance", subscriptions.GONE),
    ):
        said = msgspec.json.encode(recorded(f"captured/webhooks/webhook-subscription-{name}.json")).decode()
        assert f'{words}"' in said


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with installed() as app:
        yield app


@pytest.fixture
async def admin(app: App, settings: Settings, pool: Pool, redis: queue.Redis) -> AsyncIterator[Admin]:
    origin = str(app.client.make_url("")).rstrip("/")
    config = settings.model_copy(update={"shopify_origin": origin})
    given = recognise(STATIC.api_key, STATIC.api_password, "secret")
    await keyring.keep(pool, Vault(config), await shops.add(pool, DOMAIN), DOMAIN, given)
    async with aiohttp.ClientSession() as http:
        yield await connected.open_admin(config, pool, redis, http, DOMAIN)


async def mended(admin: Admin, scopes: tuple[str, ...] = NEEDED, uri: str = URI) -> subscriptions.Done:
    return await carry_out(admin, plan(tuple(TOPICS), await listed(admin), uri, scopes), uri)


async def test_carried_out_twice_is_the_same_as_once(app: App, admin: Admin) -> None:
    await app.steer(foreign_subscriptions=[("orders/create", URI)])
    assert set((await mended(admin)).created) == set(TOPICS)
    again = await mended(admin)
    assert (again.created, again.updated, again.deleted, again.refused) == ({}, {}, (), {})
    assert set(again.kept) == set(TOPICS)
    there = (await app.steer())["subscriptions"]
    assert len([each for each in there if not each["foreign"]]) == len(TOPICS)
    assert len([each for each in there if each["foreign"]]) == 1


async def test_taken_and_gone_already_are_success(app: App, admin: Admin) -> None:
    planned = plan(["products/create"], [], URI, NEEDED)
    await carry_out(admin, planned, URI)
    assert (await carry_out(admin, planned, URI)).created == {"products/create": None}
    there = await listed(admin)
    await delete(admin, there)
    await delete(admin, there)
    assert await listed(admin) == []


async def test_a_spoiled_one_is_mended_in_place(app: App, admin: Admin) -> None:
    wish = {"uri": URI, "filter": "id:1", "includeFields": ["id"]}
    await app.data(subscriptions._document("SubscriptionCreate"), topic="PRODUCTS_CREATE", subscription=wish)
    (spoiled,) = await listed(admin)
    assert not spoiled.whole
    done = await mended(admin)
    assert set(done.updated) == {"products/create"}
    (now,) = [each for each in await listed(admin) if each.topic == "PRODUCTS_CREATE"]
    assert (now.id, now.whole, now.uri) == (spoiled.id, True, URI)


async def test_a_refusal_is_of_one_topic_alone(app: App, admin: Admin) -> None:
    await app.steer(scopes=["read_products"])  # we were told of more than is granted
    done = await mended(admin)
    assert "Missing access scope" in done.refused["orders/create"]
    assert {"products/create", "shop/update"} <= set(done.created)


async def test_a_long_list_is_read_whole(app: App, admin: Admin) -> None:
    await mended(admin)
    await mended(admin, uri=OLD)
    assert len(await listed(admin)) == 2 * len(TOPICS) > 100
