"""What a GraphQL document of ours asks for, and nodes made of it as the schema says they may look."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import msgspec.inspect as inspecting
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
)

Path = tuple[str, ...]

#: Two pages of a shop may not name one thing twice; readers that see to it read ids of two.
COPIES = 2


def asked(text: str) -> set[Path]:
    """Paths of all leaves of a document; edges and nodes are one, pages and types are left out."""
    parsed = parse(text)
    parts = {d.name.value: d for d in parsed.definitions if isinstance(d, FragmentDefinitionNode)}
    (operation,) = [d for d in parsed.definitions if isinstance(d, OperationDefinitionNode)]

    def leaves(selected: SelectionSetNode, at: Path) -> Iterator[Path]:
        for each in selected.selections:
            if isinstance(each, FragmentSpreadNode):
                yield from leaves(parts[each.name.value].selection_set, at)
            elif isinstance(each, InlineFragmentNode):
                yield from leaves(each.selection_set, at)
            elif isinstance(each, FieldNode) and each.name.value not in ("pageInfo", "__typename"):
                name = each.alias.value if each.alias else each.name.value
                here = at if name == "edges" else (*at, "nodes" if name == "node" else name)
                if each.selection_set is None:
                    yield here
                else:
                    yield from leaves(each.selection_set, here)

    return set(leaves(operation.selection_set, ()))


def below(paths: set[Path], root: Path) -> set[Path]:
    return {path[len(root) :] for path in paths if path[: len(root)] == root}


def read_by(form: Any) -> set[Path]:
    """Paths of all leaves that a struct has a place for, whatever becomes of them."""
    return set(_places(inspecting.type_info(form), ()))


def _places(info: inspecting.Type, at: Path) -> Iterator[Path]:
    match info:
        case inspecting.StructType(fields=fields):
            for field in fields:
                if not field.encode_name.startswith("__"):
                    yield from _places(field.type, (*at, field.encode_name))
        case inspecting.UnionType(types=types):
            inner = [each for each in types if not isinstance(each, inspecting.NoneType)]
            yield from _places(inner[0], at)
        case (
            inspecting.VarTupleType(item_type=item)
            | inspecting.ListType(item_type=item)
            | inspecting.DictType(value_type=item)
        ):
            yield from _places(item, at)
        case _:
            yield at


class Example:
    """A node of a type in a schema with all of some paths filled in, and what else may stand there."""

    def __init__(self, schema: GraphQLSchema, kind: str, paths: set[Path]) -> None:
        self._schema, self._numbers = schema, iter(range(1, 100_000))
        self._states = False
        self._handed_over = cycle(range(1, COPIES + 1))
        self.kind = kind
        paths = {path for path in paths if self.knows(path)}
        self.node: dict[str, Any] = self._object(schema.type_map[kind], paths)

    def field(self, kind: GraphQLNamedType, name: str) -> Any:
        """A field's definition; raises KeyError where Shopify has no such field on the type."""
        if is_abstract_type(kind) and name not in getattr(kind, "fields", {}):
            holders = self._schema.get_possible_types(kind)
            kind = next(each for each in holders if name in each.fields)
        return kind.fields[name]  # type: ignore[attr-defined]

    def knows(self, path: Path) -> bool:
        """Whether Shopify has a field there."""
        try:
            self.type_at(path)
        except (KeyError, StopIteration):
            return False
        return True

    def type_at(self, path: Path) -> Any:
        """The declared type of what stands at a path."""
        told: Any = self._schema.type_map[self.kind]
        for name in path:
            told = self.field(get_named_type(told), name).type
        return told

    def connections(self) -> Iterator[tuple[str, str, bool]]:
        """Types that have a connection in the node, its name, and whether their id is in there too."""
        yield from self._connections(self._schema.type_map[self.kind], self.node)

    def _connections(self, kind: GraphQLNamedType, value: Any) -> Iterator[tuple[str, str, bool]]:
        for name, inner in value.items():
            named = get_named_type(self.field(kind, name).type)
            if named.name.endswith("Connection"):
                yield kind.name, name, "id" in value
            for each in inner if isinstance(inner, list) else [inner]:
                if isinstance(each, dict):
                    yield from self._connections(named, each)

    def without(self, path: Path) -> dict[str, Any]:
        """The node with null at a path, wherever that is."""
        return self._changed(path, lambda value: None, everywhere=True)

    def nothing_paid(self) -> dict[str, Any]:
        """The node with every amount 0."""
        made = copy.deepcopy(self.node)
        _zero(made)
        return made

    def others(self, path: Path, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The same with something else at a path."""
        declared = self.type_at(path)
        held = list(_at(base, path))
        if not held or held[0] is None:
            return
        words = is_list_type(get_nullable_type(declared))
        for value in [held[:1]] if words else _values(get_named_type(declared), held):
            yield self._changed(path, lambda old, value=value: value, base=base)

    def in_other_states(self, paths: set[Path]) -> Iterator[dict[str, Any]]:
        """The node with each of its enums at each other value, everywhere."""
        for path in sorted(paths):
            if self.knows(path) and is_enum_type(named := get_named_type(self.type_at(path))):
                for value in list(named.values)[:8]:
                    yield self._changed(path, lambda old, value=value: value, everywhere=True)

    def _changed(
        self, path: Path, change: Any, *, base: dict[str, Any] | None = None, everywhere: bool = False
    ) -> dict[str, Any]:
        made = copy.deepcopy(self.node if base is None else base)
        for holder in list(_at(made, path[:-1]))[: None if everywhere else 1]:
            if holder is not None:
                holder[path[-1]] = change(holder.get(path[-1]))
        return made

    def _object(self, kind: GraphQLNamedType, paths: set[Path]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name in sorted({path[0] for path in paths}):
            declared = self.field(kind, name).type
            inner = {path[1:] for path in paths if path[0] == name and len(path) > 1}
            if is_list_type(get_nullable_type(declared)):
                made[name] = [self._value(kind, name, declared, inner) for _ in range(COPIES)]
            else:
                made[name] = self._value(kind, name, declared, inner)
        return made

    def _value(self, kind: GraphQLNamedType, name: str, declared: Any, inner: set[Path]) -> Any:
        named, number = get_named_type(declared), next(self._numbers)
        if not is_leaf_type(named):
            return self._object(named, inner)
        if is_enum_type(named):
            return next(iter(named.values))
        if kind.name == "InventoryQuantity" and name == "name":
            self._states = not self._states
            return "available" if self._states else "on_hand"
        if kind.name == "FulfillmentLineItem" and name == "id":  # what comes back is among what went out
            return f"gid://shopify/FulfillmentLineItem/{next(self._handed_over)}"
        kinds = self._schema.get_possible_types(kind) if is_abstract_type(kind) else [kind]
        owner = "Order" if name == "orderId" else kinds[0].name
        return {
            "ID": f"gid://shopify/{owner}/{number}",
            "Int": number,
            "UnsignedInt64": str(number),
            "Float": number + 0.5,
            "Boolean": True,
            "DateTime": "2026-01-02T03:04:05Z",
            "Decimal": f"{number}.50",
            "Money": f"{number}.50",
        }.get(named.name, f"{name} {number}")


def _values(named: Any, held: list[Any]) -> list[Any]:
    """What else a leaf may hold: a sibling's id too, and each other value of an enum."""
    if is_enum_type(named):
        return [value for value in named.values if value != held[0]][:8]
    match named.name:
        case "ID":
            return [*held[1:], held[0].rpartition("/")[0] + "/777777"]
        case "Boolean":
            return [not held[0]]
        case "Int" | "Float":
            return [held[0] + 1000]
        case "UnsignedInt64":
            return ["777777"]
        case "DateTime":
            return ["2026-09-09T09:09:09Z"]
        case "Decimal" | "Money":
            return ["777.25", "0.0"]
        case _:
            return [*held[1:], "something else"]


def _at(value: Any, path: Path) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _at(each, path)
    elif not path:
        yield value
    elif value is not None and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _zero(value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _zero(each)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "amount":
                value[name] = "0.0"
            _zero(inner)


def nullable(declared: Any) -> bool:
    return not is_non_null_type(declared)
