"""`connector reconcile`: compare with Shopify now, and the drift report."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from connector import queue, reconciles, settings, shops
from connector.cli.api_worker import api_worker
from connector.cli.output import console, errors, print_json, print_rows
from connector.cli.servers import Stores, servers, stores
from connector.cli.sync import What
from connector.settings import Settings

LOOK = 0.2


def reconcile(
    what: Annotated[What, typer.Argument(help="What to compare.")] = What.all,
    shop: Annotated[str | None, typer.Option(help="Which shop, where several are connected.")] = None,
    full: Annotated[bool, typer.Option("--full", help="All rows, not only what changed lately.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Only show what was found so far.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Compare the copy with Shopify, repair what differs, and say which rows and fields did, and why."""
    with servers(settings.load(), "connector reconcile") as config:
        runs = asyncio.run(_reconcile(config, what.value, shop, full=full, only_report=report))
    if json:
        print_json(runs)
        return
    if not report:
        checked, mended = sum(run["checked"] for run in runs), sum(run["repaired"] for run in runs)
        console.print(f"compared {checked:,} rows, mended {mended:,}")
    print_rows(runs, _COLUMNS, as_json=False, empty="nothing was compared yet")
    for run in runs:
        if run["drift"]:
            console.print(f"\n[bold]{run['family']}[/bold] (run {run['run_id']})")
            print_rows(run["drift"], _DRIFT, as_json=False, empty="")


async def _reconcile(
    config: Settings, what: str, shop: str | None, *, full: bool, only_report: bool
) -> list[dict[str, Any]]:
    async with stores(config) as opened:
        shop_id, _ = await shops.choose(opened.pool, shop)
        families = reconciles.WHAT[what]
        before = [run["run_id"] for run in await reconciles.report(opened.pool, shop_id, limit=1)]
        if not only_report:
            await _compare(config, opened, shop_id, families, "full" if full else "incremental")
        runs = await reconciles.report(opened.pool, shop_id)
        if not only_report:
            runs = [run for run in runs if run["run_id"] > max(before, default=0)]
        return [run | {"drift": await reconciles.drift(opened.pool, run["run_id"])} for run in runs]


async def _compare(
    config: Settings, opened: Stores, shop_id: int, families: tuple[str, ...], kind: reconciles.Kind
) -> None:
    await reconciles.want(opened.pool, shop_id, families, kind)
    await queue.call(opened.redis, "reconcile", shop_id)
    with errors.status("comparing") as shown:
        async with api_worker(config) as worker:
            while left := await reconciles.waiting(opened.pool, shop_id, families):
                newest = await reconciles.report(opened.pool, shop_id, limit=1)
                trouble = newest[0]["error"] if newest else None
                words = f"comparing, within the share of Shopify's budget: {', '.join(left)} to go"
                shown.update(f"{words}; held up: {trouble}" if trouble else words)
                worker.restart_if_ended()
                await asyncio.sleep(LOOK)


_COLUMNS = (
    "run_id", "family", "kind", "since", "checked", "missing", "stale", "extra", "unproven", "repaired",
    "error",
)  # fmt: skip
_DRIFT = (
    "kind",
    "id",
    "difference",
    "fields",
    "shopify_updated_at",
    "stored_updated_at",
    "stale_for",
    "cause",
)
