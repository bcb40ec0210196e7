"""`connector support-bundle`."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from connector import postgres, queue, settings
from connector.cli import doctor, status
from connector.cli.output import console
from connector.cli.servers import stores
from connector.doctor import bundle
from connector.errors import ConfigurationError, ConnectorError
from connector.settings import Settings


def support_bundle(
    output: Annotated[Path | None, typer.Option(help="Where to write it; a new file.")] = None,
    log: Annotated[
        list[Path] | None, typer.Option(help="A log of the connector (JSON lines); may be given again.")
    ] = None,
) -> None:
    """Write one file for asking for help: no secrets, no personal data."""
    target = output or Path(f"support-bundle-{datetime.now(UTC):%Y%m%d-%H%M%S}.zip")
    told: dict[str, Any] = {}
    secrets: set[str] = set()

    def look(config: Settings) -> None:
        found, known = asyncio.run(_database(config))
        told.update(found)
        secrets.update(known)

    results = doctor.run(lambda _: None, look)
    try:
        config = settings.load()
    except ConfigurationError:
        config = None
    told |= bundle.of_machine(config, results)
    if config is not None:
        told |= bundle.of_logs(config, log or ())
    _write(target, bundle.packed(config, told, secrets))
    console.print(f"{target} holds {', '.join(sorted(told))}; read it before you send it", soft_wrap=True)


async def _database(config: Settings) -> tuple[dict[str, Any], set[str]]:
    """What the servers tell, as far as they answer: doctor says why where they do not."""
    try:
        async with stores(config) as (pool, _):
            secrets = await bundle.stored_secrets(config, pool)
            told = await bundle.of_database(pool)
        return {**told, "status.json": await status.gather(config, timedelta(hours=24))}, secrets
    except (ConnectorError, asyncpg.PostgresError, *postgres.AWAY, *queue.AWAY):
        return {}, set()


def _write(target: Path, content: bytes) -> None:
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except FileExistsError:
        raise ConnectorError(f"{target} is there already: name another with --output") from None
    except OSError as error:
        raise ConnectorError(f"{target} cannot be written: {error.strerror}") from None
