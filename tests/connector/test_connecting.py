"""`connector shops` before a simulated Shopify: what an owner reads, what is kept, and what is not."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from connector import keyring, queue, shops
from connector.known_shops import HASH, KnownShops
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.admin.tokens import Credentials
from connector.simulator.installation import NEEDED
from connector.vault import Vault
from tests.simulator.admin.app import App, installed
from tests.simulator.shops import DOMAIN

CLIENT = Credentials()
STORE = DOMAIN.removesuffix(".myshopify.com")
RIGHT = ("--api-key", CLIENT.api_key, "--api-password", CLIENT.api_password)
WRONG = ("--api-key", CLIENT.api_key, "--api-password", f"shpss_{1:032x}")
ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    code: int
    told: str
    complained: str


class Owner:
    """A person at a terminal of their own."""

    def __init__(self, config: Settings, origin: str) -> None:
        assert config.postgres_dsn and config.redis_url
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")
        } | {
            "CONNECTOR_POSTGRES_DSN": config.postgres_dsn.get_secret_value(),
            "CONNECTOR_REDIS_URL": config.redis_url.get_secret_value(),
            "CONNECTOR_DATA_DIR": str(config.data_dir),
            "CONNECTOR_SHOPIFY_ORIGIN": origin,
            "CONNECTOR_SHOPIFY_PATIENCE": "0.3",
            "CONNECTOR_SHOPIFY_TIMEOUT": "3",
        }

    async def types(self, *arguments: str, answers: str = "", **env: str) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "connector.cli", "shops", *arguments),
            cwd=ROOT,
            env=self.env | env,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, complained = await asyncio.wait_for(process.communicate(answers.encode()), 30)
        everything = told.decode() + complained.decode()
        for secret in (CLIENT.api_password, WRONG[3], "hush"):
            assert secret not in everything
        assert "Traceback" not in everything
        return Ended(process.returncode or 0, told.decode(), complained.decode())


@pytest.fixture
def config(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"data_dir": tmp_path, "shop_url": None, "webhook_secret": None})


@pytest.fixture
async def shop() -> AsyncIterator[App]:
    async with installed(credentials=CLIENT, acts=5) as app:
        yield app


@pytest.fixture
def owner(config: Settings, shop: App, pool: Pool, redis: queue.Redis) -> Owner:
    return Owner(config, str(shop.client.make_url("")).rstrip("/"))


async def known(config: Settings, redis: queue.Redis) -> KnownShops:
    found = KnownShops(config, redis)
    await found.read()
    return found


async def test_a_shop_is_connected_checked_rotated_listed_and_removed(
    owner: Owner, shop: App, config: Settings, pool: Pool, redis: queue.Redis
) -> None:
    await shop.steer(scopes=list(NEEDED))  # none of those a till writes with
    added = await owner.types("add", f"https://admin.shopify.com/store/{STORE}", *RIGHT)
    assert added.code == 0, added
    assert "client id and client secret" in added.told
    assert "limits: 2000 query points at once, 100 more each second" in added.told
    assert "read_products" in added.told
    assert "missing write_merchant_managed_fulfillment_orders: pickups" in added.told
    assert f"{DOMAIN} is connected" in added.told
    row = await pool.fetchrow("select * from connector.shops where domain = $1", DOMAIN)
    assert row
    assert row["name"]
    assert row["currency"]
    assert row["shopify_id"]
    sealed = await pool.fetchval("select sealed from connector.credentials")
    assert CLIENT.api_password.encode() not in sealed
    assert (await known(config, redis)).secrets(DOMAIN) == (CLIENT.api_password.encode(),)

    await shop.steer(scopes=["write_products", "read_locations", "read_inventory"])
    checked = await owner.types("check", DOMAIN)
    assert checked.code == 0, checked
    assert "missing read_orders: no orders" in checked.told
    assert "60 days" in checked.told
    assert "missing read_products" not in checked.told
    listed = await owner.types("list", "--json")
    (told,) = [row for row in msgspec.json.decode(listed.told) if row["shop"] == DOMAIN]
    assert told["kind"] == "client_secret"
    assert told["scopes"] == ["read_inventory", "read_locations", "write_products"]
    assert "read_orders" in told["missing_scopes"]
    assert told["problem"] is None

    wrong = await owner.types("update", DOMAIN, *WRONG)
    assert (wrong.code, wrong.told.count("is connected")) == (1, 0)
    assert "client secret does not belong" in wrong.complained
    rotated = await owner.types("update", STORE, *WRONG, "--unchecked")
    assert rotated.code == 0, rotated
    secrets = (await known(config, redis)).secrets(DOMAIN)
    assert secrets == (WRONG[3].encode(), CLIENT.api_password.encode())
    failing = await owner.types("check", DOMAIN)
    assert failing.code == 1
    assert "client secret does not belong" in failing.told
    (row,) = [row for row in await shops.listed(pool) if row["shop"] == DOMAIN]
    assert "client secret" in row["problem"]

    refused = await owner.types("remove", DOMAIN, answers="n\n")
    assert refused.code == 1
    assert DOMAIN in await known(config, redis)
    removed = await owner.types("remove", DOMAIN, "--yes")
    assert removed.code == 0, removed
    assert DOMAIN not in await known(config, redis)
    assert await pool.fetchval("select count(*) from connector.credentials") == 0
    again = await owner.types("remove", DOMAIN, "--yes")
    assert (again.code, again.complained.count("is not connected")) == (1, 1)


@pytest.mark.parametrize(
    ("knobs", "given", "words"),
    [
        ({}, WRONG, "client secret does not belong"),
        ({}, ("--api-key", "f" * 32, *RIGHT[2:]), "no app of this API key"),
        (
            {},
            (*RIGHT[:2], "--api-password", f"shpat_{1:032x}", "--webhook-secret", "x"),
            "refuses the access token",
        ),
        ({}, ("--api-key", CLIENT.api_password, "--api-password", CLIENT.api_key), "swapped"),
        ({"tokens": "revoke"}, RIGHT, "not installed"),
        ({"foreign_organization": True}, RIGHT, "different organisations"),
        ({"status": 402, "status_next": 9}, RIGHT, "frozen"),
        ({"status": 404, "status_next": 9}, RIGHT, "no such store"),
        ({"status": 423, "status_next": 9}, RIGHT, "locked"),
        ({"status": 503, "status_next": 99}, RIGHT, "503"),
        ({"html_next": 9}, RIGHT, "proxy"),
        ({"renamed_to": "new-name.myshopify.com"}, RIGHT, "new-name.myshopify.com"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_kept(
    owner: Owner,
    shop: App,
    pool: Pool,
    redis: queue.Redis,
    knobs: dict[str, object],
    given: tuple[str, ...],
    words: str,
) -> None:
    await shop.steer(**knobs)
    ended = await owner.types("add", DOMAIN, *given)
    assert ended.code == 1, ended
    assert words in ended.complained
    assert await pool.fetchval("select count(*) from connector.shops where domain = $1", DOMAIN) == 0
    assert await pool.fetchval("select count(*) from connector.credentials") == 0
    assert not await redis.exists(HASH, f"connector:token:{DOMAIN}")


async def test_a_shop_is_kept_unchecked_while_shopify_is_away(
    owner: Owner, shop: App, config: Settings, redis: queue.Redis
) -> None:
    await shop.steer(status=503, status_next=1000)
    ended = await owner.types("add", STORE, *RIGHT, "--unchecked")
    assert ended.code == 0, ended
    assert DOMAIN in await known(config, redis)


async def test_what_is_not_given_is_taken_from_standard_input_or_the_environment(
    owner: Owner, config: Settings, redis: queue.Redis
) -> None:
    piped = await owner.types("add", STORE, answers=f"{CLIENT.api_key}\n{CLIENT.api_password}\n")
    assert piped.code == 0, piped
    set_before = {"CONNECTOR_API_KEY": CLIENT.api_key, "CONNECTOR_API_PASSWORD": CLIENT.api_password}
    assert (await owner.types("add", STORE, **set_before)).code == 0
    other = await owner.types("add", STORE, CONNECTOR_SHOP_URL="another", **set_before)
    assert (other.code, "--api-key" in other.complained) == (2, True)
    fourth = await owner.types("add", STORE, *RIGHT[:2], "--api-password", f"shpat_{1:032x}", answers="")
    assert (fourth.code, "--webhook-secret" in fourth.complained) == (2, True)


@pytest.mark.parametrize(
    "address", ["tea.example.com", "127.0.0.1", "https://169.254.169.254/", "evil.com/x"]
)
async def test_an_address_that_is_no_store_is_refused(owner: Owner, address: str) -> None:
    ended = await owner.types("add", address, *RIGHT)
    assert (ended.code, "not a store address" in ended.complained) == (1, True)


@pytest.mark.parametrize("protected", ["fields", "objects"])
async def test_refused_customer_data_is_said(owner: Owner, shop: App, protected: str) -> None:
    await shop.steer(protected=protected)
    ended = await owner.types("add", STORE, *RIGHT)
    assert ended.code == 0, ended
    assert "protected customer data" in ended.told


async def test_a_version_that_has_ended_is_said(owner: Owner, shop: App) -> None:
    await shop.steer(version="2026-01")
    ended = await owner.types("add", STORE, *RIGHT)
    assert "answers with API version 2026-01 instead of 2026-10" in ended.told


async def test_removing_with_data_leaves_other_shops_alone(
    owner: Owner, pool: Pool, config: Settings
) -> None:
    await owner.types("add", STORE, *RIGHT, "--unchecked")
    theirs = await shops.add(pool, DOMAIN)
    other = await shops.add(pool, "other.myshopify.com")
    for shop_id in (theirs, other):
        await pool.execute(
            "insert into connector.locations (shop_id, id, updated_at, triggered_at) "
            "values ($1, 1, now(), now())",
            shop_id,
        )
    ended = await owner.types("remove", STORE, "--yes", "--data")
    assert "1 rows deleted" in ended.told, ended
    assert await pool.fetchval("select array_agg(shop_id) from connector.locations") == [other]
    assert await shops.add(pool, DOMAIN) == theirs


async def test_an_update_of_one_field_keeps_the_others(owner: Owner, pool: Pool, config: Settings) -> None:
    token = ("--api-key", CLIENT.api_key, "--api-password", f"shpat_{1:032x}", "--webhook-secret", "first")
    await owner.types("add", STORE, *token, "--unchecked")
    ended = await owner.types("update", STORE, "--webhook-secret", "second", "--unchecked")
    assert ended.code == 0, ended
    kept = await keyring.find(pool, Vault(config), DOMAIN)
    assert kept
    assert kept.credentials.token == f"shpat_{1:032x}"
    assert [(secret.key, secret.until is None) for secret in kept.secrets] == [
        ("second", True),
        ("first", False),
    ]


async def test_an_unknown_shop_cannot_be_updated(owner: Owner) -> None:
    ended = await owner.types("update", "nobody", *RIGHT)
    assert (ended.code, "is not connected" in ended.complained) == (1, True)
