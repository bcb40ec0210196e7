"""`connector sync`: import a shop, watch it, cancel it, go on with it."""

from __future__ import annotations

import asyncio
import signal
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer

from connector import queue, settings, shops, syncs
from connector.cli import migrate
from connector.cli.api_worker import api_worker
from connector.cli.entry import INTERRUPTED
from connector.cli.output import console, errors, print_json, print_rows
from connector.cli.servers import Stores, servers, stores
from connector.cli.sync_view import SyncView
from connector.errors import ConnectorError
from connector.settings import Settings
from connector.syncs import Run

LOOK = 0.5


class What(StrEnum):
    """What to import."""

    products = "products"
    inventory = "inventory"
    orders = "orders"
    customers = "customers"
    all = "all"


def sync(
    what: Annotated[What, typer.Argument(help="What to import.")] = What.all,
    shop: Annotated[str | None, typer.Option(help="Which shop, where several are connected.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the last one, cancelled or failed.")
    ] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Stop the one that runs.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Leave it to the workers that run.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document at the end.")] = False,
) -> None:
    """Import a shop through Shopify's bulk operations. Webhooks go on being applied, and win where newer.

    Ctrl-C only stops watching: the import goes on with the next worker, or with the next `connector sync`.
    """
    config = settings.load()
    with servers(config, "connector sync") as ready:
        if config.postgres_dsn is None:
            asyncio.run(migrate.run(ready))
        asyncio.run(_sync(ready, what.value, shop, resume=resume, cancel=cancel, detach=detach, as_json=json))


async def _sync(
    config: Settings, what: str, shop: str | None, *, resume: bool, cancel: bool, detach: bool, as_json: bool
) -> None:
    async with stores(config) as opened:
        shop_id, domain = await shops.choose(opened.pool, shop)
        if cancel:
            await _cancel(opened, shop_id, domain)
            return
        run = await _begun(opened, shop_id, what, resume=resume)
        await queue.call(opened.redis, "sync", run.run_id)
        if detach:
            console.print(f"import {run.run_id} of {domain} is left to the workers")
            return
        run = await _followed(config, opened, run, domain, quiet=as_json)
        await _tell(opened, run, as_json=as_json)


async def _cancel(opened: Stores, shop_id: int, domain: str) -> None:
    run = await syncs.cancel(opened.pool, shop_id)
    if run is None:
        raise ConnectorError(f"no import of {domain} runs")
    await queue.call(opened.redis, "sync", run.run_id)
    console.print(f"import {run.run_id} of {domain} is cancelled; what it wrote stays; go on with --resume")


async def _begun(opened: Stores, shop_id: int, what: str, *, resume: bool) -> Run:
    if resume:
        run = await syncs.resume(opened.pool, shop_id)
        if run is None:
            raise ConnectorError("there is no cancelled or failed import to go on with")
        return run
    run, new = await syncs.begin(opened.pool, shop_id, syncs.WHAT[what], "asked")
    if not new:
        errors.print(f"import {run.run_id} runs already since {run.started_at:%H:%M:%S}; this follows it")
    return run


async def _followed(config: Settings, opened: Stores, run: Run, domain: str, *, quiet: bool) -> Run:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with api_worker(config) as worker:
        with SyncView(f"import {run.run_id} of {domain}", quiet=quiet) as view:
            while run.state == "running" and not stopped.is_set():
                view.show(await syncs.streams(opened.pool, run.run_id), run.error)
                worker.restart_if_ended()
                try:
                    await asyncio.wait_for(stopped.wait(), LOOK)
                except TimeoutError:
                    run = await syncs.get(opened.pool, run.run_id)
            view.show(await syncs.streams(opened.pool, run.run_id), run.error)
    return run


async def _tell(opened: Stores, run: Run, *, as_json: bool) -> None:
    streams = await syncs.streams(opened.pool, run.run_id)
    if as_json:
        print_json(msgspec.to_builtins(run) | {"streams": [_told(each) for each in streams]})
    else:
        print_rows([_row(each) for each in streams], _COLUMNS, as_json=False, empty="nothing was imported")
    if run.state == "running":
        errors.print(f"import {run.run_id} goes on with the next worker; watch it with: connector sync")
        raise typer.Exit(INTERRUPTED)
    elif run.state != "done":
        raise ConnectorError(run.error or f"import {run.run_id} was cancelled")


def _told(stream: syncs.Stream) -> dict[str, Any]:
    """All but the file's address, which opens to whoever has it."""
    told: dict[str, Any] = msgspec.to_builtins(stream)
    return {name: value for name, value in told.items() if name != "url"}


_COLUMNS = ("stream", "state", "read", "rows_changed", "gone", "note")


def _row(stream: syncs.Stream) -> dict[str, Any]:
    return {
        "stream": stream.stream,
        "state": stream.state,
        "read": stream.read_objects,
        "rows_changed": stream.merged,
        "gone": stream.gone,
        "note": stream.note,
    }
