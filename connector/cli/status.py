"""`connector status`."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer

from connector import settings, silence, subscriptions
from connector import status as look
from connector.cli.output import console, print_json
from connector.cli.servers import servers, stores
from connector.commands import store as commands
from connector.postgres import Pool
from connector.settings import Settings

#: A list is shown so far; a program reads all of it.
_MOST = 6


def status(
    minutes: Annotated[int, typer.Option(min=1, help="Look back this far.")] = 60,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """How it is doing: what waits, what became of deliveries, lag, dead letters, silence, rows per view."""
    with servers(settings.load(), "connector status") as config:
        told = asyncio.run(gather(config, timedelta(minutes=minutes)))
    if json:
        print_json(told)
        return
    for name, value in told.items():
        console.print(f"[bold]{name.replace('_', ' '):>18}[/bold]  ", end="")
        console.print(_shown(value), markup=False, highlight=not isinstance(value, list), soft_wrap=True)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        value = ", ".join(f"{key} {_number(entry)}" for key, entry in value.items())
    elif isinstance(value, list):
        lines = [entry["words"] for entry in value[:_MOST]]
        more = [f"and {len(value) - _MOST} more: --json"] if len(value) > _MOST else []
        value = f"\n{'':>20}".join(lines + more)
    return "–" if value in (None, "") else str(value)


def _number(value: Any) -> str:
    return f"{value:.1f} ms" if isinstance(value, float) else "–" if value is None else str(value)


async def gather(config: Settings, since: timedelta) -> dict[str, Any]:
    """All that status tells, deliveries of the last ``since``."""
    async with stores(config) as (pool, redis):
        told = await look.look(pool, redis, since=since)
        return {
            **msgspec.to_builtins(told, builtin_types=(datetime,)),
            "silent": [
                {"words": f"{each.shop}: {each}", **msgspec.structs.asdict(each)}
                for each in await silence.look(pool)
            ],
            **await _subscriptions(pool),
            "commands": await commands.unsettled(pool),
            "rows": await look.rows_per_view(pool),
        }


async def _subscriptions(pool: Pool) -> dict[str, Any]:
    """As the last look of each shop found them; what is gone, and what was gone lately."""
    standing = await subscriptions.standing(pool)
    lost = await subscriptions.lost(pool)
    why = {(row["shop"], row["topic"]): row["words"] for row in lost if row["restored_at"] is None}
    return {
        "subscriptions": Counter(row["state"] for row in standing),
        "missing_subscriptions": [
            {**row, "words": f"{row['shop']}: {row['topic']}: {reason or row['note'] or row['state']}"}
            for row in standing
            if row["state"] != "present"
            for reason in [why.get((row["shop"], row["topic"]))]
        ],
        "lost_subscriptions": [
            {**row, "words": f"{row['noticed_at']:%m-%d %H:%M} {row['shop']}: {row['topic']}: {row['words']}"}
            for row in lost
        ],
    }
