"""What can be asked about: orders, variants and the like, by number or as people and Shopify call them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from connector.changes import Refetch
from connector.errors import ConnectorError
from connector.postgres import Pool, blocks
from connector.topics import TOPICS

_SQL = blocks("connector", "entities")
_LARGEST = 2**63 - 1


class Entity(NamedTuple):
    """One kind of thing that can be asked about."""

    #: A gid's type.
    kind: str
    #: Where the POS sees it, and by which column.
    view: str
    column: str
    #: Where it is kept.
    table: str
    #: Families of topics that tell of it, and streams of an import.
    families: tuple[str, ...]
    streams: tuple[str, ...]
    #: Columns of words by which people call it.
    called: tuple[str, ...] = ()
    #: What it hangs on, where it is not written by itself.
    hangs_on: str | None = None


_HELD = (("orders", "pickups", "returns"), ("orders", "fulfillments", "returns"))

ENTITIES: dict[str, Entity] = {
    "order": Entity("Order", "orders", "order_id", "orders", *_HELD, ("name",)),
    "product": Entity("Product", "products", "product_id", "products", ("products",), ("products",)),
    "variant": Entity(
        "ProductVariant", "variants", "variant_id", "variants",
        ("products", "inventory"), ("products", "inventory"), ("sku", "barcode"), "product_id",
    ),
    "customer": Entity(
        "Customer", "customers", "customer_id", "customers", ("customers",), ("customers",), ("email",)
    ),
    "inventory-item": Entity(
        "InventoryItem", "inventory", "inventory_item_id", "inventory_items", ("inventory",), ("inventory",)
    ),
    "location": Entity("Location", "locations", "location_id", "locations", ("locations",), ("locations",)),
    "collection": Entity(
        "Collection", "collections", "collection_id", "collections", ("collections",), ("collections",)
    ),
    "return": Entity("Return", "returns", "return_id", "returns", *_HELD, ("name",), "order_id"),
    "refund": Entity("Refund", "refunds", "refund_id", "refunds", *_HELD, (), "order_id"),
    "fulfillment-order": Entity(
        "FulfillmentOrder", "pickups", "fulfillment_order_id", "fulfillment_orders", *_HELD, (), "order_id"
    ),
}  # fmt: skip
#: Other words for the same.
ALSO = {"pickup": "fulfillment-order"}


class Thing(NamedTuple):
    """One thing of one shop."""

    entity: Entity
    shop_id: int
    shop: str
    id: int


class Reach(NamedTuple):
    """Where to look for what was told of a thing."""

    #: What is written as one with it, itself first.
    roots: list[str]
    #: Records of those roots; None for all of them.
    records: list[str] | None
    #: How its own parts, and what may wait to be read anew, are asked for.
    waits: list[Refetch]
    topics: list[str]

    @property
    def numbers(self) -> set[int]:
        """The ids by which a payload may name it."""
        return {int(part) for root in self.roots for part in root.split("/")[1:2]}


async def find(
    pool: Pool, entity: Entity, named: str, shops: Sequence[tuple[int, str]]
) -> tuple[list[Thing], bool]:
    """The things of that name, and whether each is kept here; a number that is not kept is one of every shop.

    Raises ConnectorError for a gid of another type or a number out of range.
    """
    number = _number(entity, named)
    domains = dict(shops)
    if number is not None:
        rows = await pool.fetch(_SQL["numbered"].format(table=entity.table), list(domains), number)
        if rows:
            return [Thing(entity, row["shop_id"], domains[row["shop_id"]], number) for row in rows], True
    found: dict[tuple[int, int], Thing] = {}
    for column in entity.called if not named.startswith("gid:") else ():
        sql = _SQL["called"].format(table=entity.table, column=column)
        for row in await pool.fetch(sql, list(domains), _spellings(named)):
            key = row["shop_id"], row["id"]
            found[key] = Thing(entity, row["shop_id"], domains[row["shop_id"]], row["id"])
    if found or number is None:
        return list(found.values()), True
    return [Thing(entity, shop_id, domain, number) for shop_id, domain in shops], False


async def reach(pool: Pool, thing: Thing) -> Reach:
    """Where to look for what was told of it."""
    entity, number = thing.entity, thing.id
    topics = [name for name, topic in TOPICS.items() if topic.family in entity.families]
    owner: Any = None
    if entity.hangs_on:
        sql = _SQL["owner"].format(table=entity.table, column=entity.hangs_on)
        owner = await pool.fetchval(sql, thing.shop_id, number)
    if entity.kind == "ProductVariant":
        item = await pool.fetchval(_SQL["item"], thing.shop_id, number)
        levels = await _levels(pool, thing.shop_id, item) if item else []
        items = [f"inventory_items/{item}"] if item else []
        roots = [*([f"products/{owner}"] if owner else []), *items, *levels]
        waits = [Refetch("Product", owner)] if owner else []
        return Reach(roots, None, waits + ([Refetch("InventoryItem", item)] if item else []), topics)
    if entity.kind == "InventoryItem":
        roots = [f"inventory_items/{number}", *await _levels(pool, thing.shop_id, number)]
        return Reach(roots, None, [Refetch("InventoryItem", number)], topics)
    if entity.kind == "Order":
        return await _order(pool, thing.shop_id, number, topics)
    if entity.hangs_on:
        itself = f"{entity.table}/{number}"
        orders = [f"orders/{owner}"] if owner else []
        records = [itself, f"refund_returns/{number}"] if entity.kind == "Refund" else [itself]
        kinds = ("Order", "Fulfillments", "Refunds") if owner else ()
        waits = [Refetch(entity.kind, number), *[Refetch(kind, owner) for kind in kinds]]
        return Reach([itself, *orders], records, waits, topics)
    return Reach([f"{entity.table}/{number}"], None, [Refetch(entity.kind, number)], topics)


async def _order(pool: Pool, shop_id: int, number: int, topics: list[str]) -> Reach:
    """An order, and what of it is named by ids of its own until it is read."""
    roots = [f"orders/{number}"]
    waits = [Refetch(kind, number) for kind in ("Order", "Fulfillments", "Refunds")]
    for row in await pool.fetch(_SQL["held"], shop_id, number):
        roots.append(f"{row['part']}/{row['id']}")
        waits.append(Refetch("Return" if row["part"] == "returns" else "FulfillmentOrder", row["id"]))
    return Reach(roots, None, waits, topics)


async def _levels(pool: Pool, shop_id: int, item: int) -> list[str]:
    rows = await pool.fetch(_SQL["levels"], shop_id, item)
    return [f"inventory_levels/{item}/{row['location_id']}" for row in rows]


def _number(entity: Entity, named: str) -> int | None:
    gid = re.fullmatch(r"gid://shopify/(\w+)/(\d+)(?:\?.*)?", named)
    if named.startswith("gid:") and (gid is None or gid[1] != entity.kind):
        raise ConnectorError(f"that is not a gid of the form gid://shopify/{entity.kind}/number")
    digits = gid[2] if gid else named
    if not (digits.isascii() and digits.isdigit()):
        return None
    number = int(digits)
    if gid and not 1 <= number <= _LARGEST:
        raise ConnectorError("no id of Shopify's is so large")
    return number if 1 <= number <= _LARGEST else None


def _spellings(named: str) -> list[str]:
    """As it was typed, and as Shopify writes orders' names and e-mail addresses."""
    return sorted({named, f"#{named}", named.lower()})
