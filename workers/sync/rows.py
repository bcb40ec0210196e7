"""Lines of large streams as rows of typed stage tables: what a merge can take over as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from connector.families.nodes.collections import CollectionNode
from connector.families.nodes.form import Amounts, Medium, Node
from connector.families.nodes.inventory import Measurement, unit_of
from connector.families.nodes.products import VariantNode

#: A row's values as Postgres reads them; the types are the stage table's.
Values = Sequence[str | None]


class Kind(NamedTuple):
    """One type of line: the stage table it goes to, that table's columns, and how a line becomes a row."""

    table: str
    columns: tuple[str, ...]
    row: Callable[[bytes, int], Values]


# Times and amounts stay text, and nothing here is tracked by the garbage collector: a million lines are read.


class _ProductLine(msgspec.Struct, rename="camel", gc=False):
    id: str
    updated_at: str
    title: str | None = None
    handle: str | None = None
    vendor: str | None = None
    product_type: str | None = None
    status: str | None = None
    tags: tuple[str, ...] = ()
    created_at: str | None = None
    published_at: str | None = None
    featured_media: Medium | None = None


class _VariantLine(VariantNode, kw_only=True, gc=False):
    parent: str = msgspec.field(name="__parentId")


class _MediumLine(Medium, kw_only=True):
    id: str
    parent: str = msgspec.field(name="__parentId")


class _ItemLine(msgspec.Struct, rename="camel", gc=False):
    id: str
    updated_at: str
    sku: str | None = None
    tracked: bool | None = None
    requires_shipping: bool | None = None
    unit_cost: Amounts | None = None
    measurement: Measurement | None = None
    created_at: str | None = None


class _Place(msgspec.Struct, gc=False):
    id: str


class _Quantity(msgspec.Struct, gc=False):
    name: str
    quantity: int


class _LevelLine(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    location: _Place
    quantities: tuple[_Quantity, ...] = ()
    updated_at: str
    parent: str = msgspec.field(name="__parentId")


class _MemberLine(Node, kw_only=True):
    parent: str = msgspec.field(name="__parentId")


_product = msgspec.json.Decoder(_ProductLine).decode
_variant = msgspec.json.Decoder(_VariantLine).decode
_medium = msgspec.json.Decoder(_MediumLine).decode
_item = msgspec.json.Decoder(_ItemLine).decode
_level = msgspec.json.Decoder(_LevelLine).decode
_collection = msgspec.json.Decoder(CollectionNode).decode
_member = msgspec.json.Decoder(_MemberLine).decode


def _number(gid: str) -> str:
    return gid.rpartition("/")[2]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _product_row(line: bytes, position: int) -> Values:
    told = _product(line)
    return (
        _number(told.id), told.updated_at, told.title, told.handle, told.vendor, told.product_type,
        told.status.lower() if told.status else None, ", ".join(told.tags), told.created_at,
        told.published_at, told.featured_media.url if told.featured_media else None,
    )  # fmt: skip


def _variant_row(line: bytes, position: int) -> Values:
    told = _variant(line)
    options = told.selected_options
    count = len(options)
    return (
        _number(told.id), _number(told.parent), told.title, told.sku, told.barcode, told.price,
        told.compare_at_price, _text(told.position),
        options[0].value if count else None,
        options[1].value if count > 1 else None,
        options[2].value if count > 2 else None,
        _number(told.inventory_item.id) if told.inventory_item else None,
        told.inventory_policy.lower() if told.inventory_policy else None,
        _text(told.taxable),
    )  # fmt: skip


def _medium_row(line: bytes, position: int) -> Values:
    told = _medium(line)
    return _number(told.parent), str(position), told.url


def _item_row(line: bytes, position: int) -> Values:
    told = _item(line)
    weight = told.measurement.weight if told.measurement else None
    return (
        _number(told.id), told.updated_at, told.sku, _text(told.tracked), _text(told.requires_shipping),
        _text(told.unit_cost.amount) if told.unit_cost else None,
        str(weight.value) if weight else None,
        unit_of(weight.unit) if weight else None,
        told.created_at,
    )  # fmt: skip


def _level_row(line: bytes, position: int) -> Values:
    told = _level(line)
    available = on_hand = committed = None
    for counted in told.quantities:
        if counted.name == "available":
            available = str(counted.quantity)
        elif counted.name == "on_hand":
            on_hand = str(counted.quantity)
        else:
            committed = str(counted.quantity)
    return (
        _number(told.parent), _number(told.location.id), told.updated_at, available, on_hand, committed
    )  # fmt: skip


def _collection_row(line: bytes, position: int) -> Values:
    told = _collection(line)
    read = told.collection()
    return (
        str(read.id), told.updated_at.isoformat(), told.title, told.handle, _text(read.kind),
        _text(read.sort_order),
    )  # fmt: skip


def _member_row(line: bytes, position: int) -> Values:
    told = _member(line)
    return _number(told.parent), _number(told.id), str(position)


PRODUCT = Kind(
    "products",
    ("id", "updated_at", "title", "handle", "vendor", "product_type", "status", "tags", "created_at",
     "published_at", "image_url"),
    _product_row,
)  # fmt: skip
VARIANT = Kind(
    "variants",
    ("id", "product_id", "title", "sku", "barcode", "price", "compare_at_price", "position", "option1",
     "option2", "option3", "inventory_item_id", "inventory_policy", "taxable"),
    _variant_row,
)  # fmt: skip
MEDIUM = Kind("variant_media", ("variant_id", "position", "url"), _medium_row)
ITEM = Kind(
    "inventory_items",
    ("id", "updated_at", "sku", "tracked", "requires_shipping", "cost", "weight_value", "weight_unit",
     "created_at"),
    _item_row,
)  # fmt: skip
LEVEL = Kind(
    "inventory_levels",
    ("inventory_item_id", "location_id", "updated_at", "available", "on_hand", "committed"),
    _level_row,
)  # fmt: skip
COLLECTION = Kind(
    "collections", ("id", "updated_at", "title", "handle", "kind", "sort_order"), _collection_row
)
MEMBER = Kind("collection_products", ("collection_id", "product_id", "position"), _member_row)

#: Stream → what becomes of each type of line; the media of variants are of several types.
TYPED: dict[str, dict[str, Kind]] = {
    "products": {
        "Product": PRODUCT, "ProductVariant": VARIANT, "MediaImage": MEDIUM, "Video": MEDIUM,
        "ExternalVideo": MEDIUM, "Model3d": MEDIUM,
    },
    "inventory": {"InventoryItem": ITEM, "InventoryLevel": LEVEL},
    "collections": {"Collection": COLLECTION, "Product": MEMBER},
}  # fmt: skip
