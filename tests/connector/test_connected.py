"""A connected shop's parts work together, and go on working when its credentials change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import structlog
from structlog.testing import LogCapture

from connector import connected, keyring, queue, shops
from connector.errors import ConfigurationError
from connector.known_shops import KnownShops
from connector.postgres import Pool
from connector.settings import Settings
from connector.shopify import client, errors
from connector.shopify.check import check
from connector.shopify.credentials import recognise
from connector.shopify.documents import document
from connector.simulator.admin.tokens import Credentials
from connector.vault import Vault
from tests.conftest import SHOP
from tests.simulator.admin.app import App, installed

CLIENT = Credentials()


@pytest.fixture
async def shopify() -> AsyncIterator[App]:
    async with installed(credentials=CLIENT) as app:
        yield app


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def config(settings: Settings, shopify: App, tmp_path: Path) -> Settings:
    origin = str(shopify.client.make_url("")).rstrip("/")
    changed = {
        "data_dir": tmp_path,
        "shopify_origin": origin,
        "shopify_patience": 1.0,
        "webhook_secret": None,
    }
    return settings.model_copy(update=changed)


async def keep(pool: Pool, config: Settings, password: str, secret: str | None = None) -> bool:
    given = recognise(CLIENT.api_key, password, secret)
    return await keyring.keep(pool, Vault(config), await shops.add(pool, SHOP), SHOP, given)


async def test_all_processes_of_a_shop_share_one_token_and_one_bucket(
    config: Settings, pool: Pool, redis: queue.Redis, http: aiohttp.ClientSession, shopify: App
) -> None:
    await keep(pool, config, CLIENT.api_password)
    for _ in range(3):
        admin = await connected.open_admin(config, pool, redis, http, SHOP)
        found = await check(admin)
        assert found.bucket
        assert found.scopes
    assert shopify.admin.requests["access_token"] == 1
    assert float(await redis.hget(f"connector:cost:{SHOP}", "maximum")) == 2000.0  # type: ignore[arg-type]


async def test_changed_credentials_are_taken_up_by_those_who_hold_the_old_ones(
    config: Settings, pool: Pool, redis: queue.Redis, http: aiohttp.ClientSession, shopify: App
) -> None:
    await keep(pool, config, f"shpat_{9:032x}", "hush")
    admin = await connected.open_admin(config, pool, redis, http, SHOP)
    with pytest.raises(errors.Unauthorized):
        await check(admin)
    assert await keep(pool, config, CLIENT.api_password)
    assert not await keep(pool, config, CLIENT.api_password)
    assert (await check(admin)).scopes
    await keep(pool, config, f"shpss_{1:032x}")
    await shopify.steer(tokens="expire")
    with pytest.raises(errors.CannotGrantToken):
        await check(admin)
    await keep(pool, config, CLIENT.api_password)
    assert (await check(admin)).scopes


async def test_a_shop_without_credentials_says_how_to_give_them(
    config: Settings, pool: Pool, redis: queue.Redis, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(ConfigurationError, match=f"connector shops add {SHOP}"):
        await connected.open_admin(config, pool, redis, http, SHOP)


async def test_the_shop_of_the_environment_is_served_while_shopify_is_away(
    config: Settings, pool: Pool, redis: queue.Redis
) -> None:
    given = {
        "shop_url": "tea",
        "api_key": CLIENT.api_key,
        "api_password": CLIENT.api_password,
        "shopify_origin": "http://127.0.0.1:9",
    }
    begun = Settings(_env_file=None, data_dir=config.data_dir, **given)  # type: ignore
    await connected.begin(begun, pool, redis)
    known = KnownShops(config.model_copy(update={"shop_url": None}), redis)
    await known.read()
    assert known.secrets("tea.myshopify.com") == (CLIENT.api_password.encode(),)
    kept = await keyring.find(pool, Vault(config), "tea.myshopify.com")
    assert kept
    assert kept.credentials.kind == "client_secret"


async def test_credentials_of_the_environment_that_cannot_be_used_stop_no_webhook(
    config: Settings, pool: Pool, redis: queue.Redis
) -> None:
    half = Settings(_env_file=None, data_dir=config.data_dir, shop_url="tea", api_password="shpss_alone")  # type: ignore
    await connected.begin(half, pool, redis)
    async with pool.acquire() as connection:
        assert await shops.ShopIds().find(connection, ["tea.myshopify.com"])
    assert await keyring.find(pool, Vault(config), "tea.myshopify.com") is None


async def test_a_lost_key_is_said_and_new_credentials_take_the_place_of_the_old(
    config: Settings, pool: Pool, redis: queue.Redis, tmp_path: Path
) -> None:
    await keep(pool, config, CLIENT.api_password)
    elsewhere = config.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    with pytest.raises(ConfigurationError, match="CONNECTOR_SECRET_KEY"):
        await keyring.find(pool, Vault(elsewhere), SHOP)
    assert await keyring.publish(pool, redis, Vault(elsewhere))
    assert await keep(pool, elsewhere, CLIENT.api_password)
    assert await keyring.find(pool, Vault(elsewhere), SHOP)


async def test_a_check_seals_anew_with_the_first_key(config: Settings, pool: Pool) -> None:
    await keep(pool, config, CLIENT.api_password)
    keyed = Settings(_env_file=None, data_dir=config.data_dir, secret_key="sixteen letters!")  # type: ignore
    await keyring.keep_check(pool, Vault(keyed), SHOP, scopes=["read_products"])
    (Path(config.data_dir) / "secret.key").unlink()
    assert await keyring.find(pool, Vault(keyed), SHOP)


async def test_asking_at_once_from_many_processes_is_not_throttled(
    config: Settings,
    pool: Pool,
    redis: queue.Redis,
    http: aiohttp.ClientSession,
    shopify: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again = LogCapture()
    monkeypatch.setattr(client, "logger", structlog.wrap_logger(None, [again]))
    await shopify.steer(bucket=260.0, restore_rate=200.0, refill=True)
    await keep(pool, config, CLIENT.api_password)
    admins = [await connected.open_admin(config, pool, redis, http, SHOP) for _ in range(5)]
    await check(admins[0])
    several = document("connector.families", "products", "ProductsVersions")
    started = time.monotonic()
    await asyncio.gather(*[admin.ask(several) for admin in admins for _ in range(12)])
    assert len(again.entries) <= 1
    assert time.monotonic() - started < 20
