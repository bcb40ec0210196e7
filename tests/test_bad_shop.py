"""Whatever is wrong with a shop, its owner reads what it is and what to do; nothing is half-applied."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connector import queue, shops
from connector.cli import connect
from connector.cli import shops as shops_command
from connector.cli import sync as sync_command
from connector.cli.credential_prompts import Pasted, credentials_from
from connector.cli.servers import Stores
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.admin.tokens import Credentials
from tests.cli import Terminal
from tests.conftest import SHOP
from tests.owner import Owner
from tests.simulator.admin.app import STATIC, App, installed
from tests.simulator.shops import DOMAIN
from tests.workers.connected import Connected, connected

CLIENT = Credentials()
WRONG = f"shpss_{1:032x}"
RIGHT = Pasted(CLIENT.api_key, CLIENT.api_password, None)
SECRETS = {CLIENT.api_password, WRONG, STATIC.api_password, "hush"}
TABLES = ("products", "variants", "inventory_items", "inventory_levels", "collections", "orders", "customers")


@pytest.fixture
def owner(capsys: pytest.CaptureFixture[str]) -> Owner:
    return Owner(capsys, SECRETS)


@pytest.fixture
def config(settings: Settings, tmp_path: Path, pool: Pool) -> Settings:
    return settings.model_copy(update={"data_dir": tmp_path, "shop_url": None, "webhook_secret": None,
                                       "shopify_patience": 0.2, "shopify_timeout": 3.0})  # fmt: skip


async def added(config: Settings, url: str, pasted: Pasted) -> None:
    """`connector shops add`."""
    domain = shops.domain_of(url)
    await connect.run(config, domain, credentials_from(config, domain, pasted, fresh=True), ask=True)


class Wrong(NamedTuple):
    """Something wrong when a shop is added: what the owner reads of it, and of what to do."""

    url: str
    pasted: Pasted
    knobs: dict[str, Any]
    what: str
    do: str


ADDING = {
    "no store": Wrong("tea.example.com", RIGHT, {}, "not a store address", "your-store.myshopify.com"),
    "another store": Wrong(
        "nobody-is-here", RIGHT, {"status": 404, "status_next": 9}, "there is no such store", "check the"
    ),
    "wrong key": Wrong(
        DOMAIN, RIGHT._replace(api_key="f" * 32), {}, "no app of this API key", "copy the client id again"
    ),
    "wrong password": Wrong(
        DOMAIN, RIGHT._replace(api_password=WRONG), {}, "does not belong to this client id", "copy both again"
    ),
    "no password of Shopify's": Wrong(
        DOMAIN, RIGHT._replace(api_password="letmein"), {}, "none that Shopify gives", "begins with shpss_"
    ),
    "swapped": Wrong(
        DOMAIN, Pasted(CLIENT.api_password, CLIENT.api_key), {}, "are swapped", "the key is the one without"
    ),
    "another organisation's app": Wrong(
        DOMAIN, RIGHT, {"foreign_organization": True}, "different organisations", "create the app in"
    ),
    "not installed": Wrong(DOMAIN, RIGHT, {"tokens": "revoke"}, "is not installed", "install it from"),
    "renamed": Wrong(
        DOMAIN, RIGHT, {"renamed_to": "new-name.myshopify.com"}, "is called new-name.myshopify.com now",
        "connector shops add new-name.myshopify.com",
    ),
    "frozen": Wrong(DOMAIN, RIGHT, {"status": 402, "status_next": 9}, "frozen over an open bill", "pays it"),
    "locked": Wrong(DOMAIN, RIGHT, {"status": 423, "status_next": 9}, "locked the shop", "Shopify's support"),
    "a page": Wrong(DOMAIN, RIGHT, {"html_next": 9}, "something else than JSON", "check the address"),
}  # fmt: skip


@pytest.fixture
async def shop() -> AsyncIterator[App]:
    async with installed(credentials=CLIENT, products=3) as app:
        yield app


@pytest.mark.parametrize("wrong", ADDING.values(), ids=list(ADDING))
async def test_what_is_wrong_when_a_shop_is_added(
    owner: Owner, shop: App, config: Settings, pool: Pool, redis: queue.Redis, wrong: Wrong
) -> None:
    config = config.model_copy(update={"shopify_origin": str(shop.client.make_url("")).rstrip("/")})
    await shop.steer(**wrong.knobs)
    ended = await owner.gives(added(config, wrong.url, wrong.pasted))
    assert ended.code == 1
    assert wrong.what in ended.said and wrong.do in ended.said
    assert [row["shop"] for row in await shops.listed(pool)] == [SHOP]
    assert await pool.fetchval("select count(*) from connector.credentials") == 0


class Trouble(NamedTuple):
    """What befalls a connected shop, and what mends it."""

    knobs: dict[str, Any]
    mend: dict[str, Any]
    what: str
    do: str


STATUS = {"status_next": 0}
STANDING = {
    "revoked": Trouble(
        {"tokens": "revoke"}, {"tokens": "restore"}, "refuses the access token", "connector shops update"
    ),
    "frozen": Trouble({"status": 402, "status_next": 99}, STATUS, "frozen over an open bill", "pays it"),
    "locked": Trouble({"status": 423, "status_next": 99}, STATUS, "locked the shop", "Shopify's support"),
    "closed": Trouble({"status": 404, "status_next": 99}, STATUS, "it was closed", "reopen it in Shopify"),
    "forbidden": Trouble(
        {"status": 403, "status_next": 99}, STATUS, "lacks the scope read_orders", "grant it"
    ),
    "a page": Trouble(
        {"html_next": 99}, {"html_next": 0}, "answered text/html instead of JSON", "check the address"
    ),
    "renamed": Trouble(
        {"renamed_to": "new-name.myshopify.com"}, {"renamed_to": None},
        "is called new-name.myshopify.com now", "connector shops add new-name.myshopify.com",
    ),
}  # fmt: skip


async def synced(shop: Connected, *, resume: bool = False) -> None:
    """`connector sync`, its worker in this process."""
    opened = Stores(shop.api.pool, shop.api.redis)
    run = await sync_command._begun(opened, shop.shop_id, "all", resume=resume)
    await sync_command._tell(opened, await shop.go_on(run), as_json=False)


async def rows(pool: Pool) -> dict[str, int]:
    return {table: await pool.fetchval(f"select count(*) from connector.{table}") for table in TABLES}


@pytest.mark.parametrize("trouble", STANDING.values(), ids=list(STANDING))
async def test_what_befalls_a_connected_shop(
    owner: Owner, config: Settings, pool: Pool, redis: queue.Redis, trouble: Trouble
) -> None:
    await shops.remove(pool, SHOP)
    async with connected(config, pool, redis, acts=6, products=3) as shop:
        await shop.app.steer(**trouble.knobs)
        checked = await owner.gives(shops_command._check(shop.api.settings, DOMAIN))
        assert checked.code == 1
        assert trouble.what in checked.said and trouble.do in checked.said
        (listed,) = [row for row in await shops.listed(pool) if row["shop"] == DOMAIN]
        assert trouble.what in listed["problem"]
        ended = await owner.gives(synced(shop))
        assert ended.code == 1
        assert trouble.what in ended.said and trouble.do in ended.said
        assert "connector sync --resume" in ended.said
        assert set((await rows(pool)).values()) == {0}
        await shop.app.steer(**trouble.mend)
        assert (await owner.gives(synced(shop, resume=True))).code == 0
        assert [str(each) for each in await shop.differences()] == []
        checked = await owner.gives(shops_command._check(shop.api.settings, DOMAIN))
        assert checked.code == 0
        (listed,) = [row for row in await shops.listed(pool) if row["shop"] == DOMAIN]
        assert listed["problem"] is None


DAMAGED = {
    "cut in a line": ({"cut_mid_line": 3}, "ends in the middle of a line, after byte"),
    "cut between lines": ({"cut_at_line": 3}, "its file holds 3"),
    "an unknown type": ({"foreign_lines": 1}, "that was not asked for among products: Unheard"),
}


@pytest.mark.parametrize(("knobs", "what"), DAMAGED.values(), ids=list(DAMAGED))
async def test_what_a_file_may_not_be(
    owner: Owner, config: Settings, pool: Pool, redis: queue.Redis, knobs: dict[str, Any], what: str
) -> None:
    async with connected(config, pool, redis, acts=6, products=3) as shop:
        await shop.app.steer(**knobs)
        ended = await owner.gives(synced(shop))
        assert ended.code == 1
        assert what in ended.said and "connector sync --resume" in ended.said
        assert "connector support-bundle" in ended.said
        whole = {name for name, stream in (await shop.streams()).items() if stream.state == "done"}
        assert whole <= {"locations", "returns", "collections"}
        assert not any(count for table, count in (await rows(pool)).items() if table not in whole)
        await shop.app.steer(**dict.fromkeys(knobs, 0))
        assert (await owner.gives(synced(shop, resume=True))).code == 0
        assert [str(each) for each in await shop.differences()] == []


FINE = {
    "a line over a megabyte": {"long_line": True},
    "children before their parents": {"reorder": True},
    "duplicate lines": {"duplicate": 2},
    "every line twice, in any order": {"duplicate": 1, "reorder": True},
}


@pytest.mark.parametrize("knobs", FINE.values(), ids=list(FINE))
async def test_what_a_file_may_be(
    owner: Owner, config: Settings, pool: Pool, redis: queue.Redis, knobs: dict[str, Any]
) -> None:
    async with connected(config, pool, redis, acts=20, products=4) as shop:
        await shop.app.steer(**knobs)
        ended = await owner.gives(synced(shop))
        assert ended.code == 0, ended.said
        assert [str(each) for each in await shop.differences()] == []


async def test_a_missing_scope_is_named_and_the_rest_is_imported(
    owner: Owner, config: Settings, pool: Pool, redis: queue.Redis
) -> None:
    await shops.remove(pool, SHOP)
    async with connected(config, pool, redis, acts=6, products=3) as shop:
        await shop.app.steer(scopes=["read_products", "read_inventory", "read_locations"])
        checked = await owner.gives(shops_command._check(shop.api.settings, None))
        assert checked.code == 0
        assert "missing read_orders: no orders, refunds or pickups" in checked.said
        assert "missing read_customers: no customers" in checked.said
        ended = await owner.gives(synced(shop))
        assert ended.code == 0
        streams = await shop.streams()
        assert streams["orders"].note == "the app lacks the scope read_orders"
        assert streams["products"].state == "done"
        assert await shop.differences({"products", "variants", "inventory", "locations"}) == []


async def test_the_terminal_says_the_same_and_ends_with_1(
    config: Settings, pool: Pool, redis: queue.Redis
) -> None:
    await shops.remove(pool, SHOP)
    async with connected(config, pool, redis, acts=2, products=2) as shop:
        await shop.app.steer(tokens="revoke")
        ended = await Terminal(shop.api.settings).types("sync")
        assert ended.code == 1
        for words in ("refuses the access token", "connector shops update", "connector sync --resume"):
            assert words in ended.complained
        assert STATIC.api_password not in ended.told + ended.complained
