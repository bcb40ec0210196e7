"""How locations are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import UNSET

from connector.changes import Change, Origin, Record, tombstone, upsert
from connector.families.fields import Flag, Id, Text, Time, reads


class Location(Record, kw_only=True):
    """A place that stocks, sells or hands over goods."""

    statement: ClassVar[str] = "locations.upsert_locations"

    id: Id
    name: Text = UNSET
    active: Flag = UNSET
    address1: Text = UNSET
    address2: Text = UNSET
    city: Text = UNSET
    zip: Text = UNSET
    province: Text = UNSET
    country_code: Text = UNSET
    phone: Text = UNSET
    created_at: Time = UNSET


class LocationPayload(Location, kw_only=True):
    """The body of locations/*."""

    updated_at: Time = UNSET


_payload = reads(LocationPayload)


def read(body: bytes, origin: Origin) -> Iterable[Change]:
    """locations/create, update, activate and deactivate: the state is in the body, not in the topic."""
    location = _payload(body)
    yield upsert(location, f"locations/{location.id}", origin)


def read_delete(body: bytes, origin: Origin) -> Iterable[Change]:
    """locations/delete."""
    return gone(_payload(body).id, origin)


def gone(location_id: int, origin: Origin) -> Iterable[Change]:
    """The location is no more."""
    yield tombstone(Location(id=location_id), f"locations/{location_id}", origin)
