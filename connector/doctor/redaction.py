"""What may leave this machine in a file for asking for help: no secret, and nothing about a person. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from pydantic import SecretStr

from connector.settings import Settings

#: Settings whose values tell nothing that must stay here; of the others only whether they are set.
SHOWN = frozenset(
    {
        "host", "port", "backoffice_port", "api_version", "shopify_timeout", "shopify_patience", "log_level",
        "log_format", "body_limit", "intake_max_requests", "intake_max_bytes", "batch_max_deliveries",
        "batch_max_bytes", "worker_max_jobs", "suspect_attempts", "shutdown_timeout", "retention_days",
        "sync_streams_at_once", "sync_stuck_after", "reconcile_every", "reconcile_share",
    }
)  # fmt: skip
#: Fields of our own log lines that carry no payload.
LOGGED = frozenset(
    {
        "timestamp", "level", "component", "event", "error", "status", "topic", "job", "attempt", "next",
        "retry_in", "function", "query", "shop", "shop_id", "run", "stream", "queue", "deliveries",
        "outcomes", "milliseconds", "asked", "answered", "why", "jobs_at_once", "size",
    }
)  # fmt: skip
GONE = "[removed]"
#: Shorter words are found everywhere.
_SHORTEST = 4
_PATTERNS = (
    re.compile(r"\bshp[a-z]{2,3}_\w+"),  # Shopify's tokens and secrets
    re.compile(r"\b[0-9a-fA-F]{32,}\b"),
    re.compile(r"(?i)\bbearer +\S+"),
    re.compile(r"(?<=://)[^/\s@\"]+(?=@)"),  # the login of a URL
    re.compile(r"(?<=\?)[\w.~%+-]+=[^\s\"'\\]*"),  # its parameters
    re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+"),  # e-mail
    re.compile(r"\+\d[\d ().-]{6,}\d"),  # telephone
)
_POSTGRES_LINE = re.compile(r"\b(LOG|WARNING|FATAL|PANIC):")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|\([^)]*\)=\([^)]*\)")


def settings_of(config: Settings) -> dict[str, Any]:
    """Each setting's value where it may be shown, else whether it is set."""
    return {
        name: value if name in SHOWN else "set" if value is not None else None
        for name, value in ((name, getattr(config, name)) for name in Settings.model_fields)
    }


def secrets_of(config: Settings) -> set[str]:
    """Every secret that the settings hold: each of several, and the passwords in addresses."""
    found: set[str] = {config.api_key or ""}
    for name in Settings.model_fields:
        value = getattr(config, name)
        if isinstance(value, SecretStr):
            text = value.get_secret_value()
            found |= {text, *(word.strip() for word in text.split(","))}
            found.add(_password(text))
    return {secret for secret in found if len(secret) >= _SHORTEST}


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, and without what has the form of a secret, an e-mail or a telephone."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, GONE)
    for pattern in _PATTERNS:
        text = pattern.sub(GONE, text)
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def without(value: Any, secrets: Iterable[str]) -> Any:
    """Every text in lists and objects scrubbed; the names in objects are ours."""
    if isinstance(value, str):
        return scrubbed(value, secrets)
    if isinstance(value, dict):
        return {name: without(inner, secrets) for name, inner in value.items()}
    if isinstance(value, list):
        return [without(inner, secrets) for inner in value]
    return value


def log_lines(lines: Iterable[str]) -> list[Any]:
    """Our own log lines, with the fields that carry no payload; what is no such line is only counted."""
    kept: list[Any] = []
    others = 0
    for line in lines:
        try:
            told = msgspec.json.decode(line[line.index("{") :], type=dict[str, Any])
        except (ValueError, msgspec.DecodeError):
            others += bool(line.strip())
            continue
        kept.append({key: told[key] for key in told if key in LOGGED})
    return [*kept, *([f"{others} lines that are not ours were left out"] if others else [])]


def postgres_lines(lines: Iterable[str]) -> list[str]:
    """What Postgres logged of itself; what it says of statements quotes rows."""
    return [
        _QUOTED.sub(GONE, line)
        for line in lines
        if _POSTGRES_LINE.search(line) and not re.search(r"statement|execute|parameters", line)
    ]


def _password(text: str) -> str:
    try:
        return urlsplit(text).password or ""
    except ValueError:
        return ""
