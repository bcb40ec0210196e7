"""Typed streams' lines in the text form of Postgres's COPY, which costs no object per value."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import msgspec

from workers.sync.lines import Chunk, Damaged, is_plain, kind_of
from workers.sync.rows import TYPED, Kind

NULL = r"\N"
_ESCAPED = str.maketrans(
    {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": "\ufffd"}  # Postgres holds no NUL
)


def foreign(kind: str, stream: str) -> Damaged:
    """That a line is of a type which was not asked for."""
    return Damaged(f"a line is of a type that was not asked for among {stream}: {kind or 'it has none'}")


def typed(stream: str, chunk: Chunk, position: int) -> Mapping[Kind, bytes]:
    """A chunk's rows by what they are; its first line is the file's ``position``-th object.

    Raises Damaged for a line that is not of the stream.
    """
    kinds = TYPED[stream]
    rows: dict[str, list[str]] = {kind.table: [] for kind in kinds.values()}
    head, kind = b"\n", next(iter(kinds.values()))
    try:
        for number, line in zip(count(position), chunk.lines):
            # Lines of one type come in runs: most begin like the one before.
            if not line.startswith(head):
                name = kind_of(line)
                if name not in kinds:
                    raise foreign(name, stream)
                kind = kinds[name]
                head = line[: line.find(name.encode()) + len(name) + 1]
            row = kind.row(line, number)
            # A string without an escape in JSON holds nothing that COPY would have escaped either.
            if not chunk.plain and not is_plain(line):
                row = [None if value is None else value.translate(_ESCAPED) for value in row]
            rows[kind.table].append("\t".join([NULL if value is None else value for value in row]))
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise Damaged(f"a line is not as it was asked for: {error}") from None
    return {
        kind: ("\n".join(lines) + "\n").encode()
        for kind in dict.fromkeys(kinds.values())
        if (lines := rows[kind.table])
    }
