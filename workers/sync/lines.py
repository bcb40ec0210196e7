"""A bulk result's lines: split as they stream, counted, and never more than a chunk of them in memory."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec

from connector.errors import ConnectorError

#: A chunk is read, staged and noted as one; bytes.
CHUNK = 2 * 1024 * 1024
#: No object of a shop comes near; bytes.
LONGEST_LINE = 16 * 1024 * 1024

#: `id` stands first in every selection of ours, and so in nearly every line.
_HEAD = re.compile(rb'\{"id":\s?"gid:\\?/\\?/shopify\\?/(\w+)\\?/')
_ESCAPE = re.compile(rb"\\[^/]")


class Damaged(ConnectorError):
    """A bulk result is not what Shopify said it would be: nothing of it may be applied."""


class Chunk(NamedTuple):
    """Whole lines, and the offset in the file at which the next ones begin."""

    lines: list[bytes]
    offset: int
    #: Whether all lines are plain, see `is_plain`.
    plain: bool


class Head(msgspec.Struct):
    """What tells a line's kind where its first field does not."""

    id: str | None = None
    typename: str | None = msgspec.field(name="__typename", default=None)


_head = msgspec.json.Decoder(Head)


async def chunks(source: AsyncIterator[bytes], offset: int) -> AsyncIterator[Chunk]:
    """The lines of a file from ``offset`` on, which must be where a line begins.

    Raises Damaged for a file that ends within a line, or has one longer than any object.
    """
    rest: list[bytes] = []
    size = 0
    async for part in source:
        rest.append(part)
        size += len(part)
        if size < CHUNK:
            continue
        whole, newline, tail = b"".join(rest).rpartition(b"\n")
        if newline:
            offset += len(whole) + 1
            yield Chunk(whole.split(b"\n"), offset, is_plain(whole))
        elif size > LONGEST_LINE:
            raise Damaged(f"a line after byte {offset} is longer than {LONGEST_LINE // 2**20} MB")
        rest, size = [tail], len(tail)
    whole = b"".join(rest)
    if not whole:
        return
    if whole.endswith(b"\n"):
        yield Chunk(whole[:-1].split(b"\n"), offset + len(whole), is_plain(whole))
    else:
        begins = whole.rfind(b"\n") + 1
        _require_whole(whole[begins:], offset + begins)
        yield Chunk(whole.split(b"\n"), offset + len(whole), is_plain(whole))


def is_plain(lines: bytes) -> bool:
    """Whether no string in there has a character that JSON must escape; Shopify escapes slashes anyway."""
    return _ESCAPE.search(lines) is None


def head_of(line: bytes) -> bytes:
    """The beginning that all lines of its type share; empty where its type does not stand there."""
    found = _HEAD.match(line)
    return found[0] if found else b""


def kind_of(line: bytes) -> str:
    """The type of the object in a line, from its gid or its ``__typename``; "" where it has neither."""
    if found := _HEAD.match(line):
        return found[1].decode()
    try:
        head = _head.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"a line is no JSON object: {error}") from None
    if head.id and head.id.startswith("gid://shopify/"):
        return head.id.split("/")[3]
    return head.typename or ""


def _require_whole(line: bytes, offset: int) -> None:
    """Whether a last line without its newline came whole."""
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Damaged(f"the file ends in the middle of a line, after byte {offset}") from None
