"""What a reader says should happen: rows as Shopify had them at a version."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

Version = tuple[datetime, datetime]


class Origin(msgspec.Struct, frozen=True):
    """Whose change it is, and when Shopify triggered it (or we asked)."""

    shop_id: int
    moment: datetime

    def second(self) -> datetime:
        """The moment on Shopify's own clock of whole seconds, where a payload carries no time itself.

        A tombstone rounded up would win over a later change of the same second.
        """
        return self.moment.replace(microsecond=0)


class Record(msgspec.Struct, kw_only=True):
    """A row as a payload tells it; the names are those of the payload and of the table's columns.

    A field that the payload did not carry is UNSET and leaves the row's value alone; one that was null
    clears it. ``updated_at`` and ``triggered_at`` together are the row's version.
    """

    #: The statement that keeps such rows, as "family.block", and what names one row within a shop.
    statement: ClassVar[str]
    key: ClassVar[tuple[str, ...]] = ("id",)

    shop_id: int = 0
    updated_at: datetime | UnsetType | None = UNSET
    triggered_at: datetime | None = None
    deleted_at: datetime | None = None


class Change(msgspec.Struct, frozen=True):
    """One row to write, guarded by its version.

    ``root`` names what is written as one: a product with its variants, an order with its lines.
    """

    record: Record
    root: str

    @property
    def key(self) -> tuple[int | str, ...]:
        """What the statement returns when it wrote this row."""
        record = self.record
        return (record.shop_id, *[getattr(record, name) for name in record.key])

    @property
    def version(self) -> Version:
        updated_at, triggered_at = self.record.updated_at, self.record.triggered_at
        assert isinstance(updated_at, datetime) and triggered_at is not None
        return updated_at, triggered_at

    @property
    def number(self) -> int:
        """The id of the thing that the root names; 0 for the shop."""
        return int(self.root.split("/")[1]) if "/" in self.root else 0


class Refetch(msgspec.Struct, frozen=True):
    """A thing that is to be read anew from the Admin API: its webhook told only that it changed.

    ``kind`` is a gid's type. All that is asked for within ``settle`` seconds is read once.
    """

    kind: str
    id: int
    settle: float = 1.0


#: What a change's root begins with → the type of thing that is read anew.
ROOTS = {
    "products": "Product",
    "collections": "Collection",
    "inventory_items": "InventoryItem",
    "inventory_levels": "InventoryItem",
    "locations": "Location",
    "orders": "Order",
    "customers": "Customer",
}

Reader = Callable[[bytes, Origin], Iterable[Change | Refetch]]


def upsert(record: Record, root: str, origin: Origin, *, at: datetime | UnsetType | None = UNSET) -> Change:
    """The row should be as the record says, as of ``at`` or else the record's own ``updated_at``."""
    version = at or record.updated_at or origin.second()
    record.shop_id = origin.shop_id
    record.updated_at = version.astimezone(UTC)
    record.triggered_at = origin.moment
    record.deleted_at = None
    return Change(record, root)


def tombstone(record: Record, root: str, origin: Origin) -> Change:
    """The row is gone: a late update must not raise it, a later one does."""
    upsert(record, root, origin, at=origin.second())
    record.deleted_at = origin.moment
    return Change(record, root)


def look_again(change: Change) -> Refetch | None:
    """What to read anew where a change cannot be told older or newer than another; None for the shop."""
    name = change.root.partition("/")[0]
    return Refetch(ROOTS[name], change.number) if name in ROOTS else None


def carries_all_of(newer: Record, older: Record) -> bool:
    """Whether the newer of two payloads of one row leaves nothing of the older to be told."""
    if type(newer) is not type(older):
        return False
    fields: tuple[str, ...] = older.__struct_fields__
    return not any(_unset(newer, field) and not _unset(older, field) for field in fields)


def _unset(record: Record, field: str) -> bool:
    value: Any = getattr(record, field)
    return value is UNSET
