"""Lines of large streams as rows of typed stage tables: what a merge can take over as it is."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import msgspec

from connector.families.nodes.collections import CollectionNode
from connector.families.nodes.form import Medium, Node
from connector.families.nodes.inventory import ItemNode, LevelNode, unit_of
from connector.families.nodes.products import ProductNode, VariantNode
from connector.gids import number
from workers.sync.lines import Damaged

Row = tuple[Any, ...]
T = TypeVar("T")


class Kind(NamedTuple):
    """One type of line: the stage table it goes to, that table's columns, and how a line becomes a row."""

    table: str
    columns: tuple[str, ...]
    row: Callable[[bytes, int], Row]


class _VariantLine(VariantNode, kw_only=True):
    parent: str = msgspec.field(name="__parentId")


class _MediumLine(Medium, kw_only=True):
    id: str
    parent: str = msgspec.field(name="__parentId")


class _LevelLine(LevelNode, kw_only=True):
    parent: str = msgspec.field(name="__parentId")


class _MemberLine(Node, kw_only=True):
    parent: str = msgspec.field(name="__parentId")


def _reader(form: type[T]) -> Callable[[bytes], T]:
    decode = msgspec.json.Decoder(form).decode

    def read(line: bytes) -> T:
        try:
            return decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Damaged(f"a line is not as it was asked for: {error}") from None

    return read


_product = _reader(ProductNode)
_variant = _reader(_VariantLine)
_medium = _reader(_MediumLine)
_item = _reader(ItemNode)
_level = _reader(_LevelLine)
_collection = _reader(CollectionNode)
_member = _reader(_MemberLine)


def _decimal(amount: object) -> Decimal | None:
    return None if amount is None else Decimal(str(amount))


def _product_row(line: bytes, position: int) -> Row:
    told = _product(line)
    return (
        number(told.id), told.updated_at, told.title, told.handle, told.vendor, told.product_type,
        told.status.lower() if told.status else None, ", ".join(told.tags), told.created_at,
        told.published_at, told.image,
    )  # fmt: skip


def _variant_row(line: bytes, position: int) -> Row:
    told = _variant(line)
    options = told.selected_options
    count = len(options)
    return (
        number(told.id), number(told.parent), told.title, told.sku, told.barcode, _decimal(told.price),
        _decimal(told.compare_at_price), told.position,
        options[0].value if count else None,
        options[1].value if count > 1 else None,
        options[2].value if count > 2 else None,
        number(told.inventory_item.id) if told.inventory_item else None,
        told.inventory_policy.lower() if told.inventory_policy else None,
        told.taxable,
    )  # fmt: skip


def _medium_row(line: bytes, position: int) -> Row:
    told = _medium(line)
    return number(told.parent), position, told.url


def _item_row(line: bytes, position: int) -> Row:
    told = _item(line)
    weight = told.measurement.weight if told.measurement else None
    return (
        number(told.id), told.updated_at, told.sku, told.tracked, told.requires_shipping,
        _decimal(told.unit_cost.amount) if told.unit_cost else None,
        _decimal(weight.value) if weight else None,
        unit_of(weight.unit) if weight else None,
        told.created_at,
    )  # fmt: skip


def _level_row(line: bytes, position: int) -> Row:
    told = _level(line)
    available = on_hand = committed = None
    for counted in told.quantities:
        if counted.name == "available":
            available = counted.quantity
        elif counted.name == "on_hand":
            on_hand = counted.quantity
        else:
            committed = counted.quantity
    return (
        number(told.parent), number(told.location.id), told.updated_at, available, on_hand, committed
    )  # fmt: skip


def _collection_row(line: bytes, position: int) -> Row:
    told = _collection(line).collection()
    return told.id, told.updated_at, told.title, told.handle, told.kind, told.sort_order


def _member_row(line: bytes, position: int) -> Row:
    told = _member(line)
    return number(told.parent), number(told.id), position


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
