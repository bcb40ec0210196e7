"""Whatever Shopify answers, asking ends in data or in one typed error that says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import structlog
from aiohttp import web
from structlog.testing import LogCapture

from connector.errors import ConnectorError, Permanent, Transient
from connector.shopify import client as clients
from connector.shopify import errors
from connector.shopify.client import Admin
from connector.shopify.documents import Document, document
from connector.shopify.throttle import LocalBudget
from connector.shopify.tokens import StaticToken
from tests.connector.shopify.conftest import JSON, PlayedShopify, failing, priced

SHOP = "corner-shop.myshopify.com"
TOKEN = "shpat_0123456789abcdef0123456789abcdef"
QUERY = Document("Names", "query Names($ids: [ID!]!) { nodes(ids: $ids) { id } }")
MUTATION = Document("Make", "mutation Make($x: String!) { make(x: $x) { id } }")
RECORDED = Path(__file__).parents[4] / "shared/shopify/graphql/responses"


@pytest.fixture
def admin(shopify: PlayedShopify, http: aiohttp.ClientSession) -> Admin:
    return make(shopify, http)


def make(shopify: PlayedShopify, http: aiohttp.ClientSession, **changed: Any) -> Admin:
    given: dict[str, Any] = {"version": "2026-10", "origin": shopify.origin, "timeout": 2.0, "patience": 5.0}
    return Admin(SHOP, http, StaticToken(SHOP, TOKEN), LocalBudget(), **(given | changed))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(clients, "SECURITY_PAUSE", 0.01)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[MutableMapping[str, Any]]:
    """What the client logs."""
    capture = LogCapture()
    logger = structlog.wrap_logger(None, [capture], structlog.make_filtering_bound_logger(0))
    monkeypatch.setattr(clients, "logger", logger)
    return capture.entries


async def test_asking_sends_one_versioned_request_and_returns_the_data(
    shopify: PlayedShopify, admin: Admin
) -> None:
    shopify.will(priced({"nodes": [{"id": "1"}]}))
    answer = await admin.ask(QUERY, {"ids": ["gid://shopify/Product/1"]})
    assert msgspec.json.decode(answer.data) == {"nodes": [{"id": "1"}]}
    assert (answer.errors, answer.version, answer.cost and answer.cost.actual_query_cost) == (
        (),
        "2026-10",
        5,
    )
    (asked,) = shopify.log
    assert (asked.method, asked.path) == ("POST", "/admin/api/2026-10/graphql.json")
    assert asked.headers["X-Shopify-Access-Token"] == TOKEN
    assert asked.json == {"query": QUERY.text, "variables": {"ids": ["gid://shopify/Product/1"]}}


def _dropped(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


async def _silent(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


def _cut(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=b'{"data": {"nodes', headers=JSON)


def _busy(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=429, headers={"Retry-After": "0.02"})


HEALING = {
    "throttled": failing("THROTTLED"),
    "failing inside": failing("INTERNAL_SERVER_ERROR"),
    "500": (500, {"errors": "oops"}),
    "502": lambda _: web.Response(status=502, text="<html>", content_type="text/html"),
    "429": _busy,
    "430 once": (430, {"errors": "Security Rejection"}),
    "dropped": _dropped,
    "cut off": _cut,
}


@pytest.mark.parametrize("answer", HEALING.values(), ids=HEALING.keys())
async def test_what_heals_is_asked_again(shopify: PlayedShopify, admin: Admin, answer: Any) -> None:
    shopify.will(answer, answer, priced({"ok": True}))
    assert msgspec.json.decode((await admin.ask(QUERY)).data) == {"ok": True}
    assert len(shopify.log) == 3


async def test_silence_is_a_timeout_and_asked_again(
    shopify: PlayedShopify, http: aiohttp.ClientSession
) -> None:
    shopify.will(_silent, priced({"ok": True}))
    await make(shopify, http, timeout=0.1).ask(QUERY)
    assert len(shopify.log) == 2


@pytest.mark.parametrize("answer", [HEALING["500"], HEALING["throttled"], HEALING["dropped"]])
async def test_patience_ends_in_an_error_that_heals_by_waiting(
    shopify: PlayedShopify, http: aiohttp.ClientSession, answer: Any
) -> None:
    shopify.will(answer)
    with pytest.raises(errors.Unavailable) as raised:
        await make(shopify, http, patience=0.3).ask(QUERY)
    assert isinstance(raised.value, Transient)
    assert 2 < len(shopify.log) < 100


async def test_a_wish_to_come_later_than_patience_lasts_is_told_at_once(
    shopify: PlayedShopify, admin: Admin
) -> None:
    shopify.will(lambda _: web.Response(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(errors.Unavailable) as raised:
        await admin.ask(QUERY)
    assert (raised.value.retry_after, len(shopify.log)) == (3600.0, 1)


async def test_nobody_listening_is_unavailable(http: aiohttp.ClientSession, shopify: PlayedShopify) -> None:
    admin = make(shopify, http, origin="http://127.0.0.1:9", patience=0.05)
    with pytest.raises(errors.Unavailable, match="cannot be reached"):
        await admin.ask(MUTATION, {"x": "y"})


@pytest.mark.parametrize("answer", [_dropped, _cut, (500, {}), failing("INTERNAL_SERVER_ERROR")])
async def test_a_mutation_is_not_sent_twice_where_it_may_have_taken_effect(
    shopify: PlayedShopify, admin: Admin, answer: Any
) -> None:
    shopify.will(answer, priced({}))
    with pytest.raises(errors.OutcomeUnknown, match="Make"):
        await admin.ask(MUTATION, {"x": "y"})
    assert len(shopify.log) == 1
    shopify.will(answer, priced({}))
    await admin.ask(MUTATION, {"x": "y"}, repeatable=True)
    marked = Document("Set", MUTATION.text.replace("make(x: $x)", 'make(x: $x) @idempotent(key: "k")'))
    shopify.will(answer, priced({}))
    await admin.ask(marked, {"x": "y"})
    assert len(shopify.log) == 5


async def test_a_mutation_that_was_throttled_had_no_effect(shopify: PlayedShopify, admin: Admin) -> None:
    shopify.will(failing("THROTTLED"), (429, {}), priced({"ok": True}))
    await admin.ask(MUTATION, {"x": "y"})
    assert len(shopify.log) == 3


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, {"errors": "[API] Invalid API key"}, errors.Unauthorized, "connector shops update"),
        (402, {"errors": "Unavailable Shop"}, errors.ShopFrozen, "bill"),
        (
            403,
            {"errors": "[API] This action requires merchant approval for read_orders scope."},
            errors.Forbidden,
            "read_orders",
        ),
        (403, {"errors": "no"}, errors.Forbidden, "forbids"),
        (404, {"errors": "Not Found"}, errors.NoSuchShop, "store address"),
        (423, {"errors": "Locked"}, errors.ShopLocked, "locked"),
        (430, {"errors": "Rejected"}, errors.SecurityRejected, "attack"),
        (406, {}, errors.QueryRefused, "406"),
    ],
)
async def test_each_refusal_says_what_to_do(
    shopify: PlayedShopify, admin: Admin, status: int, body: Any, kind: type[ConnectorError], words: str
) -> None:
    shopify.will((status, body))
    with pytest.raises(kind, match=words) as raised:
        await admin.ask(QUERY, {"ids": ["gid://shopify/Product/1"]})
    assert TOKEN not in str(raised.value)
    assert len(shopify.log) == (clients.SECURITY_TRIES if status == 430 else 1)


async def test_html_instead_of_json_is_said_so(shopify: PlayedShopify, admin: Admin) -> None:
    shopify.will(lambda _: web.Response(text="<html>", content_type="text/html"))
    with pytest.raises(errors.NotShopify, match="text/html instead of JSON"):
        await admin.ask(QUERY)


async def test_a_renamed_store_is_named_and_the_token_goes_nowhere(
    shopify: PlayedShopify, admin: Admin
) -> None:
    shopify.will(
        lambda _: web.Response(status=301, headers={"Location": "https://new-name.myshopify.com/admin/api"})
    )
    with pytest.raises(errors.ShopRenamed, match=r"new-name\.myshopify\.com") as raised:
        await admin.ask(QUERY)
    assert raised.value.domain == "new-name.myshopify.com"
    other = shopify.origin + "/elsewhere"
    for location in (other, "https://evil.example.com/", "//[", ""):
        shopify.will(lambda _, to=location: web.Response(status=302, headers={"Location": to}))
        with pytest.raises(errors.NotShopify, match="no token was sent"):
            await admin.ask(QUERY)
    assert not [asked for asked in shopify.log if asked.path == "/elsewhere"]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            failing("MAX_COST_EXCEEDED", "Query cost is 2003", cost=2003, maxCost=1000),
            errors.TooExpensive,
            "2003",
        ),
        (
            {
                "errors": [
                    {
                        "message": "Access denied for orders field. Required: `read_orders` access scope.",
                        "path": ["orders"],
                        "extensions": {"code": "ACCESS_DENIED"},
                    }
                ],
                "data": None,
            },
            errors.AccessDenied,
            "orders: the app lacks the scope read_orders",
        ),
        (
            failing("ACCESS_DENIED", "This app is not approved to access the Order object. See https://x"),
            errors.AccessDenied,
            "protected customer data",
        ),
        (failing("BAD_REQUEST", "The @idempotent directive is required"), errors.QueryRefused, "@idempotent"),
        ({"errors": [{"message": "syntax error"}]}, errors.QueryRefused, "syntax error"),
        ({"errors": "query cannot be blank"}, errors.QueryRefused, "blank"),
        ({"errors": {"query": "is missing"}}, errors.QueryRefused, "missing"),
        (
            priced({"orders": {"nodes": []}})
            | {
                "extensions": {
                    "search": [
                        {
                            "path": ["orders"],
                            "query": "updted_at:>1",
                            "warnings": [{"field": "updted_at", "message": "Invalid search field"}],
                        }
                    ]
                }
            },
            errors.FilterIgnored,
            "updted_at",
        ),
    ],
)
async def test_what_waiting_does_not_mend_is_permanent_and_asked_once(
    shopify: PlayedShopify, admin: Admin, answer: Any, kind: type[ConnectorError], words: str
) -> None:
    shopify.will(answer)
    with pytest.raises(kind, match=words) as raised:
        await admin.ask(QUERY)
    assert isinstance(raised.value, Permanent)
    assert len(shopify.log) == 1


async def test_fields_that_are_closed_are_told_beside_the_data_of_the_others(
    shopify: PlayedShopify, admin: Admin
) -> None:
    denied = {
        "message": "Access denied for customers field. Required access: `read_customers` access scope.",
        "path": ["customers", 0],
        "extensions": {"code": "ACCESS_DENIED", "requiredAccess": "`read_customers` access scope."},
    }
    shopify.will({"data": {"shop": {"id": 1}, "customers": None}, "errors": [denied]})
    answer = await admin.ask(QUERY, partial=True)
    assert msgspec.json.decode(answer.data)["shop"] == {"id": 1}
    assert [(problem.path, problem.scopes) for problem in answer.errors] == [
        (("customers", "0"), ("read_customers",))
    ]
    shopify.will({"data": {"shop": None}, "errors": [denied, {"message": "else"}]})
    with pytest.raises(errors.QueryRefused):
        await admin.ask(QUERY, partial=True)


async def test_no_value_of_a_variable_gets_into_words_or_lines(
    shopify: PlayedShopify, admin: Admin, lines: list[MutableMapping[str, Any]]
) -> None:
    personal = {"query": {"email": ["jane@example.com"]}}
    shopify.will(
        (500, {"errors": "jane@example.com"}),
        failing("INVALID_VARIABLE", "Variable $query was given jane@example.com"),
    )
    with pytest.raises(errors.QueryRefused) as raised:
        await admin.ask(QUERY, personal)
    told = str(raised.value) + str(lines)
    assert lines
    assert "jane" not in told
    assert TOKEN not in told


async def test_an_answer_of_another_version_is_warned_of_once(
    shopify: PlayedShopify, admin: Admin, lines: list[MutableMapping[str, Any]]
) -> None:
    def older(_request: web.Request) -> web.Response:
        return web.json_response({"data": {}}, headers={"X-Shopify-API-Version": "2026-01"})

    shopify.will(older)
    for _ in range(3):
        assert (await admin.ask(QUERY)).version == "2026-01"
    assert admin.answered_version == "2026-01"
    assert [line["log_level"] for line in lines] == ["warning"]


async def test_what_a_document_cost_is_what_is_reserved_for_it_next(
    shopify: PlayedShopify, http: aiohttp.ClientSession
) -> None:
    reserved: list[float] = []

    class Noting(LocalBudget):
        async def reserve(self, cost: float, share: float) -> tuple[str, float]:
            reserved.append(cost)
            return await super().reserve(cost, share)

    admin = Admin(SHOP, http, StaticToken(SHOP, TOKEN), Noting(), version="2026-10", origin=shopify.origin)
    shopify.will(priced({}, requested=42))
    many = {"ids": ["x"] * 100}
    await admin.ask(QUERY, {"ids": ["x"]})
    await admin.ask(QUERY, {"ids": ["y"]})
    shopify.will(priced({}, requested=900))
    await admin.ask(QUERY, many)
    await admin.ask(QUERY, many)
    await admin.ask(QUERY, {"ids": ["z"]})
    paged = Document("Paged", "query Paged { products(first: 250) { nodes { id } } }")
    await admin.ask(paged)
    assert reserved == [clients.MUTATION, 42, clients.MUTATION, 900, 42, 250]


async def test_a_shop_that_is_not_active_is_frozen(shopify: PlayedShopify, admin: Admin) -> None:
    shopify.will(failing("SHOP_INACTIVE"))
    with pytest.raises(errors.ShopFrozen):
        await admin.ask(QUERY)


async def test_no_budget_is_taken_where_there_is_no_token(
    shopify: PlayedShopify, http: aiohttp.ClientSession
) -> None:
    class NoToken(StaticToken):
        async def current(self) -> str:
            raise errors.CannotGrantToken("none")

    class NoBudget(LocalBudget):
        async def reserve(self, cost: float, share: float) -> tuple[str, float]:
            raise AssertionError

    admin = Admin(SHOP, http, NoToken(SHOP, ""), NoBudget(), version="2026-10", origin=shopify.origin)
    with pytest.raises(errors.CannotGrantToken):
        await admin.ask(QUERY)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded answers here")
@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("access_denied", errors.AccessDenied),
        ("protected_customer_data_denied", errors.AccessDenied),
        ("max_cost_exceeded", errors.TooExpensive),
        ("idempotency_missing", errors.QueryRefused),
        ("change_from_quantity_missing", errors.QueryRefused),
        ("throttled", errors.Unavailable),
        ("internal_server_error", errors.Unavailable),
        ("http_401", errors.Unauthorized),
        ("http_402", errors.ShopFrozen),
        ("http_403_scope", errors.Forbidden),
        ("http_404", errors.NoSuchShop),
    ],
)
async def test_recorded_answers_become_the_errors_they_are(
    shopify: PlayedShopify, http: aiohttp.ClientSession, file: str, kind: type[ConnectorError]
) -> None:
    recorded = msgspec.json.decode((RECORDED / f"{file}.json").read_bytes())
    status = int(file.split("_")[1]) if file.startswith("http_") else 200
    shopify.will((status, recorded))
    with pytest.raises(kind):
        await make(shopify, http, patience=0.05).ask(QUERY)


async def test_our_own_documents_are_sent_whole(shopify: PlayedShopify, admin: Admin) -> None:
    shopify.will(priced({}))
    await admin.ask(
        document("connector.shopify", "bulk", "BulkRead"), {"id": "gid://shopify/BulkOperation/1"}
    )
    assert "fragment BulkFields" in shopify.log[0].json["query"]
