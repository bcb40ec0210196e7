"""Shopify's search syntax, as far as we filter by it, with its habit of ignoring what it does not know."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from connector.simulator.admin.refusals import bad_request
from connector.simulator.wire import OFFSET

# A bare value ends at a colon: an unquoted time falls apart, and its minutes pass for another filter.
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<mark>[()])|(?P<field>-?\w+):(?P<op>>=|<=|>|<)?(?P<value>"[^"]*"|'[^']*'|[^\s():]+)"""
    r"""|(?P<word>"[^"]*"|'[^']*'|[^\s():]+)|:)"""
)
_RANGE: Final = {">=": "range_gte", "<=": "range_lte", ">": "range_gt", "<": "range_lt", "": "match_all"}
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "": lambda a, b: a == b,
}

Read = Callable[[Any], Any]
Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """How a field is read from a row; `values` are all it can be where that is known."""

    read: Read
    values: frozenset[str] = frozenset()


@dataclass(slots=True)
class Search:
    """What a query means: a test of rows, and what was wrong with it."""

    test: Test
    parsed: dict[str, Any]
    warnings: list[dict[str, str]] = field(default_factory=list)


def parse(query: str, filters: Mapping[str, Filter]) -> Search:
    """Raises GraphQLError for a time that is none; everything else only leaves a warning."""
    reader = _Reader(query, filters)
    test, parsed = reader.either()
    return Search(test, parsed, reader.warnings)


class _Reader:
    def __init__(self, query: str, filters: Mapping[str, Filter]) -> None:
        self._tokens = [match for match in _scan(query) if match.group().strip() not in ("", ":")]
        self._filters = filters
        self.warnings: list[dict[str, str]] = []

    def either(self) -> tuple[Test, dict[str, Any]]:
        found = [self._all()]
        while self._next_is("OR"):
            self._tokens.pop(0)
            found.append(self._all())
        if len(found) == 1:
            return found[0]
        tests = [test for test, _ in found]
        return (lambda row: any(test(row) for test in tests)), {"or": [parsed for _, parsed in found]}

    def _all(self) -> tuple[Test, dict[str, Any]]:
        found: list[tuple[Test, dict[str, Any]]] = []
        while self._tokens and not self._next_is("OR") and self._tokens[0]["mark"] != ")":
            if self._next_is("AND"):
                self._tokens.pop(0)
                continue
            found.append(self._one())
        if len(found) == 1:
            return found[0]
        tests = [test for test, _ in found]
        return (lambda row: all(test(row) for test in tests)), {"and": [parsed for _, parsed in found]}

    def _one(self) -> tuple[Test, dict[str, Any]]:
        token = self._tokens.pop(0)
        if token["mark"] == "(":
            found = self.either()
            if self._tokens and self._tokens[0]["mark"] == ")":
                self._tokens.pop(0)
            return found
        if token["field"] is None:
            return (lambda row: True), {"match_all": (token["word"] or "").strip("'\"")}
        name, op, text = token["field"], token["op"] or "", token["value"].strip("'\"")
        wanted, negated = name.lstrip("-"), name.startswith("-")
        test, shown = self._filter(wanted, op, text)
        parsed = {"field": wanted, _RANGE[op]: shown}
        if negated:
            return (lambda row: not test(row)), {"not": parsed}
        return test, parsed

    def _filter(self, name: str, op: str, text: str) -> tuple[Test, str]:
        known = self._filters.get(name)
        if known is None:
            self._warn(name, "Invalid search field for this query.", "invalid_field")
            return (lambda row: True), text
        if known.values and text.lower() not in known.values:
            self._warn(name, f"Input `{text}` is not an accepted value.", "invalid_value")
            return (lambda row: False), text
        compare, read = _COMPARE[op], known.read
        if name.endswith(("_at", "_date")):
            at = _time(name, text)
            return (lambda row: (seen := read(row)) is not None and compare(seen, at)), at.isoformat()
        if name == "id":
            number = int(text) if text.isdigit() else 0
            return (lambda row: compare(read(row), number)), text
        return (lambda row: _same(read(row), text)), text

    def _warn(self, name: str, message: str, code: str) -> None:
        self.warnings.append({"field": name, "message": message, "code": code})

    def _next_is(self, word: str) -> bool:
        return bool(self._tokens) and self._tokens[0]["word"] == word


def _scan(query: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(query) and (match := _TOKEN.match(query, at)):
        yield match
        at = match.end()


def _same(seen: Any, text: str) -> bool:
    return seen is not None and str(seen).lower() == text.lower()


def _time(name: str, text: str) -> datetime:
    """A time without a zone is the shop's own."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"Invalid timestamp for query filter `{name}`.") from None
    return (at if at.tzinfo else at.replace(tzinfo=OFFSET)).astimezone(UTC)
