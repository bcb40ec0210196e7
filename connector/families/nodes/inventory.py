"""How inventory items of the Admin API are read, with what of them is at each location."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from connector.changes import Change, Origin, upsert
from connector.families.inventory import InventoryItem, InventoryLevel, StockedAt
from connector.families.nodes.form import Amounts, Connection, Node, once, reads_node

#: Webhooks abbreviate what the Admin API spells out.
UNITS = {"GRAMS": "g", "KILOGRAMS": "kg", "OUNCES": "oz", "POUNDS": "lb"}


def unit_of(unit: str) -> str:
    """A unit of weight as webhooks write it."""
    return UNITS.get(unit) or unit.lower()


class Weight(msgspec.Struct):
    """How heavy, in which of Shopify's units."""

    value: float
    unit: str


class Measurement(msgspec.Struct):
    """What was measured of an item."""

    weight: Weight | None = None


class Quantity(msgspec.Struct):
    """How many in one of Shopify's states of stock."""

    name: str
    quantity: int


class LevelNode(Node, kw_only=True):
    """InventoryLevel. Its item is its parent; only of a tracked one the quantities mean anything."""

    location: Node
    quantities: tuple[Quantity, ...] = ()
    updated_at: datetime

    def level(self, item: InventoryItem) -> InventoryLevel:
        """What of the item is there; all null where it is not tracked, as in webhooks."""
        counted = {entry.name: entry.quantity for entry in self.quantities} if item.tracked else {}
        return InventoryLevel(
            inventory_item_id=item.id,
            location_id=self.location.number,
            updated_at=self.updated_at,
            available=counted.get("available"),
            on_hand=counted.get("on_hand"),
            committed=counted.get("committed"),
        )


class ItemNode(Node, kw_only=True):
    """InventoryItem."""

    sku: str | None = None
    tracked: bool | None = None
    requires_shipping: bool | None = None
    unit_cost: Amounts | None = None
    measurement: Measurement | None = None
    created_at: datetime | None = None
    updated_at: datetime
    inventory_levels: Connection[LevelNode] | None = None

    def item(self) -> InventoryItem:
        """The item without its levels."""
        weight = self.measurement.weight if self.measurement else None
        return InventoryItem(
            id=self.number,
            updated_at=self.updated_at,
            sku=self.sku,
            tracked=self.tracked,
            requires_shipping=self.requires_shipping,
            cost=self.unit_cost.amount if self.unit_cost else None,
            weight_value=weight.value if weight else None,
            weight_unit=unit_of(weight.unit) if weight else None,
            created_at=self.created_at,
        )


_item = reads_node(ItemNode)


def read(node: bytes, origin: Origin) -> Iterable[Change]:
    """An item with all of its levels; what it has elsewhere is gone."""
    told = _item(node)
    item = told.item()
    root = f"inventory_items/{item.id}"
    yield upsert(item, root, origin)
    if told.inventory_levels is None:
        return
    levels = [level.level(item) for level in once(told.inventory_levels.nodes)]
    for level in levels:
        yield upsert(level, f"inventory_levels/{level.inventory_item_id}/{level.location_id}", origin)
    listed = StockedAt(inventory_item_id=item.id, location_ids=[level.location_id for level in levels])
    yield upsert(listed, root, origin)
