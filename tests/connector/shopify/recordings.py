"""Everything that was recorded of Shopify's Admin API, where this machine has it, and pieces of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

FOLDER = Path(__file__).parents[4] / "shared/shopify/graphql/responses"
needs_recordings = pytest.mark.skipif(not FOLDER.is_dir(), reason="no recorded answers on this machine")


class Recorded(NamedTuple):
    """A body that Shopify answered with, and what it was asked."""

    file: str
    body: dict[str, Any]
    variables: dict[str, Any]


@cache
def bodies() -> tuple[Recorded, ...]:
    """Every GraphQL answer of every session."""
    found = []
    for file in sorted((FOLDER / "captured").rglob("*.json")):
        name = str(file.relative_to(FOLDER / "captured"))
        found += [Recorded(name, *each) for each in _bodies(json.loads(file.read_bytes()), {})]
    return tuple(found)


def answers_to(root: str) -> list[tuple[Recorded, Any]]:
    """The bodies with this field at their root, and what stands there."""
    return [(each, each.body["data"][root]) for each in bodies() if root in (each.body.get("data") or {})]


def payloads_with(field: str) -> list[dict[str, Any]]:
    """What mutations answered that have this field in their payload, whatever the root was called."""
    roots = [value for each in bodies() for value in (each.body.get("data") or {}).values()]
    return [value for value in roots if isinstance(value, dict) and field in value]


def things(kind: str) -> Iterator[dict[str, Any]]:
    """Every object of a type that Shopify told of, by its gid, wherever in an answer it stands."""
    for each in bodies():
        yield from _things(each.body.get("data"), f"gid://shopify/{kind}/")


def _bodies(value: Any, variables: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    if isinstance(value, list):
        for each in value:
            yield from _bodies(each, variables)
    elif isinstance(value, dict):
        if isinstance(value.get("variables"), dict):
            variables = value["variables"]
        if isinstance(value.get("data"), dict | None) and value.keys() <= {"data", "errors", "extensions"}:
            if value.get("data") or value.get("errors"):
                yield value, variables
            return
        for inner in value.values():
            yield from _bodies(inner, variables)


def _things(value: Any, begin: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _things(each, begin)
    elif isinstance(value, dict):
        if str(value.get("id", "")).startswith(begin):
            yield value
        for inner in value.values():
            yield from _things(inner, begin)
