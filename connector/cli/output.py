"""How a listing is shown: a table for a person, JSON for a program."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

#: Where no person looks, nothing is broken into lines: what reads it looks for whole words.
_UNBROKEN = 1000

console = Console(width=None if sys.stdout.isatty() else _UNBROKEN)
errors = Console(stderr=True)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    sys.stdout.write(text.decode() + "\n")


def print_rows(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, empty: str
) -> None:
    """Rows as a table of the named columns, or all of them as JSON."""
    if as_json:
        print_json([dict(row) for row in rows])
        return
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*[_cell(row[column]) for column in columns])
    console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, timedelta):
        return str(timedelta(seconds=round(value.total_seconds())))
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "–"
    return str(value).replace("[", r"\[")
