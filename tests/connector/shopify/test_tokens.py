"""One token for all processes: bought once, renewed in time and by one, told plainly where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web

from connector import queue
from connector.errors import ConnectorError
from connector.settings import Settings
from connector.shopify import errors, tokens
from connector.shopify.client import Admin
from connector.shopify.documents import Document
from connector.shopify.throttle import LocalBudget
from connector.shopify.tokens import GrantedToken, StaticToken
from connector.vault import Vault
from tests.connector.shopify.conftest import PlayedShopify, priced
from tests.servers import servers_of_its_own

SHOP = "corner-shop.myshopify.com"
CLIENT_ID, SECRET = "0123456789abcdef0123456789abcdef", "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"
Make = Callable[..., GrantedToken]


def grant(token: str, life: float = 86_399) -> Any:
    return {"access_token": token, "scope": "read_products", "expires_in": life}


@pytest.fixture
async def make(
    shopify: PlayedShopify, http: aiohttp.ClientSession, servers_url: str, redis: queue.Redis, tmp_path: Path
) -> AsyncIterator[Make]:
    """Token sources as of several processes."""
    vault = Vault(Settings(_env_file=None, data_dir=tmp_path, secret_key="sixteen letters!"))  # type: ignore

    def source(connection: queue.Redis = redis, key: str = CLIENT_ID) -> GrantedToken:
        return GrantedToken(SHOP, key, SECRET, http, connection, vault, origin=shopify.origin, timeout=2.0)

    yield source


async def test_a_token_is_bought_once_for_all(shopify: PlayedShopify, make: Make, redis: queue.Redis) -> None:
    shopify.will(grant("shpat_1"), grant("shpat_2"))
    sources = [make() for _ in range(8)]
    assert set(await asyncio.gather(*[source.current() for source in sources])) == {"shpat_1"}
    assert [await source.current() for source in sources] == ["shpat_1"] * 8
    (asked,) = shopify.log
    assert (asked.method, asked.path) == ("POST", "/admin/oauth/access_token")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": [CLIENT_ID],
        "client_secret": [SECRET],
    }
    assert b"shpat" not in await redis.get(f"connector:token:{SHOP}")
    assert 86_000_000 < await redis.pttl(f"connector:token:{SHOP}") <= 86_399_000
    assert not await redis.exists(f"connector:token-lock:{SHOP}")


async def test_a_refused_token_is_renewed_once_by_one_of_many(shopify: PlayedShopify, make: Make) -> None:
    shopify.will(grant("shpat_1"), grant("shpat_2"), grant("shpat_3"))
    sources = [make() for _ in range(5)]
    for source in sources:
        await source.current()
    renewed = await asyncio.gather(*[source.renewed("shpat_1") for source in sources])
    assert (set(renewed), len(shopify.log)) == ({"shpat_2"}, 2)
    assert await sources[0].renewed("shpat_1") == "shpat_2"


async def test_it_is_renewed_before_its_end(shopify: PlayedShopify, make: Make) -> None:
    shopify.will(grant("shpat_1", life=1.0), grant("shpat_2"))
    source = make()
    assert await source.current() == "shpat_1"
    async with asyncio.timeout(1.0):
        while await source.current() == "shpat_1":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await make().current() == "shpat_2"


async def test_a_token_that_still_opens_is_used_on_while_shopify_is_away(
    shopify: PlayedShopify, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MARGIN", 3600.0)
    shopify.will(grant("shpat_1", life=30.0), (503, {}))
    source = make()
    await source.current()
    assert source._held
    source._held = source._held._replace(renew_at=0.0)
    monkeypatch.setattr(tokens, "_until_renewal", lambda token, left, life: tokens._Held(token, 0.0, 1e12))
    assert [await source.current() for _ in range(3)] == ["shpat_1"] * 3
    assert len(shopify.log) == 2


async def test_who_renews_and_dies_is_succeeded(
    shopify: PlayedShopify, make: Make, redis: queue.Redis
) -> None:
    await redis.set(f"connector:token-lock:{SHOP}", "another process", px=300)
    shopify.will(grant("shpat_1"))
    assert await make().current() == "shpat_1"


async def test_the_result_of_who_renews_is_waited_for(
    shopify: PlayedShopify, make: Make, redis: queue.Redis
) -> None:
    shopify.will(grant("shpat_1"))
    await make().current()
    sealed = await redis.get(f"connector:token:{SHOP}")
    await tokens.forget(redis, SHOP)
    await redis.set(f"connector:token-lock:{SHOP}", "another process", px=60_000)
    waiting = asyncio.create_task(make().current())
    await asyncio.sleep(0.2)
    await redis.set(f"connector:token:{SHOP}", sealed, px=60_000)
    assert await waiting == "shpat_1"
    assert len(shopify.log) == 1
    assert await redis.get(f"connector:token-lock:{SHOP}") == b"another process"


async def test_a_token_of_another_app_or_key_is_not_taken(
    shopify: PlayedShopify, make: Make, redis: queue.Redis
) -> None:
    shopify.will(grant("shpat_1"), grant("shpat_2"), grant("shpat_3"))
    await make().current()
    assert await make(key="f" * 32).current() == "shpat_2"
    await redis.set(f"connector:token:{SHOP}", b"sealed by another key", px=60_000)
    assert await make().current() == "shpat_3"


async def test_redis_away_stops_nobody(shopify: PlayedShopify, make: Make) -> None:
    with servers_of_its_own(want_postgres=False) as own:
        connection = await queue.connect(own.redis_url)
        source = make(connection)
        shopify.will(grant("shpat_1"), grant("shpat_2"))
        assert await source.current() == "shpat_1"
        own.redis.stop()
        assert await source.current() == "shpat_1"
        assert await source.renewed("shpat_1") == "shpat_2"
        await connection.aclose()


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((400, {"error": "invalid_client"}), errors.CannotGrantToken, "client secret does not belong"),
        (
            lambda _: web.Response(
                status=400,
                text="<p>Oauth error shop_not_permitted: Client credentials cannot be performed</p>",
                content_type="text/html",
            ),
            errors.CannotGrantToken,
            "different organisations",
        ),
        ((400, {"error": "app_not_installed"}), errors.CannotGrantToken, "not installed"),
        ((400, {"error": "application_cannot_be_found"}), errors.CannotGrantToken, "no app of this API key"),
        ((400, {"error": "unsupported_grant_type"}), errors.CannotGrantToken, "Dev Dashboard"),
        ((401, {}), errors.CannotGrantToken, "HTTP 401"),
        ((402, {}), errors.ShopFrozen, "bill"),
        ((404, {"errors": "Not Found"}), errors.NoSuchShop, "store address"),
        ((423, {}), errors.ShopLocked, "locked"),
        ((500, {}), errors.Unavailable, "500"),
        (
            lambda _: web.Response(
                status=302, headers={"Location": "https://new.myshopify.com/admin/oauth/access_token"}
            ),
            errors.ShopRenamed,
            r"new\.myshopify\.com",
        ),
        (lambda _: web.Response(text="<html>", content_type="text/html"), errors.NotShopify, "wrong store"),
        ((200, {"token": "x"}), errors.NotShopify, "wrong store"),
    ],
)
async def test_no_token_is_told_with_its_reason_and_the_lock_is_given_back(
    shopify: PlayedShopify,
    make: Make,
    redis: queue.Redis,
    answer: Any,
    kind: type[ConnectorError],
    words: str,
) -> None:
    shopify.will(answer)
    with pytest.raises(kind, match=words) as raised:
        await make().current()
    assert SECRET not in str(raised.value)
    assert not await redis.exists(f"connector:token-lock:{SHOP}")


async def test_asking_renews_the_token_once_on_a_401(
    shopify: PlayedShopify, make: Make, http: aiohttp.ClientSession
) -> None:
    admin = Admin(SHOP, http, make(), LocalBudget(), version="2026-10", origin=shopify.origin)
    query = Document("Q", "query Q { shop { id } }")
    shopify.will(grant("shpat_1"), (401, {}), grant("shpat_2"), priced({}))
    await admin.ask(query)
    assert [asked.headers.get("X-Shopify-Access-Token") for asked in shopify.log] == [
        None,
        "shpat_1",
        None,
        "shpat_2",
    ]
    shopify.will((401, {}), grant("shpat_3"), (401, {}))
    with pytest.raises(errors.Unauthorized):
        await admin.ask(query)


async def test_a_pasted_token_cannot_be_renewed() -> None:
    source = StaticToken(SHOP, "shpat_1")
    assert await source.current() == "shpat_1"
    with pytest.raises(errors.Unauthorized, match="connector shops update"):
        await source.renewed("shpat_1")
