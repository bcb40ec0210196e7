"""One file for asking for help: what doctor and status tell, settings, runs and logs, redacted."""

from __future__ import annotations

import io
import platform
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from connector import __version__, keyring, reconciles, shops, subscriptions
from connector.doctor import machine
from connector.doctor.redaction import log_lines, postgres_lines, secrets_of, settings_of, without
from connector.doctor.result import Result
from connector.errors import ConfigurationError
from connector.postgres import Pool, blocks
from connector.settings import Settings
from connector.vault import Vault

#: Lines from the end of each log.
LINES = 400
_MOST_READ = 2**20

_SQL = blocks("connector.doctor", "bundle")
_WORK = blocks("connector.doctor", "work")

_ABOUT = """What is in here: the results of `connector doctor`, `connector status`, versions, settings (only
values that tell no secret), migrations, table sizes, the latest imports and comparisons, lost subscriptions,
dead letters counted by their error, and the last lines of logs.

What is not: payloads, rows, headers, names, e-mail addresses, telephone numbers, keys, tokens, passwords.
Read it before you send it; it is plain text.
"""


def of_machine(config: Settings | None, results: Sequence[Result]) -> dict[str, Any]:
    """What can be told without any server."""
    told: dict[str, Any] = {
        "doctor.json": results,
        "versions.json": {
            "connector": __version__,
            "python": platform.python_version(),
            "system": platform.platform(),
            "packages": machine.versions(),
        },
    }
    if config is not None:
        told["settings.json"] = settings_of(config)
    return told


async def of_database(pool: Pool) -> dict[str, Any]:
    """What Postgres tells of itself and of our runs; no row that mirrors the shop."""
    return {
        "migrations.json": await _rows(pool, _SQL["migrations"]),
        "tables.json": await _rows(pool, _SQL["tables"]),
        "imports.json": await _rows(pool, _SQL["syncs"]),
        "comparisons.json": await reconciles.report(pool, limit=100),
        "subscriptions.json": {
            "states": await _rows(pool, _SQL["subscriptions"]),
            "lost": await subscriptions.lost(pool),
        },
        "dead_letters.json": await _rows(pool, _WORK["dead_letters"]),
    }


def of_logs(config: Settings, given: Iterable[Path]) -> dict[str, Any]:
    """The last lines of the embedded servers' logs and of ``given`` ones, as far as they are safe."""
    told: dict[str, Any] = {}
    for number, path in enumerate(given, 1):
        told[f"log_{number}.json"] = log_lines(_tail(path))
    for name, kept in (("postgres.log", postgres_lines), ("valkey.log", list)):
        if lines := kept(_tail(config.data_dir / name)):
            told[name.replace(".log", "_log.json")] = lines
    return told


async def stored_secrets(config: Settings, pool: Pool) -> set[str]:
    """What opens the connected shops: it stands nowhere in the bundle, and is looked for to be sure."""
    vault, found = Vault(config), set[str]()
    for row in await shops.listed(pool):
        try:
            kept = await keyring.find(pool, vault, row["shop"])
        except ConfigurationError:
            continue
        if kept:
            given = kept.credentials
            words = [given.api_key, given.token, given.client_secret, *(each.key for each in kept.secrets)]
            found |= {word for word in words if word}
    return found


def packed(config: Settings | None, told: Mapping[str, Any], secrets: Iterable[str] = ()) -> bytes:
    """A zip of all of it, every text scrubbed."""
    known = {*secrets, *(secrets_of(config) if config else ())}
    now = datetime.now(UTC).timetuple()[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, value in {"README.txt": _ABOUT, **told}.items():
            plain = without(msgspec.to_builtins(value, enc_hook=str), known)
            text = (
                plain if isinstance(plain, str) else msgspec.json.format(msgspec.json.encode(plain), indent=1)
            )
            file.writestr(zipfile.ZipInfo(name, now), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


async def _rows(pool: Pool, statement: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await pool.fetch(statement)]


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(max(0, size - _MOST_READ))
            return file.read().decode(errors="replace").splitlines()[-LINES:]
    except OSError:
        return []
