"""`connector deliveries`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from connector import deliveries, settings
from connector.cli.output import console, print_json, print_rows
from connector.cli.servers import servers, stores
from connector.dead_letters import masked
from connector.errors import ConnectorError
from connector.settings import Settings

app = typer.Typer(help="What came and what became of it.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("list")
def list_(
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    outcome: Annotated[
        str | None, typer.Option(help="applied, superseded, ignored, deferred or dead.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    json: Json = False,
) -> None:
    """The latest deliveries, newest first."""
    with servers(settings.load(), "connector deliveries list") as config:
        rows = asyncio.run(_latest(config, topic, outcome, limit))
    columns = ("settled_at", "topic", "outcome", "repeats", "webhook_id")
    print_rows(rows, columns, as_json=json, empty="no deliveries")


@app.command()
def show(
    webhook_id: str,
    personal_data: Annotated[
        bool, typer.Option("--personal-data", help="Show the payload unmasked.")
    ] = False,
    json: Json = False,
) -> None:
    """One delivery with its headers and payload, masked unless asked."""
    with servers(settings.load(), "connector deliveries show") as config:
        found = asyncio.run(_find(config, webhook_id))
    if not found:
        raise ConnectorError(f"no delivery has the id {webhook_id}")
    for delivery in found:
        text = delivery.envelope.body.decode(errors="replace")
        payload = text if personal_data else masked(text)
        if json:
            print_json(
                {"outcome": delivery.outcome, "headers": delivery.envelope.headers, "payload": payload}
            )
            continue
        console.print(f"[bold]{delivery.envelope.topic}[/bold] {delivery.outcome} at {delivery.settled_at}")
        for name, value in delivery.envelope.headers.items():
            console.print(f"{name}: {value}", markup=False)
        console.print(payload, markup=False, highlight=False)


async def _latest(
    config: Settings, topic: str | None, outcome: str | None, limit: int
) -> list[dict[str, Any]]:
    async with stores(config) as (pool, _):
        return await deliveries.latest(pool, topic=topic, outcome=outcome, limit=limit)


async def _find(config: Settings, webhook_id: str) -> list[deliveries.Delivery]:
    async with stores(config) as (pool, _):
        return await deliveries.find(pool, webhook_id)
