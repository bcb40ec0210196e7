"""What a person writes into the environment or .env means what they meant, or is refused by its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connector import settings
from connector.errors import ConfigurationError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to read .env in, and no variables of the machine's own."""
    for name in list(os.environ):
        if name.startswith("CONNECTOR_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_set_is_an_embedded_connector_on_loopback() -> None:
    read = settings.load()
    assert (read.host, read.port, read.redis_url, read.postgres_dsn) == ("127.0.0.1", 8080, None, None)
    assert (read.webhook_secrets, read.body_limit) == ((), 10 * 1024 * 1024)


def test_a_variable_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("CONNECTOR_PORT=9000\nCONNECTOR_SHOP_URL=tea\nOTHER=1\n")
    monkeypatch.setenv("CONNECTOR_PORT", "9001")
    assert (settings.load().port, settings.load().shop_url) == (9001, "tea")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_file_is_read_as_editors_write_it(folder: Path, mark: bytes) -> None:
    (folder / ".env").write_bytes(
        mark + b"CONNECTOR_SHOP_URL=tea\r\nCONNECTOR_WEBHOOK_SECRET=caf\xc3\xa9\r\n"
    )
    read = settings.load()
    assert (read.shop_url, read.webhook_secrets) == ("tea", ("café".encode(),))


def test_a_file_in_another_encoding_is_refused_in_words(folder: Path) -> None:
    (folder / ".env").write_bytes(b"# caf\xe9\nCONNECTOR_SHOP_URL=tea\n")
    with pytest.raises(ConfigurationError, match="save it as UTF-8"):
        settings.load()


def test_what_a_template_leaves_empty_is_not_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("CONNECTOR_REDIS_URL=\nCONNECTOR_PORT=\nCONNECTOR_SHOP_URL=\n")
    monkeypatch.setenv("CONNECTOR_POSTGRES_DSN", "")
    read = settings.load()
    assert (read.redis_url, read.port, read.shop_url, read.postgres_dsn) == (None, 8080, None, None)


@pytest.mark.parametrize(
    ("secret", "password", "keys"),
    [
        ("one", None, (b"one",)),
        (" new , old,", None, (b"new", b"old")),
        ("one,one", None, (b"one",)),
        (" , ", None, ()),
        (None, "shpss_app", (b"shpss_app",)),
        (None, " shpss_app ", (b"shpss_app",)),
        ("shpss_app", "shpss_app", (b"shpss_app",)),
        ("new", "shpss_old", (b"new", b"shpss_old")),
        (None, "shpat_token", ()),
        (None, "shppa_token", ()),
    ],
)
def test_the_keys_that_webhooks_are_signed_with(
    monkeypatch: pytest.MonkeyPatch, secret: str | None, password: str | None, keys: tuple[bytes, ...]
) -> None:
    for name, value in (("WEBHOOK_SECRET", secret), ("API_PASSWORD", password)):
        if value is not None:
            monkeypatch.setenv(f"CONNECTOR_{name}", value)
    assert settings.load().webhook_secrets == keys


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "hush"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("BODY_LIMIT", "10MB hush"),
        ("API_VERSION", "hush"),
        ("LOG_LEVEL", "hush"),
        ("SHUTDOWN_TIMEOUT", "-1"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"CONNECTOR_{name}", value)
    with pytest.raises(ConfigurationError, match=f"CONNECTOR_{name}: ") as refusal:
        settings.load()
    assert "hush" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_PORT", "x")
    monkeypatch.setenv("CONNECTOR_LOG_FORMAT", "x")
    with pytest.raises(ConfigurationError, match=r"CONNECTOR_PORT: .*; CONNECTOR_LOG_FORMAT: "):
        settings.load()


def test_a_password_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "POSTGRES_DSN",
        "REDIS_URL",
        "API_PASSWORD",
        "WEBHOOK_SECRET",
        "ADMIN_PASSWORD",
        "SECRET_KEY",
    ):
        monkeypatch.setenv(f"CONNECTOR_{name}", "hush")
    assert "hush" not in repr(settings.load())
