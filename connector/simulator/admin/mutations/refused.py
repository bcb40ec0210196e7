"""A mutation that is understood and still not done: why, in Shopify's words."""

import re
from collections.abc import Callable
from typing import Any, Final

from connector.simulator.admin import refusals

_GID: Final = re.compile(r"gid://shopify/(\w+)/(\d+)(?:\?.*)?")
Payload = dict[str, Any]
Problem = dict[str, Any]


class Refused(Exception):
    """Nothing was done. Each problem names a field of the input, a sentence, and mostly a code."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0]["message"])
        self.problems = list(problems)


def problem(field: list[Any] | None, message: str, code: str | None = None) -> Problem:
    path = None if field is None else [str(step) for step in field]
    return {"field": path, "message": message, "code": code}


def answered(name: str | None, do: Callable[[], Any]) -> Payload:
    """The mutation's payload: what was made under its name, or why nothing was."""
    try:
        made = do()
    except Refused as refused:
        return {name: None, "userErrors": refused.problems} if name else {"userErrors": refused.problems}
    return {name: made, "userErrors": []} if name else {"userErrors": []}


def number_of(gid: str, kind: str) -> int:
    """The number in the id. GraphQLError where it is none, or one of another kind."""
    match = _GID.fullmatch(gid)
    if match is None:
        raise refusals.malformed_id(gid)
    if match[1] != kind:
        raise refusals.not_found(gid)
    return int(match[2])
