"""What may be wrong with a bulk result's file, done to its lines as they pass."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import Final

from connector.simulator.admin.bulk.lines import Line, encoded
from connector.simulator.admin.faults import Faults

WINDOW: Final = 64  # lines within which order is lost
LONG: Final = 1_100_000


def spoiled(lines: Iterable[Line], faults: Faults, random: Random) -> Iterator[Line]:
    """As the faults have it, but for the cuts. With none of them the lines pass as they are."""
    if faults.long_line:
        lines = _lengthened(lines)
    if faults.reorder:
        lines = _shuffled(lines, random)
    if faults.duplicate:
        lines = _repeated(lines, faults.duplicate)
    yield from lines
    for n in range(faults.foreign_lines):
        yield Line(_foreign(n), root=True)
    for _ in range(faults.not_json):
        yield Line(b"<html>upstream connect error", root=False)


def cut(written: int, line: bytes, faults: Faults) -> bytes | None:
    """What of the next line still gets into the file, where `written` lines did; None ends it."""
    if faults.cut_at_line and written >= faults.cut_at_line:
        return None
    if faults.cut_mid_line and written >= faults.cut_mid_line:
        return None
    if faults.cut_mid_line and written + 1 == faults.cut_mid_line:
        return line[: max(1, len(line) // 2)]
    return line + b"\n"


def _lengthened(lines: Iterable[Line]) -> Iterator[Line]:
    """The first line gets a field that nobody asked for."""
    for n, line in enumerate(lines):
        if n:
            yield line
        else:
            yield Line(line.text[:-1] + b',"padding":"' + b"x" * LONG + b'"}', line.root)


def _shuffled(lines: Iterable[Line], random: Random) -> Iterator[Line]:
    held: list[Line] = []
    for line in lines:
        held.append(line)
        if len(held) > WINDOW:
            yield held.pop(random.randrange(len(held)))
    # From the end: with few lines, every child comes before its parent.
    yield from reversed(held)


def _repeated(lines: Iterable[Line], every: int) -> Iterator[Line]:
    for n, line in enumerate(lines, 1):
        yield line
        if n % every == 0:
            yield line


def _foreign(n: int) -> bytes:
    """A line of a type nobody asked for, every other one without an id."""
    if n % 2:
        return encoded({"__typename": "Unheard", "value": n})
    return encoded({"id": f"gid://shopify/Unheard/{n + 1}", "__typename": "Unheard"})
