"""Who wrote what of a row, when, from which delivery, import, refetch, comparison or command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from connector import entities, history, personal, shops
from connector.entities import ENTITIES, Reach, Thing
from connector.envelope import decompress
from connector.errors import ConfigurationError, ConnectorError
from connector.postgres import Pool, blocks
from connector.timeline import Entry, Part, timeline

_SQL = blocks("connector", "explain")

#: Dead letters are looked through so far back; what each names only its payload tells.
DEAD_LETTERS = 2_000
#: Records that one teller tells at once are one entry.
_RECORDS = 20


class Explanation(msgspec.Struct):
    """All that is known of one thing."""

    entity: str
    id: int
    shop: str
    #: As the POS sees it, masked unless asked; several of an inventory item, one per location.
    rows: list[dict[str, Any]]
    parts: list[Part]
    #: Newest first.
    timeline: list[Entry]
    #: Whether more was told than is shown.
    more: bool
    #: What waits to be read anew of it.
    waiting: list[dict[str, Any]]
    #: Deliveries naming it that could not be applied.
    dead_letters: list[dict[str, Any]]

    @property
    def known(self) -> bool:
        """Whether anything of it was ever told."""
        told = any(entry.outcome != "covered" for entry in self.timeline)
        return bool(self.rows or self.parts or told or self.waiting or self.dead_letters)


async def explain(
    pool: Pool,
    name: str,
    named: str,
    shop: str | None = None,
    *,
    show_personal: bool = False,
    limit: int = 50,
) -> Explanation:
    """Explain what ``named`` means among the entities of that ``name``.

    Raises ConnectorError where nothing is known of it, or several things are meant.
    """
    entity = ENTITIES[name]
    served = [(row["shop_id"], row["shop"]) for row in await shops.listed(pool)]
    if shop is not None or not served:
        served = [await shops.choose(pool, shop)]
    things, kept = await entities.find(pool, entity, named, served)
    found = [await _explain(pool, name, thing, show_personal, limit) for thing in things]
    if not kept:
        found = [each for each in found if each.known]
    if not found:
        raise ConnectorError(f"nothing is known here of such {_article(name)} {name}")
    if len({each.shop for each in found}) > 1:
        names = ", ".join(sorted({each.shop for each in found}))
        raise ConfigurationError(
            f"several shops have such {_article(name)} {name}, name one with --shop: {names}"
        )
    if len(found) > 1:
        numbers = ", ".join(str(each.id) for each in found)
        raise ConnectorError(f"several are called that, give the number of one: {numbers}")
    return found[0]


async def _explain(pool: Pool, name: str, thing: Thing, show_personal: bool, limit: int) -> Explanation:
    entity = thing.entity
    reach = await entities.reach(pool, thing)
    row = _SQL["row"].format(view=entity.view, column=entity.column)
    rows = [dict(each) for each in await pool.fetch(row, thing.shop, thing.id)]
    parts = await _parts(pool, thing, reach)
    told = await history.of(pool, thing.shop_id, reach.roots, reach.records, limit * _RECORDS)
    imports = await pool.fetch(_SQL["imports"], thing.shop_id, list(entity.streams))
    entries = timeline(told, parts, [dict(each) for each in imports])
    shown = entries[:limit]
    await _add_deliveries(pool, thing, shown)
    await _add_drift(pool, reach, shown)
    things = [each.kind for each in reach.waits], [each.id for each in reach.waits]
    waiting = await pool.fetch(_SQL["waiting"], thing.shop_id, *things)
    return Explanation(
        entity=name,
        id=thing.id,
        shop=thing.shop,
        rows=rows if show_personal else [personal.masked(entity.view, each) for each in rows],
        parts=parts,
        timeline=shown,
        more=len(entries) > limit or len(told) == limit * _RECORDS,
        waiting=[dict(each) for each in waiting],
        dead_letters=await _dead_letters(pool, thing, reach),
    )


async def _parts(pool: Pool, thing: Thing, reach: Reach) -> list[Part]:
    found: list[Part] = []
    for root in reach.roots:
        table, number = root.split("/")[:2]
        block = _SQL.get(f"parts_of_{table}")
        rows = await pool.fetch(block, thing.shop_id, int(number)) if block else []
        found += [msgspec.convert(dict(row), Part) for row in rows]
    return [part for part in found if reach.records is None or part.record in reach.records]


async def _add_deliveries(pool: Pool, thing: Thing, entries: Sequence[Entry]) -> None:
    told = {entry.by.reference for entry in entries if entry.by.source in history.HEARD}
    rows = await pool.fetch(_SQL["deliveries"], thing.shop_id, [each for each in told if each])
    found = {row["webhook_id"]: dict(row) for row in rows}
    for entry in entries:
        if entry.by.source in history.HEARD:
            entry.delivery = found.get(entry.by.reference)


async def _add_drift(pool: Pool, reach: Reach, entries: Sequence[Entry]) -> None:
    compared = [entry for entry in entries if entry.by.source == "compare" and entry.by.reference]
    kinds, ids = [each.kind for each in reach.waits], [each.id for each in reach.waits]
    rows = await pool.fetch(_SQL["drift"], [int(entry.by.reference or 0) for entry in compared], kinds, ids)
    for entry in compared:
        entry.drift = [dict(row) for row in rows if str(row["run_id"]) == entry.by.reference]
        causes = {row["cause"]: None for row in entry.drift if row["cause"]}
        entry.why = entry.why or "; ".join(causes) or None


async def _dead_letters(pool: Pool, thing: Thing, reach: Reach) -> list[dict[str, Any]]:
    """Those that wait whose payloads name it; what else stands in a payload stays there."""
    rows = await pool.fetch(_SQL["dead_letters"], thing.shop, reach.topics, DEAD_LETTERS)
    numbers = "|".join(map(str, sorted(reach.numbers | {thing.id})))
    # As an id, an id of something, or the end of a gid.
    names = re.compile(rf'(?:id"\s*:\s*"?|\\?/)(?:{numbers})(?!\d)'.encode())
    return [
        {name: value for name, value in row.items() if name != "body"}
        for row in rows
        if names.search(decompress(row["body"]))
    ]


def _article(name: str) -> str:
    return "an" if name[0] in "aeio" else "a"
