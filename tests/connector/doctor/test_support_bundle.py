"""The file for asking for help tells what is needed, and nothing secret or personal that we planted."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from connector import keyring, queue, shops
from connector.doctor.redaction import (
    GONE,
    SHOWN,
    log_lines,
    postgres_lines,
    scrubbed,
    secrets_of,
    settings_of,
)
from connector.postgres import Pool
from connector.settings import Settings
from connector.shopify.credentials import recognise
from connector.vault import Vault
from tests.cli import Terminal
from tests.conftest import SHOP
from tests.servers import free_port
from tests.simulator.shops import DOMAIN
from tests.workers.connected import Connected, connected

TOKEN, CLIENT, SECRET = f"shpat_{9:032x}", f"{8:032x}", "hush/the\\hook"
#: Nothing of this may be found in the file, wherever it stood.
PLANTED = {
    "Jane", "Doe", "jane.doe@example.com", "+49 30 1234567", "Elm Street", TOKEN, CLIENT, "s3cr3t-passw0rd",
    "hush", "top secret master key", "backoffice-pass",
}  # fmt: skip
BODY = b'{"id": 1, "email": "jane.doe@example.com", "customer": {"first_name": "Jane", "last_name": "Doe"}}'
LOG = """starting up for Jane Doe
{"event":"refused","level":"warning","component":"ingress","error":"no jane.doe@example.com","by":"Jane"}
host connector[1]: {"event":"asking again","why":"token shpat_00000000000000000000000000000009"}
{"event":"settled","level":"info","deliveries":3,"body":"Doe, Elm Street, +49 30 1234567"}
"""


@pytest.fixture
async def shop(settings: Settings, pool: Pool, redis: queue.Redis) -> AsyncIterator[Connected]:
    await shops.remove(pool, SHOP)
    async with connected(settings, pool, redis) as shop:
        given = recognise(CLIENT, TOKEN, SECRET)
        await keyring.keep(pool, Vault(shop.api.settings), shop.shop_id, DOMAIN, given)
        await plant(pool, shop.shop_id)
        yield shop


async def plant(pool: Pool, shop_id: int) -> None:
    await pool.execute(
        "insert into connector.dead_letters (shop, topic, webhook_id, api_version, received_at, headers, "
        "body, kind, error, traceback, attempts) values ($1, 'orders/create', 'w', '2026-10', now(), $2, $3, "
        "'permanent', 'email: jane.doe@example.com is not understood', 'Jane Doe', 2)",
        DOMAIN,
        {"X-Buyer": "Jane Doe"},
        BODY,
    )
    await pool.execute(
        "insert into connector.customers (shop_id, id, updated_at, triggered_at, first_name, email) "
        "values ($1, 1, now(), now(), 'Jane', 'jane.doe@example.com')",
        shop_id,
    )
    await pool.execute(
        "insert into connector.sync_runs (shop_id, reason, state, error) values ($1, 'asked', 'failed', $2)",
        shop_id,
        f"https://files.example/result?token={TOKEN}&name=Doe was refused by {SECRET}",
    )


async def bundled(terminal: Terminal, folder: Path, *more: str, **env: str) -> dict[str, str]:
    file = folder / "bundle.zip"
    ended = await terminal.types("support-bundle", "--output", str(file), *more, **env)
    assert ended.code == 0, ended
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as opened:
        told = {name: opened.read(name).decode() for name in opened.namelist()}
    for name, text in told.items():
        for word in PLANTED:
            assert word not in text, (name, word)
    assert not any(word in ended.told + ended.complained for word in PLANTED)
    return told


async def test_it_tells_what_is_needed_and_nothing_that_was_planted(shop: Connected, tmp_path: Path) -> None:
    log = tmp_path / "up.log"
    log.write_text(LOG)
    terminal = Terminal(
        shop.api.settings,
        CONNECTOR_SECRET_KEY="top secret master key",
        CONNECTOR_ADMIN_PASSWORD="backoffice-pass",
        CONNECTOR_WEBHOOK_SECRET=SECRET,
        CONNECTOR_PUBLIC_URL="https://jane.doe:s3cr3t-passw0rd@till.example",
    )
    told = await bundled(terminal, tmp_path, "--log", str(log))
    assert set(told) == {
        "README.txt", "doctor.json", "status.json", "versions.json", "settings.json", "migrations.json",
        "tables.json", "imports.json", "comparisons.json", "subscriptions.json", "dead_letters.json",
        "log_1.json",
    } | ({"postgres_log.json", "valkey_log.json"} & set(told))  # fmt: skip
    (letters,) = msgspec.json.decode(told["dead_letters.json"])
    assert (letters["topic"], letters["letters"], letters["attempts"]) == ("orders/create", 1, 2)
    assert letters["error"] == f"email: {GONE} is not understood"
    config = msgspec.json.decode(told["settings.json"])
    assert (config["api_version"], config["secret_key"], config["public_url"]) == ("2026-10", "set", "set")
    assert config["api_password"] is None
    (run,) = msgspec.json.decode(told["imports.json"])
    assert (run["state"], run["error"]) == (
        "failed",
        f"https://files.example/result?{GONE} was refused by {GONE}",
    )
    assert any(row["table"] == "customers" for row in msgspec.json.decode(told["tables.json"]))
    results = {result["check"]: result["state"] for result in msgspec.json.decode(told["doctor.json"])}
    assert (results["public URL"], results["dead letters"]) == ("failed", "warning")
    *lines, last = msgspec.json.decode(told["log_1.json"])
    assert [line["event"] for line in lines] == [
        "refused",
        "asking again",
        "settled",
    ]
    assert last == "1 lines that are not ours were left out"


async def test_without_servers_it_tells_the_rest(shop: Connected, tmp_path: Path) -> None:
    dsn = f"postgresql://jane:s3cr3t-passw0rd@127.0.0.1:{free_port()}/shop"
    told = await bundled(Terminal(shop.api.settings), tmp_path, CONNECTOR_POSTGRES_DSN=dsn)
    assert {"doctor.json", "versions.json", "settings.json"} <= set(told)
    assert "status.json" not in told
    other = tmp_path / "other"
    other.mkdir()
    told = await bundled(Terminal(shop.api.settings), other, CONNECTOR_PORT="none")
    assert set(told) == {"README.txt", "doctor.json", "versions.json"}


async def test_a_file_that_is_there_is_not_written_over(shop: Connected, tmp_path: Path) -> None:
    terminal = Terminal(shop.api.settings)
    (tmp_path / "bundle.zip").write_text("mine")
    for target in (tmp_path / "bundle.zip", tmp_path / "no/such/folder.zip"):
        ended = await terminal.types("support-bundle", "--output", str(target))
        assert (ended.code, str(target) in ended.complained.replace("\n", "")) == (1, True)
    assert (tmp_path / "bundle.zip").read_text() == "mine"


def test_every_setting_is_hidden_until_it_is_allowed() -> None:
    hidden = set(Settings.model_fields) - SHOWN
    assert {name for name in hidden if "secret" in name or "password" in name or "key" in name} == {
        "api_key",
        "api_password",
        "webhook_secret",
        "admin_password",
        "secret_key",
    }
    assert set(Settings.model_fields) >= SHOWN
    config = Settings(
        _env_file=None, redis_url=SecretStr("redis://:pass1@h"), shop_url="shop", api_key="key7"
    )
    told: dict[str, Any] = settings_of(config)
    assert {told["redis_url"], told["shop_url"], told["api_key"], told["data_dir"]} == {"set"}
    assert told["postgres_dsn"] is None
    assert secrets_of(config) == {"key7", "redis://:pass1@h", "pass1"}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("token shpss_0123abc here", f"token {GONE} here"),
        ("0123456789abcdef0123456789abcdef", GONE),
        ("Authorization: Bearer abc.def", f"Authorization: {GONE}"),
        ("postgresql://me:pass@db/x", f"postgresql://{GONE}@db/x"),
        ("mail to a.b+c@mail.example.com now", f"mail to {GONE} now"),
        ("call +49 (30) 123-4567", f"call {GONE}"),
        ("order 820982911946154508 at 2026-11-24T12:00:00+07:00", None),
        ("no orders/updated for 3 h (usually 12 an hour)", None),
    ],
)
def test_what_has_the_form_of_a_secret_or_a_person_goes(said: str, kept: str | None) -> None:
    assert scrubbed(said, ()) == (kept or said)


def test_of_logs_only_what_carries_no_row_is_kept() -> None:
    assert log_lines(["", "{no json", '{"event":"a","name":"Jane"}']) == [
        {"event": "a"},
        "1 lines that are not ours were left out",
    ]
    kept = postgres_lines(
        [
            "2026 LOG:  database system is ready",
            '2026 FATAL:  role "jane" does not exist',
            "2026 LOG:  statement: insert into x values ('Jane')",
            "2026 ERROR:  duplicate key",
            "2026 DETAIL:  Key (email)=(jane@example.com) already exists.",
        ]
    )
    assert kept == ["2026 LOG:  database system is ready", f"2026 FATAL:  role {GONE} does not exist"]
