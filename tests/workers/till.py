"""A till that keeps a replica of the views by the feed, as its programmer is told to."""

from __future__ import annotations

from typing import Any

from connector.postgres import Connection

Key = tuple[int, ...]
Rows = dict[Key, dict[str, Any]]


async def keys(connection: Connection) -> dict[str, list[str]]:
    """The views that are fed, and the columns by which their rows are named."""
    found = await connection.fetch("select view, keys from connector.fed_views where keys <> '{}'")
    return {row["view"]: row["keys"] for row in found}


class Till:
    """One shop's rows, and a cursor."""

    def __init__(self, connection: Connection, shop_id: int, views: dict[str, list[str]]) -> None:
        self._connection, self._shop_id, self._views = connection, shop_id, views
        self._unread = list(views)
        self._cursor: str | None = None
        self.replica: dict[str, Rows] = {}

    async def read_next(self, most: int, *, breaks_off_after: int | None = None) -> bool:
        """Go on with the first snapshot, view by view, then with an answer of the feed; was there more?

        A till that breaks off has done some of the answer, and keeps no cursor of it.
        """
        if self._cursor is None:
            self._cursor = await self._connection.fetchval("select pos.changes_cursor()")
        if self._unread:
            view = self._unread.pop()
            self.replica[view] = await self._shown(view)
            return True
        *told, last = await self._connection.fetch(
            "select * from pos.changes_since($1, $2)", self._cursor, most
        )
        assert (last["view"], last["ids"], last["deleted"]) == (None, None, None)
        assert len({(row["view"], row["shop"], *row["ids"]) for row in told}) == len(told) <= most
        for row in told[:breaks_off_after]:
            await self._follow(row["view"], tuple(row["ids"]), row["deleted"])
        if breaks_off_after is None:
            self._cursor = last["cursor"]
        return bool(told)

    async def shown(self) -> dict[str, Rows]:
        """What the views hold now."""
        return {view: await self._shown(view) for view in self._views}

    async def _shown(self, view: str, key: Key | None = None) -> Rows:
        names = self._views[view]
        named = "".join(f" and {name} = ${place}" for place, name in enumerate(names, 2)) if key else ""
        found = await self._connection.fetch(
            f"select * from pos.{view} "
            f"where shop = (select domain from connector.shops where shop_id = $1){named}",
            self._shop_id,
            *(key or ()),
        )
        rows = {tuple(row[name] for name in names): {**row, "text": str(dict(row))} for row in found}
        assert len(rows) == len(found), f"{names} do not name one row of {view}"
        return rows

    async def _follow(self, view: str, key: Key, deleted: bool) -> None:
        if not deleted and (found := await self._shown(view, key)):
            self.replica[view] |= found
        else:
            self.replica[view].pop(key, None)
