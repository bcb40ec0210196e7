"""`connector status`."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer

from connector import settings
from connector import status as look
from connector.cli.output import console, print_json
from connector.cli.servers import servers, stores
from connector.settings import Settings


def status(
    minutes: Annotated[int, typer.Option(min=1, help="Look back this far.")] = 60,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """How it is doing: what waits, what became of deliveries, lag, dead letters, rows per view."""
    with servers(settings.load(), "connector status") as config:
        told = asyncio.run(_look(config, timedelta(minutes=minutes)))
    if json:
        print_json(told)
        return
    for name, value in told.items():
        shown = (
            ", ".join(f"{key} {_number(entry)}" for key, entry in value.items())
            if isinstance(value, dict)
            else value
        )
        console.print(
            f"[bold]{name.replace('_', ' '):>18}[/bold]  {shown if shown not in (None, '') else '–'}"
        )


def _number(value: Any) -> str:
    return f"{value:.1f} ms" if isinstance(value, float) else "–" if value is None else str(value)


async def _look(config: Settings, since: timedelta) -> dict[str, Any]:
    async with stores(config) as (pool, redis):
        told = await look.look(pool, redis, since=since)
        return {
            **msgspec.to_builtins(told, builtin_types=(datetime,)),
            "rows": await look.rows_per_view(pool),
        }
