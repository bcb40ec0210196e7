"""What the demo shows while it runs."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from connector.embedded import Holder
from connector.settings import Settings
from connector.status import Lag, Status
from connector.syncs import Stream

_TILL_QUERIES = (
    "select title, price, currency from pos.variants limit 5",
    "select name, total, financial_status from pos.orders order by created_at desc limit 5",
    "select location_id, sum(available) from pos.inventory group by 1",
)


class Look(NamedTuple):
    """One moment: the last ten seconds, all of it, rows per view, what the shop has sent, and the import."""

    status: Status
    total: Status
    rows: dict[str, int]
    sent: dict[str, Any]
    streams: list[Stream]


class Dashboard:
    """A live view on a terminal, a line every few seconds elsewhere, nothing at all when quiet."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console, self._quiet = console, quiet
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal and not quiet else None
        self._last: tuple[float, int] | None = None
        self._last_line = 0.0

    def __enter__(self) -> Dashboard:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def explain(self, config: Settings, holder: Holder | None, data_dir: Path) -> None:
        """Where to look while it runs."""
        psql = holder.psql if holder else "psql"
        connector = sys.argv[0] if Path(sys.argv[0]).name == "connector" else "connector"
        lines = [
            "[bold]A simulated Shopify shop trades; its webhooks become rows of the POS.[/bold]",
            f"  ask as a till would:  {psql}",
            *[f"      {query};" for query in _TILL_QUERIES],
            f"  operate it:           CONNECTOR_DATA_DIR={data_dir} {connector} status",
            f"  its ingress:          http://{config.host}:{config.port}/readyz",
            "Ctrl-C ends it; the next demo goes on with the same shop.",
            "",
        ]
        self._console.print("\n".join(lines), soft_wrap=True, highlight=False)

    def show(self, look: Look) -> None:
        """Bring the view up to date."""
        now = time.monotonic()
        settled = sum(look.total.outcomes.values()) + look.total.repeats
        rate = (settled - self._last[1]) / (now - self._last[0]) if self._last else 0.0
        self._last = (now, settled)
        if self._live:
            self._live.update(_view(look, rate), refresh=True)
        elif not self._quiet and now - self._last_line > 5:
            self._last_line = now
            self._console.print(
                f"{rate:.0f} webhooks/s, {settled} settled, lag {_lag(look.status.lag)}, "
                f"{look.status.retrying} retrying, {look.status.dead_letters} dead letters"
            )


def _view(look: Look, rate: float) -> Group:
    flow = Table.grid(padding=(0, 3))
    outcomes = look.total.outcomes
    flow.add_row(
        "webhooks",
        f"[bold]{rate:,.0f}[/bold]/s",
        f"sent {look.sent['sent']:,}",
        f"pending {look.sent['pending']:,}",
    )
    flow.add_row(
        "settled",
        f"[bold green]{outcomes.get('applied', 0):,}[/bold green] applied",
        f"{outcomes.get('superseded', 0):,} superseded",
        f"{look.total.repeats:,} duplicate",
        f"{outcomes.get('deferred', 0):,} deferred",
    )
    flow.add_row("lag", _lag(look.status.lag), "from the ingress to the row, last 10 s")
    flow.add_row("import", *_imported(look.streams))
    trouble = "red" if look.status.dead_letters else "green"
    flow.add_row(
        "trouble",
        f"{look.status.retrying} retrying",
        f"[{trouble}]{look.status.dead_letters} dead letters[/{trouble}]",
        f"{look.status.waiting_jobs} jobs waiting",
    )
    rows = Table.grid(padding=(0, 3))
    cells = [f"{count:>7,} [dim]pos.[/dim]{view}" for view, count in look.rows.items()]
    for start in range(0, len(cells), 4):
        rows.add_row(*cells[start : start + 4])
    return Group(flow, Text(), rows)


def _imported(streams: list[Stream]) -> tuple[str, str]:
    done = [stream for stream in streams if stream.ended]
    objects = sum(stream.read_objects for stream in streams)
    how = "[green]done[/green]" if streams and len(done) == len(streams) else "running"
    return how if streams else "not begun", f"{objects:,} objects by bulk operations"


def _lag(lag: Lag) -> str:
    if lag.p50 is None or lag.p99 is None:
        return "–"
    return f"p50 [bold]{lag.p50:.0f}[/bold] ms, p99 [bold]{lag.p99:.0f}[/bold] ms"
