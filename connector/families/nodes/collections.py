"""How collections of the Admin API are read, with the products in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from connector.changes import Change, Origin, upsert
from connector.families.collections import Collection, Member
from connector.families.nodes.form import Connection, Node, once, reads_node

#: Pages end here without a word (Shopify docs, "API limits"): a longer list is not whole.
PAGED = 25_000


class RuleSet(msgspec.Struct):
    """What makes a collection smart."""


class CollectionNode(Node, kw_only=True):
    """Collection."""

    title: str | None = None
    handle: str | None = None
    sort_order: str | None = None
    updated_at: datetime
    rule_set: RuleSet | None = None
    products: Connection[Node] | None = None

    def collection(self) -> Collection:
        """The collection without its products."""
        return Collection(
            id=self.number,
            updated_at=self.updated_at,
            title=self.title,
            handle=self.handle,
            kind="smart" if self.rule_set else "manual",
            sort_order=self.sort_order.lower().replace("_", "-") if self.sort_order else None,
        )


_collection = reads_node(CollectionNode)


def read(node: bytes, origin: Origin) -> Iterable[Change]:
    """A collection with all of its products."""
    told = _collection(node)
    collection = told.collection()
    if told.products is not None and len(told.products.nodes) < PAGED:
        collection.members = [
            Member(product.number, position) for position, product in enumerate(once(told.products.nodes), 1)
        ]
    yield upsert(collection, f"collections/{collection.id}", origin)
