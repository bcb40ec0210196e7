"""Connections: rows of the shop, and one page of them."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector.simulator.admin.refusals import bad_request

MOST: Final = 250


@dataclass(frozen=True, slots=True)
class Rows:
    """What a connection stands for, before anybody asked for a page of it."""

    sources: Sequence[Any]
    key: Callable[[Any], int] = lambda source: int(source.id)
    sorted: bool = False  # by key; else in an order of their own


def page(rows: Rows, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Edges, nodes and pageInfo as the arguments want them."""
    first, last, after = arguments.get("first"), arguments.get("last"), arguments.get("after")
    if first is None and last is None:
        raise bad_request("you must provide one of first or last")
    if first is not None and last is not None:
        raise bad_request("providing both first and last is not supported")
    wanted = int(first if first is not None else last or 0)
    if not 0 <= wanted <= MOST:
        raise bad_request(f"{'first' if last is None else 'last'} must be from 0 to {MOST}")
    begin = _after(rows, after) if after else 0
    end = min(len(rows.sources), begin + wanted)
    if last is not None:
        begin, end = max(0, len(rows.sources) - wanted), len(rows.sources)
    sources = rows.sources[begin:end]
    cursors = [_cursor(rows.key(source), n) for n, source in enumerate(sources, begin)]
    return {
        "nodes": sources,
        "edges": [{"cursor": at, "node": node} for at, node in zip(cursors, sources, strict=True)],
        "pageInfo": {
            "hasNextPage": end < len(rows.sources),
            "hasPreviousPage": begin > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _cursor(key: int, position: int) -> str:
    return base64.b64encode(json.dumps({"last_id": key, "last_value": str(position)}).encode()).decode()


def _after(rows: Rows, cursor: str) -> int:
    """Where the page begins, though the row that the cursor names may be gone."""
    try:
        told = json.loads(base64.b64decode(cursor, validate=True))
        last_id, position = int(told["last_id"]), int(told["last_value"])
    except (ValueError, KeyError, TypeError):
        raise bad_request(f"`{cursor}` is not a valid cursor.") from None
    keys = [rows.key(source) for source in rows.sources]
    if rows.sorted:
        return sum(key <= last_id for key in keys)
    return keys.index(last_id) + 1 if last_id in keys else min(position, len(keys))
