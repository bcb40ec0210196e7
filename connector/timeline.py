"""What was told of a thing, in order: who told it, what came of it, why something was superseded. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from connector.changes import Version
from connector.history import Told

#: ``deferred`` told only that the thing changed; ``covered`` is an import of which no row stands any more.
Outcome = Literal["applied", "superseded", "deferred", "covered"]

THIN = "it told only that the thing changed: that is read anew"
COVERED = "it read all of them as of then; which rows it wrote is known only while they stand"
#: Imports that left no trace are told so far back.
_COVERING = 3
#: The stream that fills a table, where it has another name.
_FILLED_BY = {
    "fulfillment_orders": "fulfillments",
    "inventory_items": "inventory",
    "inventory_levels": "inventory",
}


class Teller(msgspec.Struct, frozen=True):
    """Who tells: a webhook or its replay, a refetch, a comparison, a command, an import."""

    source: str
    topic: str
    #: The delivery, also one that asked for a refetch; the run of a comparison or import; the command.
    reference: str | None = None

    def __str__(self) -> str:
        if self.source == "refetch":
            asked = f", asked for by {self.reference}" if self.reference else ""
            return f"refetch of {self.topic}{asked}"
        return " ".join(word for word in (self.source, self.topic, self.reference) if word)


class Part(msgspec.Struct):
    """A row that is kept of the thing: its version, and who wrote it, where that is known."""

    record: str
    updated_at: datetime
    triggered_at: datetime
    deleted_at: datetime | None
    written_by: Teller | None = None

    @property
    def version(self) -> Version:
        return self.updated_at, self.triggered_at


class Record(msgspec.Struct, frozen=True):
    """One record that was told, and what came of that."""

    record: str
    updated_at: datetime
    outcome: Outcome
    why: str | None = None


class Entry(msgspec.Struct):
    """What one teller told at one moment."""

    #: When it was settled here; of an import, when it asked.
    at: datetime
    triggered_at: datetime
    by: Teller
    outcome: Outcome
    why: str | None = None
    #: Whether some row is now as it told.
    stands: bool = False
    gone: bool = False
    records: list[Record] = []
    #: A delivery as the ledger has it.
    delivery: dict[str, Any] | None = None
    #: How the thing differed, where a comparison found that.
    drift: list[dict[str, Any]] = []


def timeline(
    told: Sequence[Told], parts: Sequence[Part], imports: Sequence[Mapping[str, Any]]
) -> list[Entry]:
    """All that was told, newest first; ``parts`` learn who wrote them.

    ``told`` and ``imports`` come newest first.
    """
    standing = {part.record: written for part in parts if (written := _writer(part, told))}
    for part in parts:
        if part.record in standing:
            part.written_by = _teller(standing[part.record])
    together: dict[tuple[datetime, datetime, Teller], list[Told]] = {}
    for each in told:
        together.setdefault((each.at, each.triggered_at, _teller(each)), []).append(each)
    entries = [_entry(*key, each, told, parts, standing) for key, each in together.items()]
    entries += _imported(imports, [part for part in parts if part.written_by is None])
    return sorted(entries, key=lambda entry: (entry.at, entry.triggered_at), reverse=True)


def _writer(part: Part, told: Iterable[Told]) -> Told | None:
    """The last who wrote the part as it is."""
    for each in told:
        if each.written and _tells_of(each, part.record) and _version(each) == part.version:
            return each
    return None


def _tells_of(told: Told, record: str) -> bool:
    """A list of where an item is stocked tells of its levels too."""
    name, _, item = (told.record or "").partition("/")
    return told.record == record or (
        name == "disconnect_unlisted" and record.startswith(f"inventory_levels/{item}/")
    )


def _entry(
    at: datetime, triggered_at: datetime, by: Teller, these: Sequence[Told], told: Sequence[Told],
    parts: Sequence[Part], standing: Mapping[str, Told],
) -> Entry:  # fmt: skip
    records = [
        Record(
            each.record, each.updated_at, *(("applied", None) if each.written else _lost(each, told, parts))
        )
        for each in these
        if each.record and each.updated_at
    ]
    outcomes = [record.outcome for record in records]
    outcome: Outcome = "applied" if "applied" in outcomes else "superseded" if outcomes else "deferred"
    whys = {"applied": None, "superseded": records[0].why if records else None, "deferred": THIN}
    stands = any(each is written for each in these for written in standing.values())
    gone = any(each.gone for each in these)
    return Entry(at, triggered_at, by, outcome, whys[outcome], stands, gone, records)


def _lost(loser: Told, told: Iterable[Told], parts: Iterable[Part]) -> tuple[Outcome, str]:
    """Why it was not written: what was newer by then, else what is newer now."""
    for each in told:
        stood = each.written and each.record == loser.record and each.at <= loser.at
        if stood and _version(each) >= _version(loser):
            gone = ", which told that it is gone" if each.gone else ""
            return "superseded", f"{_older(_version(loser), _version(each))} by {_teller(each)}{gone}"
    for part in parts:
        if part.record == loser.record and part.version > _version(loser):
            gone = ", and it is gone" if part.deleted_at else ""
            return "superseded", f"{_older(_version(loser), part.version)} of the row{gone}"
    return "superseded", "a newer version stood"


def _older(lost: Version, won: Version) -> str:
    if lost == won:
        return "told at once with another of the same version"
    if lost[0] != won[0]:
        return f"an older version: {_side_by_side(lost[0], won[0])}"
    return f"as of the same moment, but told earlier: {_side_by_side(lost[1], won[1])}"


def _side_by_side(one: datetime, other: datetime) -> str:
    one, other = one.astimezone(UTC), other.astimezone(UTC)
    same_day = one.date() == other.date()
    return " < ".join(
        str(each.time()) if same_day else str(each.replace(tzinfo=None)) for each in (one, other)
    )


def _imported(imports: Sequence[Mapping[str, Any]], parts: Sequence[Part]) -> list[Entry]:
    """Imports by the rows that still have their version, and the last ones that have none any more."""
    found: list[Entry] = []
    for part in parts:
        same = [each for each in imports if each["asked_at"] == part.triggered_at]
        # Streams may have been asked for in one second.
        table = part.record.partition("/")[0]
        same.sort(key=lambda each: each["stream"] != _FILLED_BY.get(table, table))
        if same:
            part.written_by = _importer(same[0])
    for each in imports:
        by = _importer(each)
        asked_at: datetime = each["asked_at"]
        wrote = [part for part in parts if part.written_by == by and part.triggered_at == asked_at]
        records = [Record(part.record, part.updated_at, "applied") for part in wrote]
        if wrote:
            gone = any(part.deleted_at for part in wrote)
            found.append(Entry(asked_at, asked_at, by, "applied", None, True, gone, records))
    traced = {entry.by.reference for entry in found}
    for each in imports[:_COVERING]:
        if each["stream_state"] == "done" and str(each["run_id"]) not in traced:
            traced.add(str(each["run_id"]))
            found.append(Entry(each["asked_at"], each["asked_at"], _importer(each), "covered", COVERED))
    return found


def _importer(each: Mapping[str, Any]) -> Teller:
    return Teller("import", each["stream"], str(each["run_id"]))


def _teller(told: Told) -> Teller:
    return Teller(told.source, told.topic, told.reference)


def _version(told: Told) -> Version:
    return told.updated_at or told.triggered_at, told.triggered_at
