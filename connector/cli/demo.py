"""`connector demo`: everything embedded, a simulated shop that trades, and what becomes of it, live."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import IO, Annotated, Any, NamedTuple

import aiohttp
import typer

from connector import embedded, settings, status, syncs
from connector.cli import demo_end, migrate
from connector.cli.demo_programs import SHOP, Programs
from connector.cli.demo_till import Till
from connector.cli.demo_view import Dashboard, Look
from connector.cli.output import console, print_json
from connector.cli.servers import Stores, servers, stores
from connector.cli.simulated import Simulator
from connector.errors import ConfigurationError
from connector.settings import Settings

#: A demo without end cuts the line as one of so many seconds does.
UNTIL_CUT = 120.0


class Plan(NamedTuple):
    """What the command line said."""

    seconds: float | None
    rate: float
    products: int
    duplicates: float
    reorder: float
    drops: float
    bursts: int
    seed: int

    def options(self) -> dict[str, object]:
        """What the simulated shop is to be told."""
        return {name: value for name, value in self._asdict().items() if name != "seconds"}


def demo(
    for_: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="End by itself after 30s, 5m …, and compare.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="A summary as JSON instead of the live view.")] = False,
    rate: Annotated[
        float, typer.Option(min=0.1, help="Acts of trade per second; each causes several webhooks.")
    ] = 8,
    products: Annotated[int, typer.Option(min=1, help="Products of a new shop.")] = 200,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Share of webhooks sent twice.")] = 0.1,
    reorder: Annotated[float, typer.Option(min=0, help="Seconds within which their order is lost.")] = 5.0,
    drops: Annotated[
        float, typer.Option(min=0, max=1, help="Share never sent; comparing finds what they left different.")
    ] = 0.0,
    bursts: Annotated[int, typer.Option(min=1, help="Acts that come at once.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed makes the same shop.")] = 1,
) -> None:
    """See it work: embedded servers, a simulated Shopify shop, ingress and worker; nothing to install or set.

    Ctrl-C ends it; the next demo goes on with the same shop. With --for the shop's own state is compared with
    the POS's views at the end, field by field, and any difference makes the exit code 1.
    """
    seconds = _seconds(for_)
    if json and seconds is None:
        raise typer.BadParameter("needs --for: a summary has an end", param_hint="--json")
    plan = Plan(seconds, rate, products, duplicates, reorder, drops, bursts, seed)
    config = settings.load()
    config = config.model_copy(
        update={
            "data_dir": config.data_dir / "demo",
            "postgres_dsn": None,
            "redis_url": None,
            "host": "127.0.0.1",
        }
    )
    config = config.model_copy(update={"port": _free_port(config.port)})
    with ExitStack() as stack:
        ready = stack.enter_context(servers(config, "connector demo", exclusive=True))
        asyncio.run(migrate.run(ready))
        log_file = stack.enter_context((config.data_dir / "demo.log").open("wb"))
        summary = asyncio.run(_Demo(ready, plan, log_file).run(quiet=json))
    if summary is None:
        return
    if json:
        print_json(summary)
    if summary["differences"]:
        raise typer.Exit(1)


class _Demo:
    def __init__(self, config: Settings, plan: Plan, log_file: IO[bytes]) -> None:
        self._config, self._plan = config, plan
        self._programs = Programs(config, plan.options(), log_file)
        self._stopped = asyncio.Event()
        self._started_at = time.monotonic()

    async def run(self, *, quiet: bool) -> dict[str, Any] | None:
        """Trade until Ctrl-C or the time is over; a summary where there was a time."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopped.set)
        try:
            url = await self._programs.start()
            async with stores(self._config) as opened, aiohttp.ClientSession() as session:
                simulator = Simulator(session, url)
                await simulator.be_plus()
                till = Till(opened.pool, SHOP, self._plan.seed)
                async with at_work(till.work()), at_work(self._cut(simulator)):
                    await self._trade(opened, simulator, quiet=quiet)
                return await self._end(opened, simulator, till)
        finally:
            await self._programs.stop()

    async def _cut(self, simulator: Simulator) -> None:
        """For a sixth of the time Shopify is not there; the till works on."""
        seconds = self._plan.seconds or UNTIL_CUT
        await asyncio.sleep(seconds / 2)
        await simulator.cut(True)
        try:
            await asyncio.sleep(seconds / 6)
        finally:
            await simulator.cut(False)

    async def _trade(self, opened: Stores, simulator: Simulator, *, quiet: bool) -> None:
        plan = self._plan
        deadline = None if plan.seconds is None else time.monotonic() + plan.seconds
        with Dashboard(console, quiet=quiet) as dashboard:
            if not quiet:
                dashboard.explain(self._config, embedded.holder(self._config.data_dir), self._config.data_dir)
            while not self._stopped.is_set() and (deadline is None or time.monotonic() < deadline):
                dashboard.show(await self._look(opened, simulator))
                self._programs.require_running()
                try:
                    await asyncio.wait_for(self._stopped.wait(), 0.5)
                except TimeoutError:
                    continue

    async def _end(self, opened: Stores, simulator: Simulator, till: Till) -> dict[str, Any] | None:
        """Let all of it come to rest; a summary where there was a time."""
        plan = self._plan
        await simulator.stop_trading()
        if plan.seconds is None or self._stopped.is_set():
            await simulator.drain(0.8)
            return None
        await demo_end.settled(opened)
        await simulator.drain(max(30.0, plan.reorder * 3))
        await demo_end.settled(opened)
        # What newly matches a smart collection is told by nobody, and read when all of them are compared.
        await demo_end.reconcile(opened, "all" if plan.drops else "products")
        span = timedelta(seconds=time.monotonic() - self._started_at)
        return await demo_end.summary(opened, simulator, till, span)

    async def _look(self, opened: Stores, simulator: Simulator) -> Look:
        run = await syncs.newest(opened.pool)
        return Look(
            status=await status.look(opened.pool, opened.redis, since=timedelta(seconds=10)),
            total=await status.look(opened.pool, opened.redis, since=timedelta(days=1)),
            rows=await status.rows_per_view(opened.pool),
            sent=(await simulator.stats())["deliveries"],
            streams=await syncs.streams(opened.pool, run.run_id) if run else [],
        )


@asynccontextmanager
async def at_work(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Somebody works beside the block, until it ends."""
    working = asyncio.create_task(work)
    try:
        yield
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    number, unit = text.rstrip("smh"), text[len(text.rstrip("smh")) :]
    try:
        return float(number) * {"": 1, "s": 1, "m": 60, "h": 3600}[unit]
    except (ValueError, KeyError):
        raise typer.BadParameter(f"{text!r} is no time; write 30s or 5m", param_hint="--for") from None


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigurationError("no free port on 127.0.0.1")
