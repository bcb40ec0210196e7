"""How locations of the Admin API are read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from connector.changes import Change, Origin, upsert
from connector.families.locations import Location
from connector.families.nodes.form import Node, reads_node


class Address(msgspec.Struct, frozen=True, rename="camel"):
    """Where it is."""

    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    zip: str | None = None
    province: str | None = None
    country_code: str | None = None
    phone: str | None = None


class LocationNode(Node, kw_only=True):
    """Location."""

    name: str | None = None
    is_active: bool | None = None
    address: Address = Address()
    created_at: datetime | None = None
    updated_at: datetime


_location = reads_node(LocationNode)


def read(node: bytes, origin: Origin) -> Iterable[Change]:
    """A location, active or not."""
    told = _location(node)
    at = told.address
    location = Location(
        id=told.number,
        updated_at=told.updated_at,
        name=told.name,
        active=told.is_active,
        address1=at.address1,
        address2=at.address2,
        city=at.city,
        zip=at.zip,
        province=at.province,
        country_code=at.country_code,
        phone=at.phone,
        created_at=told.created_at,
    )
    yield upsert(location, f"locations/{location.id}", origin)
