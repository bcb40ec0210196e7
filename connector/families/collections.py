"""How collections are read; their products are not in any webhook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Change, Origin, Record, Refetch, tombstone, upsert
from connector.families.fields import Id, Number, Text, Time, reads


class Member(msgspec.Struct):
    """A product in a collection, and its place there from 1."""

    product_id: Id
    position: Number


class Collection(Record, kw_only=True):
    """A collection; ``kind`` is manual or smart, UNSET where the source does not tell.

    Who is in it only the Admin API tells, and then of all.
    """

    statement: ClassVar[str] = "collections.upsert_collections"

    id: Id
    title: Text = UNSET
    handle: Text = UNSET
    kind: Text = UNSET
    sort_order: Text = UNSET
    published_at: Time = UNSET
    members: list[Member] | UnsetType | None = UNSET


class CollectionPayload(Collection, kw_only=True):
    """The body of collections/*; only a smart collection has rules."""

    updated_at: Time = UNSET
    rules: list[object] | UnsetType | None = UNSET


_payload = reads(CollectionPayload)


def read(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """collections/create and collections/update: who is in it is not told, and read anew."""
    collection = _payload(body)
    if collection.rules is not UNSET:
        collection.kind = "smart" if collection.rules else "manual"
        collection.rules = UNSET
    yield upsert(collection, f"collections/{collection.id}", origin)
    yield Refetch("Collection", collection.id)


def read_delete(body: bytes, origin: Origin) -> Iterable[Change]:
    """collections/delete."""
    return gone(_payload(body).id, origin)


def gone(collection_id: int, origin: Origin) -> Iterable[Change]:
    """The collection is no more."""
    yield tombstone(Collection(id=collection_id, members=[]), f"collections/{collection_id}", origin)
