"""Which queries cannot be run in bulk, in Shopify's own words."""

from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
    validate,
)

from connector.simulator.admin.schema import SCHEMA

LONGEST = 65_535  # bytes
CONNECTIONS = 5
DEPTH = 2


@dataclass(slots=True)
class _Seen:
    connections: int = 0
    depth: int = 0
    by_nodes: list[str] = field(default_factory=list)
    without_id: list[str] = field(default_factory=list)
    in_list: bool = False


def refusals_of(query: str) -> list[str]:
    """Why Shopify would not run it; nothing if it would."""
    if len(query.encode()) > LONGEST:
        return [f"Query is too long (maximum is {LONGEST} bytes)"]
    try:
        document = parse(query)
    except GraphQLSyntaxError as error:
        what = "unexpected end of file" if "<EOF>" in error.message else error.message
        return [f"Invalid bulk query: syntax error, {what}"]
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation.value != "query":
        return ["Invalid operation type. Only `query` operations are supported."]
    roots = [s for s in operations[0].selection_set.selections if isinstance(s, FieldNode)]
    found = [
        f"Bulk queries cannot contain a top level `{root.name.value}` field."
        for root in roots
        if root.name.value in ("node", "nodes")
    ]
    if operations[0].variable_definitions:
        found.append("Bulk queries cannot contain variables.")
    if len(document.definitions) > 1:  # Shopify may take them; we only run what stands in one piece
        found.append("Bulk queries with fragments are not simulated: write them out.")
    if len(roots) > 1:
        found.append("Bulk queries can only contain one top level field.")
    seen = _Seen()
    _look(operations[0].selection_set, "QueryRoot", seen, depth=0, in_list=False)
    return found + _of_connections(seen) or _invalid(document)


def _of_connections(seen: _Seen) -> list[str]:
    found = []
    if not seen.connections:
        found.append("Bulk queries must contain at least one connection.")
    if seen.connections > CONNECTIONS:
        found.append(f"Bulk queries cannot contain more than {CONNECTIONS} connections.")
    if seen.depth > DEPTH + 1:
        found.append(f"Bulk queries cannot contain connections with a nesting depth greater than {DEPTH}.")
    if seen.by_nodes:
        found.append(
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
            f"'{seen.by_nodes[0]} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. "
            f"Invalid connection fields: '{', '.join(seen.by_nodes)}'."
        )
    if seen.without_id:
        found.append(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias "
            f"and must be of 'ID' return type. Connection fields without 'id': {', '.join(seen.without_id)}."
        )
    if seen.in_list:
        found.append(
            "Queries that contain a connection field within a list field are not currently supported."
        )
    return found


def _look(
    selected: SelectionSetNode | None, kind: str | None, seen: _Seen, *, depth: int, in_list: bool
) -> bool:
    """Whether there is a connection in it. What our schema does not know is judged by its shape."""
    found = False
    for selection in selected.selections if selected else ():
        if not isinstance(selection, FieldNode):
            found |= _look(
                getattr(selection, "selection_set", None), kind, seen, depth=depth, in_list=in_list
            )
            continue
        defined = getattr(SCHEMA.type_map.get(kind or ""), "fields", {}).get(selection.name.value)
        inner = get_named_type(defined.type).name if defined else None
        shapes = _names(selection.selection_set)
        if shapes & {"edges", "nodes"}:
            found = True
            _connection(selection, inner, shapes, seen, depth=depth + 1, in_list=in_list)
        else:
            listed = in_list or bool(defined and is_list_type(get_nullable_type(defined.type)))
            found |= _look(selection.selection_set, inner, seen, depth=depth, in_list=listed)
    return found


def _connection(
    field: FieldNode, kind: str | None, shapes: set[str], seen: _Seen, *, depth: int, in_list: bool
) -> None:
    seen.connections += 1
    seen.depth = max(seen.depth, depth)
    seen.in_list |= in_list
    if "nodes" in shapes:
        seen.by_nodes.append(field.name.value)
    row = (kind or "").removesuffix("Connection") or None
    for edges in _fields(field.selection_set, "edges"):
        for node in _fields(edges.selection_set, "node"):
            nested = _look(node.selection_set, row, seen, depth=depth, in_list=False)
            if nested and not _has_id(node.selection_set):
                seen.without_id.append(field.name.value)


def _has_id(selected: SelectionSetNode | None) -> bool:
    return any(field.alias is None for field in _fields(selected, "id"))


def _fields(selected: SelectionSetNode | None, name: str) -> list[FieldNode]:
    chosen = selected.selections if selected else ()
    return [s for s in chosen if isinstance(s, FieldNode) and s.name.value == name]


def _names(selected: SelectionSetNode | None) -> set[str]:
    chosen = selected.selections if selected else ()
    return {s.name.value for s in chosen if isinstance(s, FieldNode)}


def _invalid(document: DocumentNode) -> list[str]:
    errors: list[GraphQLError] = validate(SCHEMA, document)
    return [f"Invalid bulk query: {error.message}" for error in errors[:1]]
