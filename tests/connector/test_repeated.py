"""What changes while it is read page by page, or written to a file, is told twice, and kept once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from connector.changes import Change
from tests.connector.test_asked_fields import CASES, example


def doubled(value: Any) -> Any:
    """With every node of every connection once more, behind the others."""
    if isinstance(value, list):
        return [doubled(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: doubled(inner) for name, inner in value.items()}
    if isinstance(made.get("nodes"), list):
        made["nodes"] += copy.deepcopy(made["nodes"])
    return made


@pytest.mark.parametrize("name", CASES)
def test_what_is_told_twice_is_kept_once(name: str) -> None:
    case, node = CASES[name], example(name).node
    once, twice = case.read(copy.deepcopy(node)), case.read(doubled(node))
    if not isinstance(once[0], Change):
        pytest.skip("lines of their own, which the merge takes once")
    assert {(c.record.statement, c.key): c for c in twice} == {(c.record.statement, c.key): c for c in once}
