"""Everything that Shopify was recorded to answer to what we ask is understood by whoever reads it here."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import aiohttp
import msgspec
import pytest

from connector.errors import ConnectorError, Permanent
from connector.shopify import answers, bulk, check, errors, subscriptions
from connector.shopify.client import Admin
from connector.shopify.throttle import LocalBudget
from connector.shopify.tokens import StaticToken
from tests.connector.shopify.conftest import PlayedShopify
from tests.connector.shopify.recordings import Recorded, answers_to, bodies, needs_recordings, payloads_with

pytestmark = needs_recordings
SHOP = "corner-shop.myshopify.com"
URI = "https://till.example/webhooks/shopify"


@pytest.fixture
def admin(shopify: PlayedShopify, http: aiohttp.ClientSession) -> Admin:
    token = StaticToken(SHOP, f"shpat_{1:032x}")
    return Admin(SHOP, http, token, LocalBudget(), version="2026-10", origin=shopify.origin, patience=0.05)


def known(operation: dict[str, Any] | None) -> bool:
    """Whether a recorded operation has all that we ask for."""
    return operation is None or {"id", "status", "createdAt", "objectCount"} <= operation.keys()


def same(read: bulk.Operation | None, told: dict[str, Any] | None) -> bool:
    """Whether an operation was read as it was told, its numbers out of strings."""
    if read is None or told is None:
        return read is told
    return (
        (read.id, read.status, read.error_code, read.url) ==
        (told["id"], told["status"], told["errorCode"], told["url"])
        and read.object_count == int(told["objectCount"])
        and read.root_object_count == int(told["rootObjectCount"])
        and read.file_size == (int(told["fileSize"]) if told["fileSize"] else None)
        and read.created_at == datetime.fromisoformat(told["createdAt"])
        and (read.completed_at is None) == (told["completedAt"] is None)
        and read.partial_data_url == told["partialDataUrl"]
    )  # fmt: skip


async def test_operations_are_run_or_refused(shopify: PlayedShopify, admin: Admin) -> None:
    ended: Counter[str] = Counter()
    for recorded, payload in answers_to("bulkOperationRunQuery"):
        if not known(payload["bulkOperation"]):
            continue
        shopify.will(recorded.body)
        words = [error["message"] for error in payload["userErrors"]]
        codes = {error.get("code") for error in payload["userErrors"]}
        try:
            operation = await bulk.run(admin, "{ products { edges { node { id } } } }")
        except bulk.SlotsTaken as error:
            assert codes == {"OPERATION_IN_PROGRESS"} and str(error) == "; ".join(words)
            ended["slots taken"] += 1
        except Permanent as error:
            assert words and all(each in str(error) for each in words)
            assert not codes & {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}
            ended["refused"] += 1
        else:
            assert same(operation, payload["bulkOperation"]) and not operation.finished
            ended["run"] += 1
    assert ended["run"] >= 7 and ended["refused"] >= 11 and ended["slots taken"] >= 1


async def test_operations_are_followed(shopify: PlayedShopify, admin: Admin) -> None:
    states: Counter[str] = Counter()
    for recorded, told in answers_to("bulkOperation"):
        shopify.will(recorded.body)
        if recorded.body.get("errors"):
            with pytest.raises(errors.QueryRefused):
                await bulk.read(admin, "gid://shopify/BulkOperation/1")
            continue
        read = await bulk.read(admin, "gid://shopify/BulkOperation/1")
        assert same(read, told)
        states[read.status if read else "unknown"] += 1
        assert read is None or read.finished == bool(told["completedAt"])
    assert states["RUNNING"] > 20 and states["CANCELING"] and states["COMPLETED"]


async def test_operations_under_way_are_found(shopify: PlayedShopify, admin: Admin) -> None:
    seen = 0
    for recorded, told in answers_to("bulkOperations"):
        nodes = (told or {}).get("nodes") or []
        shopify.will(recorded.body)
        if recorded.body.get("errors"):
            with pytest.raises(errors.QueryRefused):
                await bulk.unfinished(admin)
        elif recorded.body.get("extensions", {}).get("search", [{}])[0].get("warnings"):
            with pytest.raises(errors.FilterIgnored):
                await bulk.unfinished(admin)
        elif all(known(node) for node in nodes):
            running = [node for node in nodes if node["status"] in ("CREATED", "RUNNING", "CANCELING")]
            found = await bulk.unfinished(admin)
            assert all(map(same, found, [*running, *running])) and len(found) == 2 * len(running)
            seen += len(nodes)
    assert seen > 30


def test_an_operation_is_known_by_its_query_which_shopify_keeps_as_it_was_sent() -> None:
    """So an orphan of a crash is told from other parts' operations."""
    seen = 0
    for recorded, payload in answers_to("bulkOperationRunQuery"):
        if payload["bulkOperation"] and "query" in payload["bulkOperation"]:
            assert payload["bulkOperation"]["query"] == recorded.variables["query"]
            seen += 1
    assert seen >= 7


async def test_operations_are_cancelled(shopify: PlayedShopify, admin: Admin) -> None:
    """Of one that had ended before nothing was recorded but what the documentation says."""
    ended = {"field": None, "message": "A bulk operation cannot be canceled when it is completed"}
    answered = [payload for _, payload in answers_to("bulkOperationCancel")]
    assert len(answered) >= 17
    for payload in [*answered, {"bulkOperation": None, "userErrors": [ended]}]:
        shopify.will({"data": {"bulkOperationCancel": payload}})
        await bulk.cancel(admin, "gid://shopify/BulkOperation/1")


async def test_subscriptions_are_listed(shopify: PlayedShopify, admin: Admin) -> None:
    """Those that were recorded with what `uri` took the place of are given it."""
    seen = 0
    for _, told in answers_to("webhookSubscriptions"):
        nodes = [_addressed(node) for node in told.get("nodes") or ()]
        if not all({"topic", "uri"} <= node.keys() for node in nodes):
            continue
        page = told.get("pageInfo", {"hasNextPage": False}) | {"hasNextPage": False}
        shopify.will({"data": {"webhookSubscriptions": {"nodes": nodes, "pageInfo": page}}})
        found = await subscriptions.listed(admin)
        assert [_told(each) for each in found] == [_told(node) for node in nodes]
        seen += len(found)
    assert seen >= 7


def _addressed(node: dict[str, Any]) -> dict[str, Any]:
    endpoint = node.get("endpoint") or {}
    return ({"uri": endpoint["callbackUrl"]} if "callbackUrl" in endpoint else {}) | node


def _told(made: Any) -> tuple[Any, ...]:
    told = made if isinstance(made, dict) else msgspec.to_builtins(made)
    return told["id"], told["topic"], told["uri"], told["format"]


async def test_subscriptions_are_made_or_refused(shopify: PlayedShopify, admin: Admin) -> None:
    ended: Counter[str] = Counter()
    for recorded, payload in answers_to("webhookSubscriptionCreate"):
        if recorded.body.get("errors"):
            continue  # of every answer below
        made = payload["webhookSubscription"] and _addressed(payload["webhookSubscription"])
        if made and not {"topic", "uri"} <= made.keys():
            continue
        shopify.will({"data": {"webhookSubscriptionCreate": payload | {"webhookSubscription": made}}})
        plan = subscriptions.plan(["orders/create"], [], URI, ["read_orders"])
        done = await subscriptions.carry_out(admin, plan, URI)
        words = "; ".join(error["message"] for error in payload["userErrors"])
        if not words:
            told = done.created["orders/create"]
            assert told and _told(told) == _told(made)
            ended["made"] += 1
        elif subscriptions.TAKEN in words:
            assert "orders/create" in done.created
            ended["taken"] += 1
        else:
            assert done.refused == {"orders/create": words}
            ended["refused"] += 1
    assert ended["made"] >= 10 and ended["taken"] >= 1 and ended["refused"] >= 10


async def test_subscriptions_are_changed_and_deleted(shopify: PlayedShopify, admin: Admin) -> None:
    old = subscriptions.Subscription("gid://shopify/WebhookSubscription/1", "ORDERS_CREATE", URI)
    nothing = subscriptions.Plan((), (), (), (), {})
    gone = changed = 0
    for recorded, payload in answers_to("webhookSubscriptionUpdate"):
        made = payload and payload["webhookSubscription"] and _addressed(payload["webhookSubscription"])
        if recorded.body.get("errors") or (made and not {"topic", "uri"} <= made.keys()):
            continue
        shopify.will({"data": {"webhookSubscriptionUpdate": payload | {"webhookSubscription": made}}})
        plan = nothing._replace(update=(("orders/create", old),))
        done = await subscriptions.carry_out(admin, plan, URI)
        words = "; ".join(error["message"] for error in payload["userErrors"])
        assert done.refused == ({"orders/create": words} if words else {})
        changed += 1
    for payload in payloads_with("deletedWebhookSubscriptionId"):
        shopify.will({"data": {"webhookSubscriptionDelete": payload}})
        await subscriptions.delete(admin, [old])
        gone += bool(payload["userErrors"])
    assert changed >= 17 and gone >= 1


def test_the_scopes_of_an_installation_are_read() -> None:
    seen = 0
    for _, told in answers_to("currentAppInstallation"):
        read = msgspec.convert(told, check._Installation)
        assert [scope.handle for scope in read.access_scopes] == [s["handle"] for s in told["accessScopes"]]
        seen += len(read.access_scopes)
    assert seen > 9


def _ends(recorded: Recorded, *, partial: bool) -> str:
    reply = answers.decoded(msgspec.json.encode(recorded.body), "application/json", SHOP)
    try:
        read = answers.answer(reply, "2026-04", "Recorded", recorded.variables, partial=partial)
    except ConnectorError as error:
        assert str(error)
        for value in answers._texts(recorded.variables):
            assert len(value) < 12 or value not in str(error), "words of an error hold a value of ours"
        return type(error).__name__
    assert msgspec.json.decode(read.data) == recorded.body["data"]
    cost = recorded.body.get("extensions", {}).get("cost")
    if cost:
        assert read.cost
        bucket = cost["throttleStatus"]
        assert read.cost.requested_query_cost == cost["requestedQueryCost"]
        assert read.cost.throttle_status.currently_available == bucket["currentlyAvailable"]
    return "read"


@pytest.mark.parametrize("partial", [False, True])
def test_every_answer_is_data_or_one_typed_error(partial: bool) -> None:
    ended = Counter(_ends(each, partial=partial) for each in bodies())
    assert ended["read"] > 1000 and ended["QueryRefused"] > 20
    assert ended.keys() <= {"read", "QueryRefused", "AccessDenied", "FilterIgnored"}
    assert bool(ended["AccessDenied"]) != partial


def test_only_our_own_mistakes_are_refused() -> None:
    """An answer without errors and without warnings is never taken for a failure."""
    for each in bodies():
        warned = [w for s in each.body.get("extensions", {}).get("search", ()) for w in s.get("warnings", ())]
        if not each.body.get("errors"):
            assert (_ends(each, partial=False) == "read") != bool(warned)
