"""`connector dead-letters`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from connector import dead_letters, queue, settings
from connector.cli.output import console, print_json, print_rows
from connector.cli.servers import servers, stores
from connector.errors import ConnectorError
from connector.settings import Settings

app = typer.Typer(help="Deliveries that could not be applied.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]

#: Each delivery is a job of its own, so that one that fails again does not hold up the others.
_AT_ONCE = 500


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also those that were resolved.")] = False,
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    json: Json = False,
) -> None:
    """Dead letters that wait for an operator, the latest failure first."""
    with servers(settings.load(), "connector dead-letters list") as config:
        rows = asyncio.run(_list(config, not everything, topic, limit))
    columns = ("dead_letter_id", "last_failed_at", "topic", "kind", "error", "attempts", "resolution")
    print_rows(rows, columns, as_json=json, empty="no dead letters")


@app.command()
def show(
    dead_letter_id: int,
    personal_data: Annotated[
        bool, typer.Option("--personal-data", help="Show the payload unmasked.")
    ] = False,
    json: Json = False,
) -> None:
    """One dead letter: why, how often, its headers and payload (masked unless asked)."""
    with servers(settings.load(), "connector dead-letters show") as config:
        letter = asyncio.run(_find(config, dead_letter_id))
    if letter is None:
        raise ConnectorError(f"there is no dead letter {dead_letter_id}")
    text = letter.pop("body").decode(errors="replace")
    letter["payload"] = text if personal_data else dead_letters.masked(text)
    if json:
        print_json(letter)
        return
    for name, value in letter.items():
        if name not in ("payload", "traceback", "headers") and value is not None:
            console.print(f"[bold]{name.replace('_', ' '):>16}[/bold]  ", end="")
            console.print(str(value), markup=False)
    for name, value in letter["headers"].items():
        console.print(f"{name}: {value}", markup=False)
    console.print(letter["payload"], markup=False, highlight=False)
    if letter["traceback"]:
        console.print(letter["traceback"], markup=False, highlight=False)


@app.command()
def replay(
    dead_letter_ids: Annotated[list[int] | None, typer.Argument(help="Their numbers.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
    topic: Annotated[str | None, typer.Option(help="All of this topic that wait.")] = None,
) -> None:
    """Enqueue the original deliveries again. Newer data is never overwritten."""
    if not (dead_letter_ids or everything or topic):
        raise typer.BadParameter("name dead letters, or give --topic or --all")
    with servers(settings.load(), "connector dead-letters replay") as config:
        replayed = asyncio.run(_replay(config, dead_letter_ids, topic))
    console.print(f"{replayed} enqueued; what became of each: connector dead-letters list --all")


async def _list(config: Settings, waiting_only: bool, topic: str | None, limit: int) -> list[dict[str, Any]]:
    async with stores(config) as (pool, _):
        return await dead_letters.listed(pool, waiting_only=waiting_only, topic=topic, limit=limit)


async def _find(config: Settings, dead_letter_id: int) -> dict[str, Any] | None:
    async with stores(config) as (pool, _):
        return await dead_letters.find(pool, dead_letter_id)


async def _replay(config: Settings, ids: list[int] | None, topic: str | None) -> int:
    async with stores(config) as (pool, redis):
        if not ids:
            waiting = await dead_letters.listed(pool, topic=topic, limit=100_000)
            ids = [letter["dead_letter_id"] for letter in waiting]
        replayed = 0
        for start in range(0, len(ids), _AT_ONCE):
            for envelope in await dead_letters.to_replay(pool, ids[start : start + _AT_ONCE]):
                await queue.put(redis, [envelope])
                replayed += 1
        return replayed
