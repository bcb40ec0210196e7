"""The door learns of shops through Redis, forgets none while Redis is away, and takes no stranger's word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from connector import known_shops, queue
from connector.door import PATH, Door
from connector.embedded import Servers
from connector.envelope import sign
from connector.known_shops import HASH, KnownShops, Secret, publish
from connector.settings import Settings
from connector.vault import Vault
from tests.conftest import SECRET, SHOP
from tests.connector.door import listening as until_listening
from tests.connector.door import opened, process
from tests.servers import free_port, servers_of_its_own

TEA = "tea.myshopify.com"
BODY = b'{"id": 1}'


@pytest.fixture
def config(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"data_dir": tmp_path})


@pytest.fixture
def vault(config: Settings) -> Vault:
    return Vault(config)


async def test_the_environment_is_enough(config: Settings, redis: queue.Redis) -> None:
    known = KnownShops(config, redis)
    await known.read()
    assert known
    assert SHOP in known
    assert known.secrets(SHOP) == (SECRET.encode(),)
    assert TEA not in known
    nobody = KnownShops(config.model_copy(update={"shop_url": None}), redis)
    assert not nobody


async def test_what_is_published_is_known_by_its_own_secret_only(
    config: Settings, redis: queue.Redis, vault: Vault
) -> None:
    await publish(redis, vault, {TEA: [Secret("leaf"), Secret("old", time.time() + 60), Secret("gone", 1.0)]})
    assert b"leaf" not in b"".join((await redis.hgetall(HASH)).values())
    known = KnownShops(config, redis)
    await known.read()
    assert known.secrets(TEA) == (b"leaf", b"old")
    assert known.secrets(SHOP) == (SECRET.encode(),)
    assert set(known.secrets("stranger.myshopify.com")) == {SECRET.encode(), b"leaf", b"old"}
    await publish(redis, vault, {})
    await known.read()
    assert TEA not in known
    assert SHOP in known


async def test_what_cannot_be_read_leaves_what_is_known(
    config: Settings, redis: queue.Redis, vault: Vault, tmp_path: Path
) -> None:
    known = KnownShops(config, redis)
    await publish(redis, vault, {TEA: [Secret("leaf")]})
    await known.read()
    other = Vault(config.model_copy(update={"data_dir": tmp_path / "other"}))
    await publish(redis, other, {TEA: [Secret("other")]})
    await known.read()
    assert known.secrets(TEA) == (b"leaf",)
    await redis.flushall()
    await known.read()
    assert known.secrets(TEA) == (b"leaf",)


async def test_a_redis_that_is_away_makes_it_forget_nobody(config: Settings) -> None:
    with servers_of_its_own(want_postgres=False) as own:
        assert own.redis
        redis = await queue.connect(own.redis_url)
        await publish(redis, Vault(config), {TEA: [Secret("leaf")]})
        known = KnownShops(config, redis)
        await known.read()
        own.redis.stop()
        await known.read()
        assert known.secrets(TEA) == (b"leaf",)
        await redis.aclose()


@pytest.fixture
async def door(
    config: Settings, redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Door, int]]:
    monkeypatch.setattr(known_shops, "READ_AGAIN", 0.0)
    async with opened(config, redis) as open_door:
        yield open_door


@pytest.fixture
async def send(door: tuple[Door, int]) -> AsyncIterator[Callable[..., object]]:
    async with aiohttp.ClientSession() as session:

        async def send(shop: str, secret: str) -> int:
            headers = {
                "X-Shopify-Topic": "products/update",
                "X-Shopify-Hmac-Sha256": sign(BODY, secret.encode()),
                "X-Shopify-Shop-Domain": shop,
                "X-Shopify-API-Version": "2026-10",
                "X-Shopify-Webhook-Id": "w-1",
            }
            async with session.post(
                f"http://127.0.0.1:{door[1]}{PATH}", data=BODY, headers=headers
            ) as answer:
                return answer.status

        yield send


async def test_a_shop_connected_or_rotated_a_moment_ago_is_taken_at_once(
    send: Callable[..., object], redis: queue.Redis, vault: Vault
) -> None:
    assert await send(TEA, SECRET) == 404  # type: ignore[misc]
    await publish(redis, vault, {TEA: [Secret("leaf")]})
    assert await send(TEA, "leaf") == 200  # type: ignore[misc]
    await publish(redis, vault, {TEA: [Secret("new"), Secret("leaf", time.time() + 60)]})
    assert await send(TEA.upper(), "new") == 200  # type: ignore[misc]
    assert await send(TEA, "leaf") == 200  # type: ignore[misc]


async def test_one_shops_secret_opens_no_other_shop(
    send: Callable[..., object], redis: queue.Redis, vault: Vault
) -> None:
    await publish(redis, vault, {TEA: [Secret("leaf")]})
    assert await send(SHOP, "leaf") == 401  # type: ignore[misc]
    assert await send(TEA, SECRET) == 401  # type: ignore[misc]
    assert await send("stranger.myshopify.com", "nothing") == 401  # type: ignore[misc]


async def test_strangers_do_not_make_the_door_read_more_than_once_a_second(
    config: Settings, redis: queue.Redis
) -> None:
    known = KnownShops(config, redis)
    read = await asyncio.gather(*[known.read_again() for _ in range(20)])
    assert sum(read) == 1


async def test_an_ingress_stops_taking_a_removed_shop_within_seconds(
    redis: queue.Redis, servers: Servers, config: Settings, vault: Vault
) -> None:
    port = free_port()
    await publish(redis, vault, {TEA: [Secret("leaf")]})
    given = {
        "CONNECTOR_DATA_DIR": str(config.data_dir),
        "CONNECTOR_SHOP_URL": "",
        "CONNECTOR_WEBHOOK_SECRET": "",
    }
    with process(servers.redis_url, port, **given):
        await until_listening(port)
        async with aiohttp.ClientSession() as session, asyncio.timeout(10):
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                assert (await answer.json())["shop"] == "ok"
            await publish(redis, vault, {})
            while True:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if (await answer.json())["shop"] == "failed":
                        break
                await asyncio.sleep(0.1)
