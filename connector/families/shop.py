"""How the shop itself is read: its name, currency and zone, and that the app was removed from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import UNSET

from connector.changes import Change, Origin, Record, upsert
from connector.families.fields import Flag, OptionalId, Text, Time, reads


class Shop(Record, kw_only=True):
    """The shop that sent the webhook."""

    statement: ClassVar[str] = "shop.upsert_shop"
    key: ClassVar[tuple[str, ...]] = ()

    name: Text = UNSET
    currency: Text = UNSET
    iana_timezone: Text = UNSET
    taxes_included: Flag = UNSET
    plan_name: Text = UNSET


class ShopPayload(Shop, kw_only=True):
    """The body of shop/update and app/uninstalled."""

    id: OptionalId = UNSET
    updated_at: Time = UNSET


class Uninstalled(Record, kw_only=True):
    """The app was removed; the copy stays, and nothing more will come."""

    statement: ClassVar[str] = "shop.mark_uninstalled"
    key: ClassVar[tuple[str, ...]] = ()


_payload = reads(ShopPayload)


def read(body: bytes, origin: Origin) -> Iterable[Change]:
    """shop/update."""
    yield upsert(_payload(body), "shop", origin)


def read_uninstalled(body: bytes, origin: Origin) -> Iterable[Change]:
    """app/uninstalled carries the shop; when it was removed is the moment Shopify triggered it."""
    _payload(body)
    yield upsert(Uninstalled(), "shop", origin, at=origin.second())
