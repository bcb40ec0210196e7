"""So many units, or so much money, taken out of several sources in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TypeVar

S = TypeVar("S")
N = TypeVar("N", int, Decimal)


def spread(wanted: N, sources: Iterable[tuple[S, N]]) -> Iterator[tuple[S, N]]:
    """Each source that gives any, with how much; less than wanted in all where they hold less."""
    for source, holds in sources:
        taken = min(wanted, holds)
        if taken > 0:
            yield source, taken
            wanted -= taken
