"""`connector explain`."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from connector import settings
from connector.cli.output import console, print_json, print_rows
from connector.cli.servers import servers, stores
from connector.entities import ALSO, ENTITIES
from connector.explain import Explanation
from connector.explain import explain as look
from connector.settings import Settings
from connector.timeline import Entry, Part

What = StrEnum("What", {name: name for name in (*ENTITIES, *ALSO)})  # type: ignore[misc]


def explain(
    entity: Annotated[What, typer.Argument(help="What kind of thing it is.")],
    named: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Shopify's number or gid; an order's or return's name, a variant's SKU or barcode, "
            "a customer's e-mail address.",
        ),
    ],
    shop: Annotated[str | None, typer.Option(help="Which shop, where several have it.")] = None,
    show_personal: Annotated[
        bool, typer.Option("--show-personal", "--personal-data", help="Show personal data unmasked.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Show so much of what was told.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Who wrote what of a row, when, from which delivery, import or comparison; what was superseded."""
    with servers(settings.load(), "connector explain") as config:
        found = asyncio.run(_explain(config, entity.value, named, shop, show_personal, limit))
    if json:
        print_json(found)
    else:
        _show(found)


async def _explain(
    config: Settings, name: str, named: str, shop: str | None, show_personal: bool, limit: int
) -> Explanation:
    async with stores(config) as (pool, _):
        return await look(pool, ALSO.get(name, name), named, shop, show_personal=show_personal, limit=limit)


def _show(found: Explanation) -> None:
    console.print(f"[bold]{found.entity} {found.id}[/bold] of {found.shop}")
    for row in found.rows:
        for column, value in row.items():
            if column != "shop":
                console.print(f"[dim]{column:>24}[/dim]  ", end="")
                console.print("–" if value is None else str(value), markup=False, highlight=False)
    if not found.rows:
        gone = next((part.deleted_at for part in found.parts if part.deleted_at), None)
        console.print(f"gone since {gone:%Y-%m-%d %H:%M:%S}" if gone else "the POS does not see it")
    _title("as it is kept")
    print_rows([_part(part) for part in found.parts], _PARTS, as_json=False, empty="no row")
    _title("what was told, newest first")
    print_rows(
        [_entry(entry) for entry in found.timeline], _ENTRIES, as_json=False, empty="nothing that is kept"
    )
    if found.more:
        console.print("and more: --limit")
    if found.waiting:
        _title("waits to be read anew")
        print_rows(found.waiting, _WAITING, as_json=False, empty="")
    if found.dead_letters:
        _title("dead letters that name it")
        print_rows(found.dead_letters, _DEAD, as_json=False, empty="")


def _title(words: str) -> None:
    console.print(f"\n[bold]{words}[/bold]")


def _part(part: Part) -> dict[str, Any]:
    unknown = "not known any more"
    return {
        "record": part.record,
        "version": part.updated_at,
        "triggered": part.triggered_at,
        "gone": part.deleted_at,
        "written_by": str(part.written_by or unknown),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    again = entry.delivery["repeats"] if entry.delivery else 0
    words = [
        entry.outcome + (", stands" if entry.stands else ""),
        *([entry.why] if entry.why else []),
        *([f"came again {again} time{'s' * (again > 1)}: duplicate"] if again else []),
    ]
    lost = {record.record for record in entry.records if record.outcome == "superseded"}
    partly = lost if entry.outcome == "applied" else set()
    told = [f"{each.record} (superseded)" if each.record in partly else each.record for each in entry.records]
    return {
        "triggered": entry.triggered_at,
        "received": entry.delivery["received_at"] if entry.delivery else None,
        "settled": entry.at,
        "by": str(entry.by),
        "told": [*told, *(["that it is gone"] if entry.gone else [])],
        "outcome": "; ".join(words),
    }


_PARTS = ("record", "version", "triggered", "gone", "written_by")
_ENTRIES = ("triggered", "received", "settled", "by", "told", "outcome")
_WAITING = ("kind", "id", "asks", "asked_at", "due_at", "attempts", "asked_by", "error")
_DEAD = ("dead_letter_id", "last_failed_at", "topic", "webhook_id", "kind", "error", "attempts")
