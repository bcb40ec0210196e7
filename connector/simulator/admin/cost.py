"""What a query costs: announced from its text, and really from its answer."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    parse,
)

from connector.simulator.admin.schema import SCHEMA

MUTATION: Final = 10
MOST: Final = 1_000
Variables = Mapping[str, Any]


def cost_of(document: str | DocumentNode, variables: Variables | None = None, name: str | None = None) -> int:
    """As announced: scalars nothing, objects 1, connections as many rows as they may hold, mutations 10 more.

    Dearer than Shopify really is, which knows discounts for long pages and for money: who can pay this
    can pay Shopify.
    """
    reckoning = _Reckoning(document, variables or {})
    return reckoning.operation(name, None)


def actual_cost(
    document: str | DocumentNode, variables: Variables, name: str | None, data: Mapping[str, Any] | None
) -> int:
    """Of what was really answered."""
    return _Reckoning(document, variables).operation(name, data or {})


class _Reckoning:
    def __init__(self, document: str | DocumentNode, variables: Variables) -> None:
        parsed = parse(document) if isinstance(document, str) else document
        self._variables = variables
        self._operations = [d for d in parsed.definitions if isinstance(d, OperationDefinitionNode)]
        self._fragments = {
            d.name.value: d for d in parsed.definitions if isinstance(d, FragmentDefinitionNode)
        }

    def operation(self, name: str | None, data: Mapping[str, Any] | None) -> int:
        """With data None, what could come; else what did."""
        wanted = next(o for o in self._operations if name is None or (o.name and o.name.value == name))
        if wanted.operation.value == "mutation":
            fields = [s for s in wanted.selection_set.selections if isinstance(s, FieldNode)]
            return sum(MUTATION + self._made(field, data) for field in fields)
        found = self._selection(wanted.selection_set, SCHEMA.type_map["QueryRoot"], data)
        return max(1, found)

    def _made(self, mutation: FieldNode, data: Mapping[str, Any] | None) -> int:
        """What is asked of the thing that a mutation made; the thing itself is in its price."""
        payload: Any = get_named_type(SCHEMA.type_map["Mutation"].fields[mutation.name.value].type)  # type: ignore[attr-defined]
        given = None if data is None else data.get(_key(mutation)) or {}
        found = 0
        for field in mutation.selection_set.selections if mutation.selection_set else ():
            if isinstance(field, FieldNode) and field.name.value not in ("userErrors", "__typename"):
                inner = get_named_type(payload.fields[field.name.value].type)
                made = None if given is None else given.get(_key(field)) or {}
                found += self._selection(field.selection_set, inner, made)
        return found

    def _selection(
        self, selected: SelectionSetNode | None, kind: GraphQLNamedType, data: Mapping[str, Any] | None
    ) -> int:
        own, branches = 0, [0]
        for selection in selected.selections if selected else ():
            if isinstance(selection, FieldNode):
                own += self._field(selection, kind, data)
                continue
            fragment = (
                self._fragments[selection.name.value]
                if isinstance(selection, FragmentSpreadNode)
                else selection
            )
            condition = fragment.type_condition  # type: ignore[union-attr]
            inner = SCHEMA.type_map[condition.name.value] if condition else kind
            branches.append(self._selection(fragment.selection_set, inner, data))  # type: ignore[union-attr]
        return own + (max(branches) if is_abstract_type(kind) else sum(branches))

    def _field(self, field: FieldNode, kind: GraphQLNamedType, data: Mapping[str, Any] | None) -> int:
        defined = getattr(kind, "fields", {}).get(field.name.value)
        if defined is None:
            return 0
        inner = get_named_type(defined.type)
        if is_leaf_type(inner) or inner.name == "PageInfo":
            return 0
        if data is not None:
            return self._answered(field, inner, data.get(_key(field)))
        arguments = {a.name.value: a.value for a in field.arguments or ()}
        size = self._size(arguments.get("first") or arguments.get("last") or arguments.get("ids"))
        if inner.name.endswith("Connection"):
            return (size or 0) * self._row(field, inner, None)
        return (1 if size is None else size) * (1 + self._selection(field.selection_set, inner, None))

    def _answered(self, field: FieldNode, inner: GraphQLNamedType, value: Any) -> int:
        if value is None:
            return 0
        if isinstance(value, list):
            return sum(self._answered(field, inner, each) for each in value)
        if not inner.name.endswith("Connection"):
            return 1 + self._selection(field.selection_set, inner, value)
        rows = value.get("nodes") or [edge["node"] for edge in value.get("edges") or ()]
        return sum(self._row(field, inner, row) for row in rows)

    def _row(self, field: FieldNode, connection: GraphQLNamedType, row: Mapping[str, Any] | None) -> int:
        """One row of the connection, by `nodes` or by `edges`."""
        for inner in self._named(field, "nodes", *self._named_all(field, "edges")):
            kind: Any = get_named_type(connection.fields["nodes"].type)  # type: ignore[attr-defined]
            return 1 + self._selection(inner.selection_set, kind, row)
        return 0

    def _named(self, field: FieldNode, name: str, *edges: FieldNode) -> Iterable[FieldNode]:
        yield from self._named_all(field, name)
        for edge in edges:
            yield from self._named_all(edge, "node")

    @staticmethod
    def _named_all(field: FieldNode, name: str) -> list[FieldNode]:
        chosen = field.selection_set.selections if field.selection_set else ()
        return [s for s in chosen if isinstance(s, FieldNode) and s.name.value == name]

    def _size(self, value: Any) -> int | None:
        if isinstance(value, VariableNode):
            told = self._variables.get(value.name.value)
            return len(told) if isinstance(told, list | tuple) else told
        if isinstance(value, ListValueNode):
            return len(value.values)
        return int(value.value) if isinstance(value, IntValueNode) else None


def _key(field: FieldNode) -> str:
    """Under which name its answer stands."""
    return field.alias.value if field.alias else field.name.value
