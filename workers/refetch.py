"""Reading things anew: by id, many per question, each thing once however often it was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector import log, refetches
from connector.changes import Change, Origin, Refetch
from connector.errors import Permanent
from connector.families.fields import mended
from connector.families.returns import EVERY_RETURN, OWNED
from connector.gids import gid_of, number
from connector.history import Source
from connector.postgres import Pool, blocks
from connector.refetches import Waiting
from connector.resources import ORDERS_OF, PAGES, RESOURCES, Part
from connector.shopify import pages
from connector.shopify.client import Admin
from connector.shopify.documents import Document
from workers import policy
from workers.apply import apply, lock
from workers.jobs import Failed, attempt

logger = log.get("refetch")

_SQL = blocks("workers", "refetch")

#: Fulfillments, fulfillment orders and returns of an order, without the order.
HANGS_ON = "Fulfillments"
#: What leads to an order by a question of its own.
LEADS_TO_ORDER = ("FulfillmentOrder", *OWNED)
#: Things that are taken up together; each is one or more questions to Shopify.
TAKEN = 50
LEADS = 100
#: What Shopify refuses for a thing is asked again later: the owner may have granted a scope by then.
REFUSED_FOR = timedelta(hours=1)
#: An update of a return tells nothing but that it was: orders that changed this long before are looked at.
SWEPT = timedelta(hours=1)


class Refetcher:
    """Reads a shop's waiting things anew and writes what it read, through apply."""

    def __init__(self, pool: Pool, admin: Admin, shop_id: int, *, share: float = 1.0) -> None:
        self._pool, self._admin, self._shop_id, self._share = pool, admin, shop_id, share

    async def all_due(self) -> None:
        """Read everything that is due, also what becomes due meanwhile.

        Raises Transient where Shopify or Postgres is away; what was read by then is done.
        """
        done = 1
        while done:
            done = 0
            for kind in (EVERY_RETURN, *LEADS_TO_ORDER):
                done += await self._lead(kind)
            for kind in (*RESOURCES, *SOME_PARTS):
                done += await self.read_due(kind)

    async def _lead(self, kind: str) -> int:
        """Put orders in the place of what leads to them."""
        waiting = await refetches.due(self._pool, self._shop_id, kind, LEADS)
        if not waiting:
            return 0
        asked = self._with_returns() if kind == EVERY_RETURN else self._orders_of(kind, _ids(waiting))
        orders = await attempt(asked)
        if isinstance(orders, Failed):
            if orders.rule.kind == "transient":
                raise orders.error
            await self._put_off(kind, waiting, orders)
            return len(waiting)
        async with self._pool.acquire() as connection, connection.transaction():
            await refetches.ask(
                connection, self._shop_id, [Refetch(HANGS_ON, order) for order in orders], now=True
            )
            await refetches.done(connection, self._shop_id, kind, waiting)
        return len(waiting)

    async def _orders_of(self, kind: str, ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        for node in await self._nodes(ORDERS_OF, kind, ids):
            told = msgspec.convert(node, _Owned) if node else None
            owner = told and (told.order_id or (told.order or told.reversed or _Order()).id)
            if owner:
                found.add(number(owner))
        return found

    async def _with_returns(self) -> set[int]:
        since = datetime.now(UTC) - SWEPT
        found: set[int] = set()
        for query in (
            f"updated_at:>='{since:%Y-%m-%dT%H:%M:%SZ}'",
            "return_status:return_requested",
            "return_status:in_progress",
        ):
            async for page in pages.versions(
                self._admin, RESOURCES["Order"].versions, query, share=self._share
            ):
                found |= {version.number for version in page}
        return found

    async def read_due(self, kind: str) -> int:
        """Read some of one kind that are due; return how many, those among them that were put off."""
        waiting = await refetches.due(self._pool, self._shop_id, kind, TAKEN)
        if not waiting:
            return 0
        return await self._halving(kind, waiting)

    async def _halving(self, kind: str, waiting: Sequence[Waiting]) -> int:
        """Read them; where that fails on one of them, by halves, until it stands alone and is put off."""
        ended = await attempt(self._read(kind, waiting))
        if not isinstance(ended, Failed):
            return len(waiting)
        if ended.rule.kind == "transient":
            await refetches.tried(
                self._pool, self._shop_id, kind, _ids(waiting)
            )  # others come first next time
            raise ended.error
        if len(waiting) == 1:
            await self._put_off(kind, waiting, ended)
            return 1
        middle = len(waiting) // 2
        return sum([await self._halving(kind, half) for half in (waiting[:middle], waiting[middle:])])

    async def _read(self, kind: str, waiting: Sequence[Waiting]) -> None:
        changes = await self.changes(kind, _ids(waiting))
        asked_by = {each.id: each.asked_by for each in waiting}
        sources = [Source("refetch", kind, asked_by.get(change.number)) for change in changes]
        async with self._pool.acquire() as connection, connection.transaction():
            await lock(connection, changes)
            written = await apply(connection, changes, sources)
            await refetches.done(connection, self._shop_id, kind, waiting)
        logger.info("read anew", kind=kind, things=len(waiting), changes=len(changes), written=len(written))

    async def _put_off(self, kind: str, waiting: Sequence[Waiting], failed: Failed) -> None:
        """What is closed to us, or not understood, must not hold up the rest."""
        words = policy.describe(failed.error, failed.rule).error
        logger.error("a thing cannot be read anew", kind=kind, things=len(waiting), error=words)
        await refetches.put_off(self._pool, self._shop_id, kind, _ids(waiting), REFUSED_FOR, words)

    async def read(self, kind: str, ids: Sequence[int]) -> list[Change]:
        """The same as ``changes``, also for what leads to orders."""
        if kind not in LEADS_TO_ORDER:
            return await self.changes(kind, ids)
        return await self.changes(HANGS_ON, sorted(await self._orders_of(kind, ids)))

    async def changes(self, kind: str, ids: Sequence[int]) -> list[Change]:
        """What Shopify says of these things now, as changes; one that it does not know is gone."""
        resource = RESOURCES[SOME_PARTS[kind].of if kind in SOME_PARTS else kind]
        parts = SOME_PARTS[kind].parts if kind in SOME_PARTS else resource.parts
        changes: list[Change] = []
        gone: set[int] = set()
        for part in parts:
            for start in range(0, len(ids), part.batch):
                some = [each for each in ids[start : start + part.batch] if each not in gone]
                origin = Origin(self._shop_id, datetime.now(UTC))
                nodes = await self._nodes(part.document, resource.kind, some)
                for each, node in zip(some, nodes, strict=True):
                    if node is None:
                        gone.add(each)
                        if resource.kind != "Order" or await self._would_be_seen(each):
                            changes += resource.gone(each, origin)
                    else:
                        changes += part.read(msgspec.json.encode(await self._whole(node)), origin)
        return changes

    async def _would_be_seen(self, order_id: int) -> bool:
        """Whether Shopify would show the order if it were still there.

        Orders of more than 60 days do not exist for an app without read_all_orders, without any error.
        """
        return bool(await self._pool.fetchval(_SQL["order_in_window"], self._shop_id, order_id))

    async def _nodes(self, document: Document, kind: str, ids: Sequence[int]) -> list[Any]:
        """The things in order, None for those that Shopify does not know.

        Raises Permanent where one is closed to us; a closed field of a thing is null.
        """
        if not ids:
            return []
        gids = [gid_of(kind, each) for each in ids]
        answer = await self._admin.ask(document, {"ids": gids}, share=self._share, partial=True)
        data = msgspec.json.decode(mended(bytes(answer.data)), type=dict[str, list[Any] | None] | None)
        nodes = data["nodes"] if data else None
        closed = [problem for problem in answer.errors if len(problem.path or ()) <= 2]
        if nodes is None or closed:
            raise Permanent(closed[0].message if closed else "Shopify answered without any of them")
        return nodes

    async def _whole(self, value: Any) -> Any:
        """The value with all pages of every connection in it."""
        if isinstance(value, list):
            return [await self._whole(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        for name, inner in value.items():
            if isinstance(inner, dict) and "pageInfo" in inner:
                await self._fill(value["id"], name, inner)
            value[name] = await self._whole(inner)
        return value

    async def _fill(self, gid: str, name: str, connection: dict[str, Any]) -> None:
        page = connection["pageInfo"]
        while page["hasNextPage"]:
            document = PAGES[gid.split("/")[3], name]
            answer = await self._admin.ask(
                document, {"id": gid, "after": page["endCursor"]}, share=self._share
            )
            node = msgspec.json.decode(mended(bytes(answer.data)))["node"]
            if node is None:
                return  # it went meanwhile; the next look tells
            connection["nodes"] += node[name]["nodes"]
            page = node[name]["pageInfo"]


def _ids(waiting: Sequence[Waiting]) -> list[int]:
    return [each.id for each in waiting]


class Some(msgspec.Struct, frozen=True):
    """Not all that hangs on a thing."""

    of: str
    parts: tuple[Part, ...]


#: Kinds of refetch that ask for less than all of a thing: only that is new.
SOME_PARTS = {
    "Refunds": Some("Order", RESOURCES["Order"].parts[1:2]),
    HANGS_ON: Some("Order", RESOURCES["Order"].parts[2:3]),
}


class _Order(msgspec.Struct):
    id: str | None = None


class _Owned(msgspec.Struct):
    order_id: str | None = msgspec.field(name="orderId", default=None)
    order: _Order | None = None
    reversed: _Order | None = None
