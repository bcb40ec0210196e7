"""`connector`: the command line, one file per noun."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from connector import __version__
from connector.cli import dead_letters, deliveries, shops, webhooks
from connector.cli.demo import demo
from connector.cli.doctor import doctor
from connector.cli.explain import explain
from connector.cli.migrate import migrate
from connector.cli.reconcile import reconcile
from connector.cli.run import ingress, up, worker
from connector.cli.simulate import simulate
from connector.cli.status import status
from connector.cli.support_bundle import support_bundle
from connector.cli.sync import sync
from connector.cli.trigger import trigger
from connector.errors import ConnectorError

app = typer.Typer(
    name="connector",
    help=(
        "Keeps the POS's Postgres an exact, current copy of a Shopify shop. "
        "See it work first: [bold]connector demo[/bold]. Then connect a shop, "
        "[bold]connector shops add your-store.myshopify.com[/bold], and start it: [bold]connector up[/bold]."
    ),
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"connector {__version__}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which release this is.")
    ] = False,
) -> None:
    pass


_SEE, _RUN, _OPERATE = "See it work", "Run it", "Operate it"
app.command(rich_help_panel=_SEE)(demo)
app.command(rich_help_panel=_SEE)(simulate)
app.command(rich_help_panel=_SEE)(trigger)
app.command(rich_help_panel=_RUN)(up)
app.command(rich_help_panel=_RUN)(ingress)
app.command(rich_help_panel=_RUN)(worker)
app.command(rich_help_panel=_RUN)(migrate)
app.command(rich_help_panel=_OPERATE)(status)
app.command(rich_help_panel=_OPERATE)(doctor)
app.command(name="support-bundle", rich_help_panel=_OPERATE)(support_bundle)
app.add_typer(shops.app, name="shops", rich_help_panel=_RUN)
app.command(rich_help_panel=_RUN)(sync)
app.command(rich_help_panel=_OPERATE)(reconcile)
app.command(rich_help_panel=_OPERATE)(explain)
app.add_typer(webhooks.app, name="webhooks", rich_help_panel=_RUN)
app.add_typer(dead_letters.app, name="dead-letters", rich_help_panel=_OPERATE)
app.add_typer(deliveries.app, name="deliveries", rich_help_panel=_OPERATE)


def main() -> None:
    """Run the command line: exit code 0 done, 1 failed with a clear message, 2 wrong usage."""
    try:
        app()
    except ConnectorError as error:
        print(f"connector: {error}", file=sys.stderr)
        sys.exit(1)
