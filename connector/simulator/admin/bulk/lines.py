"""The lines of a bulk result, one object after the other as they are read from the shop."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from graphql import (
    FieldNode,
    GraphQLNamedType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    parse,
)

from connector.simulator.admin.fields.table import kind_of, read
from connector.simulator.admin.fields.values import Part
from connector.simulator.admin.rows import Rows
from connector.simulator.admin.schema import SCHEMA
from connector.simulator.admin.view import View
from connector.simulator.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class _Wanted:
    key: str
    name: str
    arguments: Mapping[str, Any]
    kind: str  # declared for what it answers with
    inner: tuple["_Wanted | _Only", ...]
    row: tuple["_Wanted | _Only", ...] | None  # of a connection: what is wanted of its rows


@dataclass(frozen=True, slots=True)
class _Only:
    """Wanted of one type only."""

    kind: str
    inner: tuple["_Wanted | _Only", ...]


@dataclass(frozen=True, slots=True)
class Line:
    text: bytes  # without its end
    root: bool


def lines_of(query: str, view: View) -> Iterator[Line]:
    """Children right after their parents. Raises GraphQLError where something may not be read.

    What is gone by the time it would be read is left out: the result is of the shop while it is written.
    """
    document = parse(query)
    operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    [root] = _compiled(operation.selection_set, SCHEMA.type_map["QueryRoot"])
    assert isinstance(root, _Wanted) and root.row is not None
    rows = read(None, "QueryRoot", root.name, view, root.arguments)
    for source in list(rows.sources):
        if _is_there(view, source):
            # All of it at one moment: while others have their turn, parts of it may go.
            yield from list(_lines(source, root.row, view, None))


def catalogue_lines(query: str, catalogue: Catalogue) -> Iterator[Line] | None:
    """What a catalogue tells instead of the shop; None for what is not in it."""
    words = query.split()
    if "variants" in words and "products" in words:
        return (Line(text, root=b"__parentId" not in text) for text in catalogue.tell_products())
    if "quantities(names:" in words:
        return (Line(text, root=b"__parentId" not in text) for text in catalogue.tell_inventory())
    return None


def encoded(value: Any) -> bytes:
    """JSON as bulk results write it, with slashes escaped."""
    return msgspec.json.encode(value).replace(b"/", b"\\/")


def _lines(
    source: Any, wanted: tuple[_Wanted | _Only, ...], view: View, parent: str | None
) -> Iterator[Line]:
    nested: list[tuple[Rows, tuple[_Wanted | _Only, ...]]] = []
    body = _object(source, kind_of(source), wanted, view, nested)
    if parent is not None:
        body["__parentId"] = parent
    yield Line(encoded(body), root=parent is None)
    for rows, row in nested:
        for child in list(rows.sources):
            yield from _lines(child, row, view, body["id"])


def _object(
    source: Any,
    kind: str,
    wanted: tuple[_Wanted | _Only, ...],
    view: View,
    nested: list[tuple[Rows, tuple[_Wanted | _Only, ...]]],
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for field in wanted:
        if isinstance(field, _Only):
            if field.kind in (kind, *_interfaces(kind)):
                body |= _object(source, kind, field.inner, view, nested)
        elif field.name == "__typename":
            body[field.key] = kind
        else:
            value = read(source, kind, field.name, view, field.arguments)
            if field.row is not None:
                nested.append((value, field.row))
            else:
                body[field.key] = _value(value, field, view, nested)
    return body


def _value(value: Any, field: _Wanted, view: View, nested: list[Any]) -> Any:
    if value is None or not field.inner:
        return value
    if isinstance(value, list):
        return [_value(each, field, view, nested) for each in value]
    kind = field.kind if isinstance(value, dict) else kind_of(value)
    return _object(value, kind, field.inner, view, nested)


def _is_there(view: View, source: Any) -> bool:
    """Rows that were listed at the beginning may have been deleted since."""
    shop = view.shop
    if isinstance(source, Part):
        return source.order.id in shop.orders
    held: Mapping[str, Mapping[int, Any]] = {
        "Product": shop.products,
        "Collection": shop.collections,
        "InventoryItem": shop.items,
        "Location": shop.locations,
        "Customer": shop.customers,
        "Order": shop.orders,
    }
    table = held.get(kind_of(source))
    return table is None or source.id in table


def _interfaces(kind: str) -> list[str]:
    return [interface.name for interface in getattr(SCHEMA.type_map[kind], "interfaces", ())]


def _compiled(selected: SelectionSetNode | None, kind: GraphQLNamedType) -> tuple[_Wanted | _Only, ...]:
    found: list[_Wanted | _Only] = []
    for selection in selected.selections if selected else ():
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            inner = SCHEMA.type_map[condition.name.value] if condition else kind
            found.append(_Only(inner.name, _compiled(selection.selection_set, inner)))
        elif isinstance(selection, FieldNode):
            found.append(_field(selection, kind))
    return tuple(found)


def _field(node: FieldNode, kind: GraphQLNamedType) -> _Wanted:
    key = node.alias.value if node.alias else node.name.value
    if node.name.value == "__typename":
        return _Wanted(key, "__typename", {}, "String", (), None)
    defined = kind.fields[node.name.value]  # type: ignore[attr-defined]
    inner = get_named_type(defined.type)
    arguments = get_argument_values(defined, node)
    if not inner.name.endswith("Connection"):
        below = _compiled(node.selection_set, inner)
        return _Wanted(key, node.name.value, arguments, inner.name, below, None)
    row_kind = get_named_type(inner.fields["nodes"].type)
    rows: list[_Wanted | _Only] = []
    for edges in _named(node.selection_set, "edges"):
        for row in _named(edges.selection_set, "node"):
            rows += _compiled(row.selection_set, row_kind)
    return _Wanted(key, node.name.value, arguments, inner.name, (), tuple(rows))


def _named(selected: SelectionSetNode | None, name: str) -> list[FieldNode]:
    chosen = selected.selections if selected else ()
    return [s for s in chosen if isinstance(s, FieldNode) and s.name.value == name]
