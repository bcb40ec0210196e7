"""Typed streams' lines in the text form of Postgres's COPY, which costs no object per value."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from workers.sync.lines import Chunk, Damaged, head_of, is_plain, kind_of
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
    # How lines of each type begin, as far as met: there are few, and most lines are like the one before.
    heads: dict[bytes, Kind] = {}
    head, plain, read, told = b"\n", chunk.plain, next(iter(kinds.values())).row, list[str]()
    try:
        for number, line in enumerate(chunk.lines, position):
            if not line.startswith(head):
                head = next(filter(line.startswith, heads), b"") or head_of(line) or b"\n"
                kind = heads.get(head) or _kind(line, stream)
                if head != b"\n":
                    heads[head] = kind
                read, told = kind.row, rows[kind.table]
            row = read(line, number)
            # A string without an escape in JSON holds nothing that COPY would have escaped either.
            if not plain and not is_plain(line):
                row = [None if value is None else value.translate(_ESCAPED) for value in row]
            told.append("\t".join([NULL if value is None else value for value in row]))
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise Damaged(f"a line is not as it was asked for: {error}") from None
    return {
        kind: ("\n".join(lines) + "\n").encode()
        for kind in dict.fromkeys(kinds.values())
        if (lines := rows[kind.table])
    }


def _kind(line: bytes, stream: str) -> Kind:
    name = kind_of(line)
    if name not in TYPED[stream]:
        raise foreign(name, stream)
    return TYPED[stream][name]
