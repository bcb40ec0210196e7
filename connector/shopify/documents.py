"""The GraphQL documents: kept in .graphql files beside what they belong to, named by their operations."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_DEFINITION = re.compile(r"^(query|mutation|fragment) (\w+)", re.MULTILINE)
_SPREAD = re.compile(r"\.\.\.(\w+)")


class Document(NamedTuple):
    """One operation with the fragments it uses, as it is sent."""

    name: str
    text: str


@cache
def document(package: str, file: str, operation: str) -> Document:
    """The operation of that name in ``file``.graphql beside the modules of ``package``."""
    definitions = _definitions(package, file)
    needed = [operation]
    for name in needed:
        used = dict.fromkeys(_SPREAD.findall(definitions[name]))
        needed += [fragment for fragment in used if fragment not in needed]
    return Document(operation, "\n\n".join(definitions[name] for name in needed))


@cache
def bulk_query(file: str, operation: str) -> str:
    """A family's operation as a bulk operation takes it: nameless, its fragments written out."""
    definitions = _definitions("connector.families", file)
    text = _braced(definitions[operation])
    while spread := _SPREAD.search(text):
        fields = _braced(definitions[spread[1]])[1:-1].strip()
        text = text[: spread.start()] + fields + text[spread.end() :]
    return re.sub(r"\s+", " ", text)


@cache
def _definitions(package: str, file: str) -> dict[str, str]:
    text = (files(package) / f"{file}.graphql").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    starts = list(_DEFINITION.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return {start[2]: text[start.start() : end].strip() for start, end in zip(starts, ends, strict=True)}


def _braced(definition: str) -> str:
    return definition[definition.index("{") :]
