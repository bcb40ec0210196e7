"""Every knob, once; read from CONNECTOR_* variables and from .env."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from connector.errors import ConfigurationError

MEGABYTE = 1024 * 1024


def _default_data_dir() -> Path:
    """Root's servers run as another account, which could not reach root's home."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/shopify-connector")
    return Path.home() / ".local/share/shopify-connector"


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _loopback_origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname or ""):
        raise ValueError("only an address of this machine is taken, such as http://127.0.0.1:9000")
    return f"{parts.scheme}://{parts.netloc}"


class Settings(BaseSettings):
    """One frozen value, made at the edge of each process and handed down.

    Sizes are bytes, times are seconds.
    """

    model_config = SettingsConfigDict(
        env_prefix="CONNECTOR_",
        env_file=".env",
        env_ignore_empty=True,  # a line that a template left open sets nothing
        extra="ignore",
        frozen=True,
    )

    postgres_dsn: SecretStr | None = None
    redis_url: SecretStr | None = None
    data_dir: Annotated[Path, AfterValidator(_absolute)] = Field(default_factory=_default_data_dir)

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    backoffice_port: int = Field(default=8081, ge=1, le=65535)
    public_url: str | None = None

    shop_url: str | None = None
    api_key: str | None = None
    api_password: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    api_version: str = Field(default="2026-10", pattern=r"^(\d{4}-\d{2}|unstable)$")
    admin_password: SecretStr | None = None
    secret_key: SecretStr | None = None
    shopify_origin: Annotated[str, AfterValidator(_loopback_origin)] | None = None
    shopify_timeout: float = Field(default=30.0, gt=0)
    shopify_patience: float = Field(default=60.0, ge=0)

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"

    body_limit: int = Field(default=10 * MEGABYTE, ge=1024)
    intake_max_requests: int = Field(default=5_000, ge=1)
    intake_max_bytes: int = Field(default=128 * MEGABYTE, ge=1024)
    batch_max_deliveries: int = Field(default=500, ge=1, le=5_000)
    batch_max_bytes: int = Field(default=4 * MEGABYTE, ge=1024)
    worker_max_jobs: int = Field(default=32, ge=1)
    suspect_attempts: int = Field(default=5, ge=1)
    shutdown_timeout: float = Field(default=10.0, gt=0)
    commands_settle: float = Field(default=20.0, ge=0)
    retention_days: int = Field(default=7, ge=1, le=400)
    changes_retention_days: int = Field(default=14, ge=1, le=400)

    sync_streams_at_once: int = Field(default=2, ge=1, le=8)
    sync_stuck_after: float = Field(default=3600.0, gt=0)
    reconcile_every: float = Field(default=600.0, ge=5)
    reconcile_share: float = Field(default=0.5, gt=0, le=1)

    @property
    def webhook_secrets(self) -> tuple[bytes, ...]:
        """The keys a webhook may be signed with: several during a rotation.

        An API password that is a client secret (``shpss_``) signs webhooks itself; an access token
        never does (Shopify docs, "Verify webhook deliveries").
        """
        words = self.webhook_secret.get_secret_value().split(",") if self.webhook_secret else []
        password = self.api_password.get_secret_value().strip() if self.api_password else ""
        if password.startswith("shpss_"):
            words.append(password)
        return tuple(dict.fromkeys(word.strip().encode() for word in words if word.strip()))


def load() -> Settings:
    """Read the settings; raises ConfigurationError naming each variable that is wrong, never its value."""
    try:
        return Settings()
    except UnicodeDecodeError:
        raise ConfigurationError("the file .env is not UTF-8 text: save it as UTF-8") from None
    except ValidationError as error:
        wrong = "; ".join(
            f"CONNECTOR_{'.'.join(map(str, problem['loc'])).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(f"wrong setting: {wrong}") from None
