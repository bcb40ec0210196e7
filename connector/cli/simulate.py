"""`connector simulate`: a Shopify shop of our own, delivering webhooks to a connector."""

import asyncio
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated, Final

import typer
import uvloop
from aiohttp import web

from connector.simulator.admin.tokens import Credentials
from connector.simulator.chaos import Chaos
from connector.simulator.delivery import Courier
from connector.simulator.journal import Journal
from connector.simulator.server import create_app
from connector.simulator.shop import Shop
from connector.simulator.simulation import Simulation
from connector.simulator.trade import Trader

APP: Final = Credentials()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the command line said."""

    target: str | None
    shop: str
    secret: str
    credentials: Credentials
    scopes: list[str] | None
    host: str
    port: int
    state_dir: Path | None
    products: int
    rate: float
    seed: int
    chaos: Chaos
    ready_file: Path | None


def simulate(
    secret: Annotated[
        str, typer.Option(envvar="CONNECTOR_WEBHOOK_SECRET", help="Signs the webhooks; of several the first.")
    ],
    target: Annotated[
        str, typer.Option(help="Gets every webhook; '' leaves only those who subscribe by the Admin API.")
    ] = "http://127.0.0.1:8080/webhooks/shopify",
    shop: Annotated[str, typer.Option(help="The shop's myshopify domain.")] = "demo-shop.myshopify.com",
    host: Annotated[str, typer.Option(help="Where the simulator itself listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes any free port.")] = 8090,
    state_dir: Annotated[
        Path | None, typer.Option(help="Keeps the shop between runs; without it nothing is kept.")
    ] = None,
    products: Annotated[int, typer.Option(min=1, help="Products of a new shop.")] = 200,
    rate: Annotated[float, typer.Option(min=0, help="Acts per second; 0 starts without trade.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same shop.")] = 1,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Share of events sent twice.")] = 0.0,
    reorder: Annotated[float, typer.Option(min=0, help="Seconds within which order is lost.")] = 0.0,
    drops: Annotated[float, typer.Option(min=0, max=1, help="Share of events never sent.")] = 0.0,
    bursts: Annotated[int, typer.Option(min=1, help="Acts that come at once.")] = 1,
    api_key: Annotated[str, typer.Option(help="The app's client id for the Admin API.")] = APP.api_key,
    api_password: Annotated[
        str, typer.Option(help="The app's client secret (shpss_), or an access token (shpat_, shppa_).")
    ] = APP.api_password,
    scopes: Annotated[
        str | None,
        typer.Option(help="What the app may, with commas; all that a connector needs if not said."),
    ] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Gets the simulator's URL once it serves.")] = None,
) -> None:
    """Run a simulated Shopify shop that trades and delivers webhooks until it is stopped."""
    signing = secret.split(",")[0].strip()
    if not signing:
        raise typer.BadParameter("a secret is needed to sign webhooks", param_hint="--secret")
    chaos = Chaos(duplicates=duplicates, reorder=reorder, drops=drops, bursts=bursts)
    plan = Plan(
        target=target or None,
        shop=shop,
        secret=signing,
        credentials=Credentials(api_key, api_password),
        scopes=None if scopes is None else [scope.strip() for scope in scopes.split(",") if scope.strip()],
        host=host,
        port=port,
        state_dir=state_dir,
        products=products,
        rate=rate,
        seed=seed,
        chaos=chaos,
        ready_file=ready_file,
    )
    uvloop.run(_serve(plan))


async def _serve(plan: Plan) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if plan.state_dir:
        plan.state_dir.mkdir(parents=True, exist_ok=True)
    journal = Journal(plan.state_dir / "shop.sqlite3" if plan.state_dir else None)
    kept = journal.load(_now)
    if kept and kept.domain != plan.shop:
        journal.close()
        raise typer.BadParameter(f"holds {kept.domain}, not {plan.shop}", param_hint="--state-dir")
    shop = kept or Shop(plan.shop, plan.seed, _now)
    if plan.scopes is not None:
        shop.register.app.scopes = plan.scopes
    courier = Courier(shop, plan.target, plan.secret, chaos=plan.chaos)
    trader = Trader(shop, Random(f"{plan.seed}/{shop.register.actions}"))
    simulation = Simulation(shop, trader, courier, journal)
    async with courier:
        runner = web.AppRunner(
            create_app(simulation, plan.credentials), access_log=None, shutdown_timeout=0.5
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, plan.host, plan.port)
            await site.start()
            if kept:
                simulation.resume()
            else:
                simulation.perform(lambda: trader.open_shop(plan.products))
            if plan.rate:
                simulation.turn(True, plan.rate)
            _announce(runner, plan)
            await stop.wait()
        finally:
            await runner.cleanup()
    simulation.flush()
    journal.close()


def _announce(runner: web.AppRunner, plan: Plan) -> None:
    host, port = runner.addresses[0][:2]
    url = f"http://{host}:{port}"
    if plan.ready_file:
        written = plan.ready_file.with_suffix(".new")
        written.write_text(url)
        written.replace(plan.ready_file)  # who waits for the file never reads half of it
    to = plan.target or "who subscribes"
    typer.echo(f"{plan.shop} simulated at {url}, delivering to {to}; its Admin API is at {url}/admin/api")


def _now() -> datetime:
    return datetime.now(UTC)
