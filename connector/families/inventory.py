"""How inventory items and the levels they have at locations are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import UNSET

from connector.changes import Change, Origin, Record, Refetch, tombstone, upsert
from connector.families.fields import Flag, Id, Int, Money, Text, Time, reads

#: Seconds within which sales of one item are counted again once.
COUNTED_AGAIN = 5.0


class InventoryItem(Record, kw_only=True):
    """What is stocked; a variant points at it. Weight moved here from the variant in 2024-07."""

    statement: ClassVar[str] = "inventory.upsert_inventory_items"

    id: Id
    sku: Text = UNSET
    tracked: Flag = UNSET
    requires_shipping: Flag = UNSET
    cost: Money = UNSET
    weight_value: Money = UNSET
    weight_unit: Text = UNSET
    created_at: Time = UNSET


class InventoryItemPayload(InventoryItem, kw_only=True):
    """The body of inventory_items/*."""

    updated_at: Time = UNSET


class InventoryLevel(Record, kw_only=True):
    """What of an item is at a location. Its key is the pair; the gid's own number means nothing stable."""

    statement: ClassVar[str] = "inventory.upsert_inventory_levels"
    key: ClassVar[tuple[str, ...]] = ("inventory_item_id", "location_id")

    inventory_item_id: Id
    location_id: Id
    available: Int = UNSET
    on_hand: Int = UNSET
    committed: Int = UNSET


class StockedAt(Record, kw_only=True):
    """All the locations that stock an item: its levels at others are gone."""

    statement: ClassVar[str] = "inventory.disconnect_unlisted"
    key: ClassVar[tuple[str, ...]] = ("inventory_item_id",)

    inventory_item_id: Id
    location_ids: list[Id]


class InventoryLevelPayload(InventoryLevel, kw_only=True):
    """The body of inventory_levels/*."""

    updated_at: Time = UNSET


_item = reads(InventoryItemPayload)
_level = reads(InventoryLevelPayload)


def read_item(body: bytes, origin: Origin) -> Iterable[Change]:
    """inventory_items/create and inventory_items/update."""
    item = _item(body)
    yield upsert(item, f"inventory_items/{item.id}", origin)


def read_item_delete(body: bytes, origin: Origin) -> Iterable[Change]:
    """inventory_items/delete."""
    return gone(_item(body).id, origin)


def read_level(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """inventory_levels/connect and inventory_levels/update; ``available`` null means untracked.

    What is on hand and committed changes with it, and no webhook tells these: the item is read anew, once
    for all sales of some seconds.
    """
    level = _level(body)
    yield upsert(level, _root(level), origin)
    yield Refetch("InventoryItem", level.inventory_item_id, settle=COUNTED_AGAIN)


def read_level_disconnect(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """inventory_levels/disconnect carries no time: the moment Shopify triggered it is its version.

    That cannot be compared with an update of the same second, so the item is read anew too.
    """
    told = _level(body)
    level = InventoryLevel(inventory_item_id=told.inventory_item_id, location_id=told.location_id)
    yield tombstone(level, _root(level), origin)
    yield Refetch("InventoryItem", told.inventory_item_id)


def gone(item_id: int, origin: Origin) -> Iterable[Change]:
    """The item is no more, nor is anything of it anywhere."""
    root = f"inventory_items/{item_id}"
    yield tombstone(InventoryItem(id=item_id), root, origin)
    yield upsert(StockedAt(inventory_item_id=item_id, location_ids=[]), root, origin)


def _root(level: InventoryLevel) -> str:
    return f"inventory_levels/{level.inventory_item_id}/{level.location_id}"
