"""The Admin side over HTTP: tokens, states of a shop, throttling, versions, and what stands in between."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from connector.simulator.admin.tokens import Credentials
from tests.simulator.admin.app import TOKEN, App, installed

PATH = "/admin/api/2026-10/graphql.json"
SHOP = {"query": "query Shop { shop { id } }"}
SECRET = Credentials(f"{1:032x}", f"shpss_{2:032x}")


async def post(
    app: App, path: str = PATH, token: str = TOKEN, **more: Any
) -> tuple[int, Any, dict[str, str]]:
    headers = {"X-Shopify-Access-Token": token} | more.pop("headers", {})
    body = json.dumps(more.pop("body", SHOP))
    async with app.client.post(path, data=body, headers=headers, allow_redirects=False, **more) as answer:
        text = await answer.text()
        told = json.loads(text) if answer.content_type == "application/json" else text
        return answer.status, told, dict(answer.headers)


async def grant(app: App, **changes: str) -> tuple[int, Any]:
    form = {
        "grant_type": "client_credentials",
        "client_id": SECRET.api_key,
        "client_secret": SECRET.api_password,
    }
    async with app.client.post("/admin/oauth/access_token", data=form | changes) as answer:
        return answer.status, await answer.json()


async def test_a_token_of_old_opens() -> None:
    async with installed() as app:
        status, told, headers = await post(app)
        assert (status, headers["X-Shopify-API-Version"]) == (200, "2026-10")
        assert told["data"]["shop"]["id"].startswith("gid://shopify/Shop/")
        status, told, _ = await post(app, token="shpat_wrong")
        assert status == 401 and isinstance(told["errors"], str)
        assert (await post(app, headers={"Host": "other-shop.myshopify.com"}))[0] == 200
        assert app.admin.requests == {"Shop": 2}


async def test_tokens_are_bought_and_end() -> None:
    async with installed(credentials=SECRET) as app:
        status, first = await grant(app)
        assert (status, first["expires_in"]) == (200, 86_399)
        assert first["scope"].split(",") == app.shop.register.app.scopes
        _, second = await grant(app)
        for token in (first["access_token"], second["access_token"]):
            assert (await post(app, token=token))[0] == 200
        assert (await post(app, token=SECRET.api_password))[0] == 401
        await app.steer(token_lifetime=0.1)  # less than the clock moves between two looks
        _, third = await grant(app)
        assert (await post(app, token=third["access_token"]))[0] == 401
        await app.steer(tokens="expire")
        assert (await post(app, token=first["access_token"]))[0] == 401


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "0" * 32}, 400, "invalid_request"),
        ({"client_secret": "shpss_wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_tokens_that_are_not_granted(changes: dict[str, str], status: int, error: str) -> None:
    async with installed(credentials=SECRET) as app:
        found, told = await grant(app, **changes)
        assert (found, told["error"]) == (status, error) and told["error_description"]


async def test_an_app_that_may_not_be_here() -> None:
    async with installed(credentials=SECRET) as app:
        await app.steer(foreign_organization=True)
        assert (await grant(app))[1]["error"] == "shop_not_permitted"
        await app.steer(foreign_organization=False, tokens="revoke")
        assert (await grant(app))[1]["error"] == "app_not_installed"
        await app.steer(tokens="restore")
        assert (await grant(app))[0] == 200


@pytest.mark.parametrize("status", [401, 402, 403, 404, 423, 429, 430, 500, 502])
async def test_states_of_a_shop(status: int) -> None:
    async with installed() as app:
        await app.steer(status=status, status_next=2, retry_after=2.0)
        found, told, headers = await post(app)
        assert (found, headers["Retry-After"]) == (status, "2.0") and isinstance(told["errors"], str)
        await app.steer(html=True)
        found, told, headers = await post(app)
        assert found == status and told.startswith("<!DOCTYPE html>")
        assert (await post(app))[0] == 200


async def test_what_is_no_answer() -> None:
    async with installed() as app:
        await app.steer(html_next=1)
        status, told, _ = await post(app)
        assert status == 200 and told.startswith("<!DOCTYPE html>")
        await app.steer(drop_next=1)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await post(app)
        await app.steer(hang_next=1)
        with pytest.raises(asyncio.TimeoutError):
            await post(app, timeout=aiohttp.ClientTimeout(total=0.1))
        await app.steer(internal_error_next=1)
        status, told, _ = await post(app)
        assert status == 200 and told["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert (await post(app))[0] == 200


async def test_a_renamed_store() -> None:
    async with installed() as app:
        await app.steer(renamed_to="new-name.myshopify.com")
        status, _, headers = await post(app)
        assert (status, headers["Location"]) == (301, f"https://new-name.myshopify.com{PATH}")


async def test_versions_fall_forward() -> None:
    async with installed() as app:
        for asked, answering in [("2026-07", "2026-07"), ("2024-01", "2026-01"), ("nonsense", "2026-01")]:
            path = PATH.replace("2026-10", asked)
            assert (await post(app, path))[2]["X-Shopify-API-Version"] == answering
        await app.steer(version="2026-04")
        assert (await post(app))[2]["X-Shopify-API-Version"] == "2026-04"


async def test_throttling() -> None:
    query = {"query": "{ orders(first: 200) { nodes { id } } }"}
    async with installed(acts=30) as app:
        await app.steer(bucket=300, restore_rate=1)
        _, told, _ = await post(app, body=query)
        there = len(told["data"]["orders"]["nodes"])
        cost = told["extensions"]["cost"]
        assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (200, there)
        assert 300 - there <= cost["throttleStatus"]["currentlyAvailable"] <= 300 - there + 1
        await app.steer(bucket=150)
        _, told, _ = await post(app, body=query)
        assert told["errors"][0]["extensions"]["code"] == "THROTTLED" and "data" not in told
        assert told["extensions"]["cost"]["actualQueryCost"] is None
        await app.steer(bucket=2000, throttle_next=1)
        assert (await post(app, body=query))[1]["errors"][0]["message"] == "Throttled"
        assert "errors" not in (await post(app, body=query))[1]


async def test_documents_that_cannot_be_run() -> None:
    async with installed() as app:
        for query in ("{ shop { secrets } }", "{ shop {", "query($id: ID!) { node(id: $id) { id } }", ""):
            status, told, _ = await post(app, body={"query": query})
            assert status == 200 and told["errors"] and "data" not in told
        assert (await post(app, body={"quarry": 1}))[0] == 400
        for body in ({"bulk_created": -1}, {"tokens": "steal"}, {"unknown": 1}):
            async with app.client.post("/simulator/admin", json=body) as answer:
                assert answer.status == 400
