"""One GraphQL request: read, priced, allowed or throttled, answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    execute_sync,
    parse,
    print_ast,
    validate,
)
from graphql.execution.values import get_directive_values, get_variable_values

from connector.simulator.admin.bucket import Bucket
from connector.simulator.admin.cost import MOST, actual_cost, cost_of
from connector.simulator.admin.fields.table import kind_of, read
from connector.simulator.admin.rows import Rows, page
from connector.simulator.admin.schema import SCHEMA
from connector.simulator.admin.view import View

LIMITS: Final = "https://shopify.dev/api/usage/limits#rate-limits"
_UNKNOWN_FIELD: Final = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
Answer = dict[str, Any]


def answer(
    text: str, variables: Mapping[str, Any], name: str | None, view: View, bucket: Bucket, *, throttled: bool
) -> Answer:
    """The body of the answer; `throttled` refuses it whatever the bucket holds."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return {"errors": [_shown(error) | {"extensions": {"code": "PARSE_ERROR"}}]}
    if errors := validate(SCHEMA, document):
        return {"errors": [_invalid(error) for error in errors]}
    operation = _operation(document, name)
    coerced = get_variable_values(SCHEMA, operation.variable_definitions or (), dict(variables))
    if isinstance(coerced, list):
        return {"errors": [_bad_variable(problem, variables) for problem in coerced]}
    requested = cost_of(document, variables, name)
    if requested > MOST:
        return _too_dear(requested)
    if throttled or not bucket.take(requested):
        extensions = {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"}
        cost = _cost(requested, None, bucket)
        return {"errors": [{"message": "Throttled", "extensions": extensions}], "extensions": {"cost": cost}}
    result = execute_sync(
        SCHEMA,
        document,
        variable_values=dict(variables),
        operation_name=name,
        context_value=view,
        field_resolver=_resolve,
        type_resolver=lambda source, info, kind: kind_of(source),
    )
    actual = min(requested, actual_cost(document, variables, name, result.data))
    bucket.give_back(requested - actual)
    return _body(result, _cost(requested, actual, bucket), view)


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    view: View = info.context
    view.path = info.path.as_list()
    if info.parent_type.name == "Mutation":
        view.key = _key(info)
    value = read(source, info.parent_type.name, info.field_name, view, arguments)
    return page(value, arguments) if isinstance(value, Rows) else value


def _key(info: GraphQLResolveInfo[Any]) -> str | None:
    directive = SCHEMA.get_directive("idempotent")
    if directive is None:
        return None
    given = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    return None if given is None else str(given["key"])


def mutates(text: str, name: str | None) -> bool:
    """Whether the operation would change anything; False of what cannot be read."""
    try:
        return _operation(parse(text), name).operation is OperationType.MUTATION
    except (GraphQLSyntaxError, IndexError):
        return False


def _body(result: ExecutionResult, cost: Answer, view: View) -> Answer:
    body: Answer = {}
    if result.errors:
        body["errors"] = [_shown(error) for error in result.errors]
    body["data"] = result.data
    body["extensions"] = {"cost": cost} | ({"search": view.warnings} if view.warnings else {})
    return body


def _cost(requested: int, actual: int | None, bucket: Bucket) -> Answer:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": bucket.status(),
    }


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    return next((o for o in operations if name and o.name and o.name.value == name), operations[0])


def _shown(error: GraphQLError) -> Answer:
    return dict(error.formatted)


def _invalid(error: GraphQLError) -> Answer:
    shown = _shown(error)
    if match := _UNKNOWN_FIELD.match(error.message):
        field, kind = match.groups()
        told = f"Field '{field}' doesn't exist on type '{kind}'"
        code = {"code": "undefinedField", "typeName": kind, "fieldName": field}
        return shown | {"message": told, "extensions": code}
    return shown | {"extensions": {"code": "invalidDocument"}}


def _bad_variable(error: GraphQLError, variables: Mapping[str, Any]) -> Answer:
    node = next((n for n in error.nodes or () if isinstance(n, VariableDefinitionNode)), None)
    if node is None:
        return _shown(error) | {"extensions": {"code": "INVALID_VARIABLE"}}
    name = node.variable.name.value
    return _shown(error) | {
        "message": f"Variable ${name} of type {print_ast(node.type)} was provided invalid value",
        "extensions": {
            "code": "INVALID_VARIABLE",
            "value": variables.get(name),
            "problems": [{"path": [], "explanation": error.message}],
        },
    }


def _too_dear(requested: int) -> Answer:
    told = (
        f"Query cost is {requested}, which exceeds the single query max cost limit ({MOST}).\n\n"
        f"See {LIMITS}; bulk operations have no such limit.\n"
    )
    extensions = {
        "code": "MAX_COST_EXCEEDED",
        "cost": requested,
        "maxCost": MOST,
        "documentation": LIMITS,
    }
    return {"errors": [{"message": told, "extensions": extensions}]}
