"""`connector doctor` finds each thing that is wrong, leaves out what it cannot know, and never breaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from connector import queue, shops, subscriptions
from connector.doctor import machine
from connector.doctor.credentials import end_of
from connector.doctor.examination import CHECKS, examine
from connector.doctor.result import Result
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.installation import NEEDED
from tests.cli import Terminal
from tests.conftest import SHOP
from tests.connector.door import opened
from tests.servers import free_port
from tests.simulator.shops import DOMAIN
from tests.workers.connected import Connected, connected

BEFORE = [Result(name, "ok", "") for name in ("python", "packages", "settings", "servers")]


@pytest.fixture
async def shop(settings: Settings, pool: Pool, redis: queue.Redis) -> AsyncIterator[Connected]:
    """A healthy one: connected, imported, subscribed, and its ingress answers."""
    await shops.remove(pool, SHOP)
    async with opened(settings, redis) as (_, port):
        changed = {"public_url": f"http://127.0.0.1:{port}", "shopify_patience": 0.2}
        async with connected(settings, pool, redis, changed=changed) as shop:
            await subscriptions.soon(redis, shop.shop_id)
            await shop.sync()
            await pool.execute("update connector.reconciled set until = now()")  # the shop lives yesterday
            yield shop


async def examined(shop: Connected, **changed: Any) -> list[Result]:
    config = shop.api.settings.model_copy(update=changed)
    return [result async for result in examine(config, BEFORE)]


def of(results: list[Result], check: str) -> list[Result]:
    found = [result for result in results if result.check == check]
    assert found, check
    return found


def wrong(results: list[Result]) -> dict[str, str]:
    return {result.check: result.state for result in results if result.state != "ok"}


async def test_a_healthy_shop_has_nothing_wrong(shop: Connected) -> None:
    results = await examined(shop)
    assert wrong(results) == {}, results
    assert list(dict.fromkeys(result.check for result in results)) == [check.name for check in CHECKS]


async def test_each_thing_that_is_wrong_is_found_and_mended_by_something(shop: Connected) -> None:
    app = shop.app
    await app.steer(drop_subscriptions=["orders/create"], scopes=[s for s in NEEDED if s != "read_returns"])
    await shop.api.pool.execute(
        "insert into connector.refetches (shop_id, kind, id, due_at, error) "
        "values ($1, 'Order', 1, $2, 'busy')",
        shop.shop_id,
        datetime.now(UTC) - timedelta(hours=1),
    )
    await shop.api.pool.execute(
        "insert into connector.dead_letters (shop, topic, webhook_id, api_version, received_at, headers, "
        "body, kind, error, attempts) values ($1, 'orders/create', 'w', '2026-10', now(), '{}', '', "
        "'permanent', 'not understood', 1)",
        DOMAIN,
    )
    await shop.api.pool.execute("update connector.variants set sku = 'Twice' where position = 1")
    await shop.api.redis.zadd(queue.QUEUE, {"old": (datetime.now(UTC).timestamp() - 1000) * 1000})
    results = await examined(shop)
    assert wrong(results) == {
        "scopes": "warning",
        "subscriptions": "failed",
        "queue": "failed",
        "dead letters": "warning",
        "refetches": "warning",
        "codes": "warning",
    }
    for result in results:
        assert result.state == "ok" or result.mend
    assert "orders/create among them" in of(results, "subscriptions")[0].words
    assert "read_returns is missing: no returns" in of(results, "scopes")[0].words
    assert "busy" in of(results, "refetches")[0].words
    assert "for 17 min" in of(results, "queue")[0].words
    assert of(results, "codes")[0].words == "SKUs that stand on more than one variant: 1 (TWICE)"


async def test_without_a_public_url_it_says_what_the_shop_lives_from(shop: Connected) -> None:
    results = await examined(shop, public_url=None)
    assert wrong(results) == {"public URL": "warning", "subscriptions": "skipped"}
    assert "lives from comparing with Shopify every minute" in of(results, "public URL")[0].words


@asynccontextmanager
async def answering(status: int, text: str = "", **headers: str) -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_a_public_url_that_leads_elsewhere_is_found(shop: Connected) -> None:
    async with answering(200, "welcome") as url:
        assert "something else" in of(await examined(shop, public_url=url), "public URL")[0].words
    async with answering(308, Location="https://www.till.example") as url:
        assert "redirects" in of(await examined(shop, public_url=url), "public URL")[0].words
    async with answering(404, '{"status": "alive"}') as url:
        assert of(await examined(shop, public_url=url), "public URL")[0].state == "failed"
    (nobody,) = of(await examined(shop, public_url=f"http://127.0.0.1:{free_port()}"), "public URL")
    assert (nobody.state, "does not answer" in nobody.words) == ("failed", True)
    (unknown,) = of(await examined(shop, public_url="https://till.invalid"), "public URL")
    assert (unknown.state, "DNS" in unknown.words) == ("failed", True)
    results = await examined(shop, public_url="http://till.example")
    assert of(results, "public URL")[0].state == "failed"
    assert [(r.state, r.words) for r in of(results, "subscriptions")] == [
        ("skipped", "because of public URL")
    ]


async def test_webhooks_alone_may_be_let_through(shop: Connected, redis: queue.Redis) -> None:
    """A proxy that forwards nothing but the path of webhooks is right too."""

    async def answer(request: web.Request) -> web.Response:
        if request.path != "/webhooks/shopify":
            return web.Response(status=404, text="nothing here")
        return web.Response(status=400, text='{"error": "missing header", "detail": ""}')

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        assert of(await examined(shop, public_url=url), "public URL")[0].state == "ok"


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"tokens": "revoke"}, "token"),
        ({"status": 402, "status_next": 99}, "frozen"),
        ({"status": 503, "status_next": 999}, "503"),
        ({"html_next": 99}, "proxy"),
    ],
)
async def test_a_shop_that_cannot_be_asked_is_told_and_nothing_about_it_is_guessed(
    shop: Connected, knobs: dict[str, Any], words: str
) -> None:
    await shop.app.steer(**knobs)
    results = await examined(shop)
    (found,) = of(results, "credentials")
    assert (found.state, found.shop, words in found.words) == ("failed", DOMAIN, True), found
    assert found.mend
    for check in ("scopes", "API version", "subscriptions"):
        assert [result.state for result in of(results, check)] == ["skipped"]
    assert of(results, "silence")[0].state == "ok"


async def test_an_api_version_that_ends_is_told(shop: Connected) -> None:
    await shop.app.steer(version="2026-07")
    (found,) = of(await examined(shop), "API version")
    assert (found.state, "2026-07 instead of 2026-10" in found.words) == ("warning", True)
    await shop.app.steer(version=None)
    (found,) = of(await examined(shop, api_version="2026-01"), "API version")
    assert (found.state, "may end on 2027-01-01" in found.words) == ("warning", True)
    (found,) = of(await examined(shop, api_version="2027-01"), "API version")
    assert (found.state, "not among those" in found.words) == ("warning", True)
    assert (end_of("2026-10"), end_of("unstable")) == (date(2027, 10, 1), None)


async def test_servers_that_lose_what_they_confirmed_are_told(shop: Connected, redis: queue.Redis) -> None:
    await redis.config_set("appendfsync", "everysec")
    await redis.config_set("maxmemory", 1 << 20)
    try:
        found = [result.words for result in of(await examined(shop), "Redis settings")]
    finally:
        await redis.config_set("appendfsync", "always")
        await redis.config_set("maxmemory", 0)
    assert any("appendfsync everysec" in words for words in found)
    assert any("MB; full, it refuses" in words for words in found)
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        (evicting,) = of(await examined(shop), "Redis settings")
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")
    assert (evicting.state, "evicts" in evicting.words) == ("failed", True)


async def test_what_cannot_be_known_is_left_out_with_its_reason(shop: Connected) -> None:
    results = await examined(shop, redis_url=SecretStr(f"redis://127.0.0.1:{free_port()}"))
    states = {result.check: (result.state, result.words) for result in results}
    assert states["redis"][0] == "failed"
    assert states["queue"] == ("skipped", "because of redis")
    assert states["credentials"] == ("skipped", "because of redis")
    assert states["migrations"][0] == states["dead letters"][0] == "ok"
    results = await examined(shop, postgres_dsn=SecretStr("postgresql:///nobody?host=/nowhere"))
    states = {result.check: (result.state, result.words) for result in results}
    assert states["migrations"] == ("skipped", "because of postgres")
    assert states["silence"] == ("skipped", "because of migrations")
    assert states["queue"][0] == states["public URL"][0] == "ok"
    assert {state for state, _ in states.values()} <= {"ok", "failed", "skipped"}


async def test_an_older_schema_and_another_key_are_told(shop: Connected, tmp_path: Path) -> None:
    results = await examined(shop, secret_key=SecretStr("another key of another"), data_dir=tmp_path)
    (found,) = of(results, "secret key")
    assert (found.state, "another key" in found.words) == ("failed", True)
    assert of(results, "credentials")[0].words == "because of secret key"
    await shop.api.pool.execute("delete from connector.migrations where number > 5")
    (found,) = of(await examined(shop), "migrations")
    assert (found.state, found.mend) == ("failed", "connector migrate")


async def test_a_clock_that_is_off_is_told(shop: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    from connector.doctor import work

    class Late:
        @staticmethod
        def time() -> float:
            return datetime.now(UTC).timestamp() - 90

    monkeypatch.setattr(work, "time", Late)
    found = of(await examined(shop), "clocks")
    assert {result.state for result in found} == {"failed"}
    assert [result.words.split("of ")[-1] for result in found] == ["Redis's", "Postgres's", "Shopify's"]
    assert all("90 s behind" in result.words or "89 s behind" in result.words for result in found)


def test_an_old_python_and_a_foreign_package_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [result.state for result in machine.look()] == ["ok", "ok"]
    assert machine._python((3, 10)).state == "failed"
    monkeypatch.setattr(machine, "PINNED", {"arq": "0.27."})
    assert "arq is 0.28" in machine.look()[1].words
    assert {"arq", "asyncpg", "aiohttp"} <= machine.versions().keys()


async def test_the_command_tells_a_program_and_a_person(shop: Connected) -> None:
    config = shop.api.settings
    terminal = Terminal(config, CONNECTOR_PUBLIC_URL=config.public_url or "", CONNECTOR_SHOP_URL=DOMAIN)
    ended = await terminal.types("doctor", "--json")
    told = msgspec.json.decode(ended.told)
    assert (ended.code, told["healthy"]) == (0, True), told
    assert {"python", "packages", "settings", "servers"} < {result["check"] for result in told["results"]}
    await shop.app.steer(drop_subscriptions=["*"], version="2026-07")
    ended = await terminal.types("doctor")
    assert ended.code == 1
    assert "subscriptions are missing" in ended.told
    assert f"mend: connector webhooks register {DOMAIN}" in ended.told
    ended = await terminal.types("doctor", "--json")
    assert (ended.code, msgspec.json.decode(ended.told)["healthy"]) == (1, False)


async def test_the_command_lives_through_settings_and_servers_that_are_wrong(
    settings: Settings, tmp_path: Path
) -> None:
    terminal = Terminal(settings)
    ended = await terminal.types("doctor", "--json", CONNECTOR_PORT="none")
    told = msgspec.json.decode(ended.told)
    states = {result["check"]: (result["state"], result["words"]) for result in told["results"]}
    assert (ended.code, states["settings"][0]) == (1, "failed")
    assert states["postgres"] == ("skipped", "because of settings")
    (tmp_path / "file").write_text("not a folder")
    ended = await terminal.types(
        "doctor", CONNECTOR_POSTGRES_DSN="", CONNECTOR_REDIS_URL="", CONNECTOR_DATA_DIR=f"{tmp_path}/file"
    )
    assert (ended.code, "the data folder" in ended.told) == (1, True)
