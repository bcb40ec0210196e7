"""`connector doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import typer

from connector import log, settings
from connector.cli.output import console, print_json
from connector.cli.servers import servers
from connector.doctor import machine
from connector.doctor.examination import examine, skipped
from connector.doctor.result import Result
from connector.errors import ConfigurationError
from connector.settings import Settings

_SIGNS = {
    "ok": "[green]ok     [/green]",
    "warning": "[yellow]warning[/yellow]",
    "failed": "[red]failed [/red]",
    "skipped": "[dim]skipped[/dim]",
}


def doctor(
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Look at everything that can be wrong here, in order, and say how to mend it; 1 if a check failed."""
    results = run(lambda _: None if json else _show(_))
    failures = sum(result.state == "failed" for result in results)
    if json:
        print_json({"healthy": not failures, "results": results})
    elif failures:
        console.print(f"{failures} failed")
    if failures:
        raise typer.Exit(1)


def run(show: Callable[[Result], None], while_open: Callable[[Settings], Any] | None = None) -> list[Result]:
    """All results, each shown as it is found; ``while_open`` is called while the servers still run."""
    results = machine.look()
    try:
        config = settings.load()
        log.configure(config.model_copy(update={"log_level": "error"}))  # what is wrong is a result
        results.append(Result("settings", "ok", "all settings are understood"))
    except ConfigurationError as error:
        results.append(Result("settings", "failed", str(error), "correct the variable, or the line in .env"))
        return _ended(results, show)
    try:
        with servers(config, "connector doctor") as ready:
            results.append(Result("servers", "ok", _where(config)))
            for result in results:
                show(result)
            results += asyncio.run(_examined(ready, results, show))
            if while_open:
                while_open(ready)
    except ConfigurationError as error:
        results.append(Result("servers", "failed", str(error)))
        return _ended(results, show)
    return results


async def _examined(config: Settings, before: list[Result], show: Callable[[Result], None]) -> list[Result]:
    found = []
    async for result in examine(config, before):
        show(result)
        found.append(result)
    return found


def _ended(results: list[Result], show: Callable[[Result], None]) -> list[Result]:
    results = [*results, *skipped(results)]
    for result in results:
        show(result)
    return results


def _where(config: Settings) -> str:
    own = [
        name for name, set_ in (("Postgres", config.postgres_dsn), ("Redis", config.redis_url)) if not set_
    ]
    if not own:
        return "Postgres and Redis are configured"
    return f"{' and '.join(own)}: embedded, in {config.data_dir}"


def _show(result: Result) -> None:
    about = f"{result.shop}: " if result.shop else ""
    console.print(f"{_SIGNS[result.state]}  [bold]{result.check}[/bold]  ", end="")
    console.print(f"{about}{result.words}", markup=False, highlight=False, soft_wrap=True)
    if result.mend and result.state != "ok":
        console.print(f"         mend: {result.mend}", markup=False, highlight=False, soft_wrap=True)
