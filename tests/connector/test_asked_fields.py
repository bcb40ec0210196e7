"""What we ask the Admin API for is what we read of its answers, neither more nor less, and it may be null."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec
import pytest
from graphql import GraphQLSchema, is_list_type, is_non_null_type

from connector.changes import Origin
from connector.families.nodes import (
    collections,
    customers,
    fulfillments,
    inventory,
    locations,
    orders,
    products,
    refunds,
)
from connector.resources import PAGES, RESOURCES
from connector.shopify.documents import document
from connector.simulator.admin.schema import SCHEMA
from tests.connector.asked import Example, Path, asked, below, nullable, read_by
from tests.simulator.admin.recorded import SHARED, real_schema
from workers.sync.lines import kind_of
from workers.sync.rows import TYPED
from workers.sync.stage import _EXPECTED
from workers.sync.streams import PLACES

#: What may be null by the schema and never is in what we ask for.
NEVER_NULL = {
    ("OrdersRefetchRefunds", "refunds.refundLineItems.nodes.id"): "only lines of a suggested refund have none"
}

ORIGIN = Origin(1, datetime(2026, 11, 24, 12, tzinfo=UTC))
Read = Callable[[dict[str, Any]], Any]


class Case(NamedTuple):
    """A document, the type of node it brings, who reads it, and a struct with a place for its fields."""

    name: str
    paths: set[Path]
    kind: str
    read: Read
    form: Any


#: Asked for although no row is made of it, and why.
UNREAD: dict[str, dict[str, str]] = {
    "Collections": {"ruleSet.appliedDisjunctively": "that there are rules is all we want"},
    "CollectionsBulk": {
        "ruleSet.appliedDisjunctively": "that there are rules is all we want; a field must be"
    },
    "InventoryBulk": {"inventoryLevels.nodes.id": "a line's type is known by it; its number means nothing"},
    "ProductsBulk": {"variants.nodes.media.nodes.id": "a line's type is known by it"},
    "OrdersBulk": {"refunds.id": "the import has the refunds of an order that has any read anew"},
    "ReturnsBulk": {
        "returns.nodes.returnLineItems.nodes.fulfillmentLineItem.id": "what was restocked is read apart"
    },
    "OrdersRefetchFulfillments": {
        "fulfillmentOrders.nodes.orderId": "asked with every fulfillment order; here its order is its parent",
        "fulfillmentOrders.nodes.fulfillments.nodes.id": "a node of ours has one; when it was made is wanted",
        "returns.nodes.reverseFulfillmentOrders.nodes.id": "its further lines are asked for by it",
    },
}


def _by(reader: Any) -> Read:
    return lambda node: list(reader(msgspec.json.encode(node), ORIGIN))


def _cases() -> Iterator[Case]:
    for family, kind, reader, form in (
        ("locations", "Location", locations.read, locations.LocationNode),
        ("products", "Product", products.read, products.ProductNode),
        ("inventory", "InventoryItem", inventory.read, inventory.ItemNode),
        ("collections", "Collection", collections.read, collections.CollectionNode),
        ("customers", "Customer", customers.read, customers.CustomerNode),
        ("orders", "Order", orders.read, orders.OrderNode),
    ):
        title = family.capitalize()
        paths = asked(_text(family, f"{title}Refetch"))
        yield Case(title, below(paths, ("nodes",)), kind, _by(reader), form)
        paths = asked(_text(family, f"{title}Bulk"))
        (root,) = {path[0] for path in paths}
        lined = _by_lines(family) if family in TYPED else _by(reader)
        yield Case(f"{title}Bulk", below(paths, (root, "nodes")), kind, lined, form)
    for name, kind, reader, form in (
        ("OrdersRefetchRefunds", "Order", refunds.read, refunds.RefundedNode),
        ("OrdersRefetchFulfillments", "Order", fulfillments.read, fulfillments.PartsNode),
        (
            "FulfillmentsBulk", "FulfillmentOrder", fulfillments.read_fulfillment_order,
            fulfillments.FulfillmentOrderNode,
        ),
        ("ReturnsBulk", "Order", fulfillments.read, fulfillments.PartsNode),
    ):  # fmt: skip
        paths = asked(_text("orders", name))
        root = {"FulfillmentsBulk": ("fulfillmentOrders", "nodes"), "ReturnsBulk": ("orders", "nodes")}
        yield Case(name, below(paths, root.get(name, ("nodes",))), kind, _by(reader), form)


def _text(family: str, operation: str) -> str:
    return document("connector.families", family, operation).text


def _by_lines(stream: str) -> Read:
    """What the import makes of the lines that Shopify makes of a node."""

    def read(node: dict[str, Any]) -> list[Any]:
        found = []
        for position, line in enumerate(_lines(node, None), 1):
            encoded = msgspec.json.encode(line)
            kind = TYPED[stream][kind_of(encoded)]
            found.append((kind.table, kind.row(encoded, position)))
        return found

    return read


def _lines(node: dict[str, Any], parent: str | None) -> Iterator[dict[str, Any]]:
    nested = {name for name, value in node.items() if isinstance(value, dict) and "nodes" in value}
    line = {name: value for name, value in node.items() if name not in nested}
    yield line if parent is None else line | {"__parentId": parent}
    for name in sorted(nested):
        for child in node[name]["nodes"]:
            yield from _lines(child, node["id"])


CASES = {case.name: case for case in _cases()}


@cache
def schema() -> GraphQLSchema:
    """Shopify's own where it is at hand; else ours, which is a part of it."""
    return real_schema() if SHARED.exists() else SCHEMA


@cache
def example(name: str) -> Example:
    """A node with all that is asked for, and all else that there is a place for."""
    case = CASES[name]
    return Example(schema(), case.kind, case.paths | read_by(case.form))


def _mattering(case: Case, made: Example) -> set[Path]:
    """Paths where another value makes another row, in some node or other."""
    paths = {path for path in case.paths | read_by(case.form) if made.knows(path)}
    never = {tuple(path.split(".")) for name, path in NEVER_NULL if name == case.name}
    holes = set(_along(paths))
    bases = [made.node, made.nothing_paid()]
    bases += [made.without(path) for path in sorted(holes - never) if nullable(made.type_at(path))]
    bases += made.in_other_states(case.paths)
    found: set[Path] = set()
    for base in bases:
        if case.paths <= found:
            break
        plain = case.read(copy.deepcopy(base))
        for path in paths - found:
            if any(case.read(other) != plain for other in made.others(path, base)):
                found.add(path)
    return found


@pytest.mark.parametrize("name", CASES)
def test_what_is_asked_for_is_read_and_nothing_else(name: str) -> None:
    case = CASES[name]
    matters = _mattering(case, example(name))
    unread = {".".join(path) for path in case.paths - matters}
    if schema() is not SCHEMA:
        assert [path for path in read_by(case.form) if not example(name).knows(path)] == []
    assert unread == set(UNREAD.get(name, {})), "asked for, and nobody reads it"
    assert _optional(name, matters - case.paths) == set(), "read, and nobody asks for it"


def _along(paths: set[Path]) -> list[Path]:
    """The paths, and every place on the way to them."""
    return sorted({path[:size] for path in paths for size in range(1, len(path) + 1)})


def _optional(name: str, paths: set[Path]) -> set[str]:
    """What another document of the same reader asks for, where this one does not need it."""
    elsewhere = {
        "OrdersRefetchFulfillments": {"fulfillments.order.id", "fulfillmentOrders.nodes.fulfillments"},
        "ReturnsBulk": {
            "fulfillments",
            "fulfillmentOrders",
            "returns.nodes.reverseFulfillmentOrders",
        },
    }.get(name, set())
    told = {".".join(path) for path in paths}
    return {path for path in told if not any(path.startswith(start) for start in elsewhere)}


@pytest.mark.parametrize("name", CASES)
def test_what_may_be_null_is_read_as_null(name: str) -> None:
    case, made = CASES[name], example(name)
    for path in _along(case.paths):
        if nullable(made.type_at(path)) and (name, ".".join(path)) not in NEVER_NULL:
            assert case.read(made.without(path)), path


@pytest.mark.parametrize("name", CASES)
def test_a_list_has_no_holes(name: str) -> None:
    """Readers go through lists without looking for nulls between the things in them."""
    made = example(name)
    for path in _along(CASES[name].paths):
        declared = made.type_at(path)
        inner = declared.of_type if is_non_null_type(declared) else declared
        if is_list_type(inner):
            assert is_non_null_type(inner.of_type), path


@pytest.mark.parametrize(("kind", "connection"), PAGES)
def test_further_pages_ask_for_what_the_first_one_did(kind: str, connection: str) -> None:
    first = {
        path[at + 1 :]
        for resource in RESOURCES.values()
        for part in resource.parts
        for path in asked(part.document.text)
        for at, name in enumerate(path[:-1])
        if name == connection and _holds(resource.kind, path[1:at], kind)
    }
    further = below(asked(PAGES[kind, connection].text), ("nodes", connection))
    assert further == first != set()


def _holds(root: str, path: Path, kind: str) -> bool:
    made: Any = SCHEMA.type_map[root]
    for name in path:
        made = made.fields[name].type
        while hasattr(made, "of_type"):
            made = made.of_type
    return str(made) == kind


def test_every_connection_of_a_refetch_can_be_paged() -> None:
    """Further pages are asked for by the id of what has them."""
    seen = set()
    for resource in RESOURCES.values():
        for part in resource.parts:
            told = Example(schema(), resource.kind, below(asked(part.document.text), ("nodes",)))
            for kind, name, has_id in told.connections():
                assert has_id, f"{part.document.name}: {kind} without its id"
                seen.add((kind, name))
    # One medium of a variant is all that is looked at.
    assert seen - {("ProductVariant", "media")} <= PAGES.keys()


def test_every_type_that_a_line_may_be_of_is_expected() -> None:
    media = {kind.name for kind in schema().get_possible_types(schema().type_map["Media"])}  # type: ignore[arg-type]
    assert media <= TYPED["products"].keys()
    returned = schema().get_possible_types(schema().type_map["ReturnLineItemType"])  # type: ignore[arg-type]
    for kind in returned:
        assert PLACES["Return", kind.name] == "returnLineItems"
        assert kind.name in _EXPECTED["returns"]
