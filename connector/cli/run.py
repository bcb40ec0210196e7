"""`connector up`, `ingress` and `worker`: the long-running programs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from enum import StrEnum
from typing import Annotated

import typer

from connector import log, settings
from connector.cli import migrate, processes
from connector.cli.output import console
from connector.cli.processes import API_WORKER, INGRESS, WORKER, Process, supervise
from connector.cli.servers import servers
from connector.errors import ConfigurationError
from connector.settings import Settings

Count = Annotated[int, typer.Option(min=1, max=64)]


def up(ingresses: Count = 1, workers: Count = 1) -> None:
    """Run everything: servers (embedded unless configured), migrations, ingress and worker, supervised."""
    config = settings.load()
    log.configure(config)
    with servers(config, "connector up", exclusive=True) as ready:
        asyncio.run(migrate.run(ready))
        env = processes.environment(ready)
        programs = [Process(f"worker {number + 1}", WORKER, env) for number in range(workers)]
        programs.append(Process("api worker", API_WORKER, env))
        programs += [Process(f"ingress {number + 1}", INGRESS, env) for number in range(ingresses)]
        console.print(
            f"webhooks go to http://{ready.host}:{ready.port}/webhooks/shopify; Ctrl-C stops everything",
            soft_wrap=True,
        )
        if not asyncio.run(_supervised(programs, ready)):
            raise ConfigurationError("a program could not start; its message stands above")


def ingress() -> None:
    """Run one ingress process. Several may share the port."""
    _alone("connector ingress", INGRESS)


class Only(StrEnum):
    """Half of a worker."""

    webhooks = "webhooks"
    api = "api"


def worker(
    only: Annotated[
        Only | None,
        typer.Option(help="Only apply webhooks, or only ask Shopify's API: import, refetch, reconcile."),
    ] = None,
) -> None:
    """Run a worker: one process that applies webhooks, one that asks Shopify. Start as many as you like."""
    modules = {Only.webhooks: WORKER, Only.api: API_WORKER}
    _alone("connector worker", *([modules[only]] if only else modules.values()))


def _alone(command: str, *modules: tuple[str, ...]) -> None:
    config = settings.load()
    if config.postgres_dsn and config.redis_url and len(modules) == 1:
        os.execv(sys.executable, [sys.executable, *modules[0]])
    with servers(config, command) as ready:
        if config.postgres_dsn is None:
            asyncio.run(migrate.run(ready))
        env = processes.environment(ready)
        programs = [Process(" ".join(module[1:]), module, env) for module in modules]
        log.configure(config)
        if not asyncio.run(_supervised(programs, ready)):
            raise typer.Exit(1)


async def _supervised(programs: list[Process], config: Settings) -> bool:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    for program in programs:
        program.start()
    try:
        return await supervise(programs, stopped)
    finally:
        # The door first, so that nothing comes in that no worker is there for.
        for program in reversed(programs):
            await program.stop(config.shutdown_timeout + 2)
