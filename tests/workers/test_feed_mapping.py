"""Whatever changes in any column of any table that a view reads: the feed names each row that shows it."""

from __future__ import annotations

from random import Random

import pytest

from connector import shops
from connector.postgres import Connection, Pool
from tests.conftest import SHOP
from tests.workers.anything import change, tell
from tests.workers.till import Rows, keys

#: How a value of each type is made another one; ids stay among those of few things.
OTHERWISE = {
    "bigint": "{0} % 4 + 1",
    "integer": "{0} + 1",
    "numeric": "coalesce({0} * 1.00, 0)",
    "text": "case when {0} = 'PICK_UP' then 'x' else concat({0}, 'x') end",
    "boolean": "{0} is not true",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 second'",
    "text[]": "array_append({0}, 'x')",
    "jsonb": "case when {0} = '[]' then '{{}}'::jsonb else '[]' end",
}
#: Rows of tables that no change of a reader fills; $1 is the shop.
OTHER_ROWS = (
    "insert into connector.collection_products (shop_id, collection_id, product_id, position) "
    "select $1, collection, product, 1 from generate_series(1, 3) collection, generate_series(1, 3) product "
    "on conflict do nothing",
    "insert into pos.commands (command_id, shop, kind, order_id, arguments) "
    "select gen_random_uuid(), domain, 'picked_up', order_id, jsonb_build_object('fulfillment_order_id', id) "
    "from connector.fulfillment_orders join connector.shops using (shop_id) where shop_id = $1 limit 5",
    "insert into pos.commands (command_id, shop, kind, arguments) "
    "select gen_random_uuid(), domain, 'adjust_inventory', jsonb_build_object("
    "'inventory_item_id', inventory_item_id, 'location_id', location_id, 'delta', -1) "
    "from connector.inventory_levels join connector.shops using (shop_id) where shop_id = $1 limit 5",
)


class Watched:
    """A shop's views and the feed, from step to step."""

    def __init__(self, connection: Connection, views: dict[str, list[str]]) -> None:
        self._connection, self._views = connection, views

    async def begin(self) -> None:
        self._shown = await self._read()
        self._cursor = await self._connection.fetchval("select pos.changes_cursor()")

    async def unnamed(self) -> list[str]:
        """The rows that show something else than at the last step, without the feed naming them."""
        shown, named = await self._read(), set[tuple[object, ...]]()
        while True:
            *told, last = await self._connection.fetch("select * from pos.changes_since($1)", self._cursor)
            self._cursor = last["cursor"]
            named |= {(row["view"], *row["ids"]) for row in told}
            for row in told:
                assert row["deleted"] == (tuple(row["ids"]) not in shown[row["view"]]), row
            if not told:
                break
        changed = {
            (view, *key)
            for view in self._views
            for key in shown[view].keys() | self._shown[view].keys()
            if shown[view].get(key) != self._shown[view].get(key)
        }
        self._shown = shown
        return sorted(map(str, changed - named))

    async def _read(self) -> dict[str, Rows]:
        return {
            view: {
                tuple(row[name] for name in names): dict(row) | {"text": str(row)}
                for row in await self._connection.fetch(f"select * from pos.{view}")
            }
            for view, names in self._views.items()
        }


async def test_every_view_is_fed_or_says_why_not(pool: Pool) -> None:
    views = await pool.fetch("select table_name from information_schema.views where table_schema = 'pos'")
    told = await pool.fetch("select view, keys, note from connector.fed_views")
    assert {row["table_name"] for row in views} == {row["view"] for row in told}
    assert [row["view"] for row in told if not row["keys"] and not row["note"]] == []


async def test_every_table_that_a_fed_view_reads_feeds_it(pool: Pool) -> None:
    missing = await pool.fetch(
        "select distinct reads.source, reads.view from connector.feed_reads() as reads "
        "join connector.fed_views as fed on fed.view = reads.view and fed.keys <> '{}' "
        "left join connector.feeds as feed on feed.view = reads.view and feed.source = reads.source "
        "where feed.feed is null"
    )
    assert [tuple(row) for row in missing] == []


@pytest.mark.timeout(180)
async def test_what_changes_a_row_of_a_view_is_told(pool: Pool) -> None:
    shop_id = await shops.add(pool, SHOP)
    random = Random(1)
    async with pool.acquire() as connection:
        for number in range(1000):
            await tell(connection, [change(random, shop_id, number)])
        for statement in OTHER_ROWS:
            await connection.execute(statement, shop_id)
        watched = Watched(connection, await keys(connection))
        await watched.begin()
        forgotten = []
        for source in await _tables(connection):
            for what, statement in await _acts(connection, source):
                await connection.execute(statement)
                forgotten += [f"{source}, {what}: {row}" for row in await watched.unnamed()]
        assert forgotten == []


async def _tables(connection: Connection) -> list[str]:
    found = await connection.fetch("select distinct source from connector.feed_reads() order by source")
    return [row["source"] for row in found]


async def _acts(connection: Connection, source: str) -> list[tuple[str, str]]:
    """Each column of a table made another one and put back, then all its rows deleted and put back."""
    columns = await connection.fetch(
        "select columns.attname as name, format_type(columns.atttypid, null) as type, "
        "columns.attnum = any(key.indkey) or columns.attname = 'shop_id' as is_key "
        "from pg_attribute as columns "
        "join pg_index as key on key.indrelid = columns.attrelid and key.indisprimary "
        "where columns.attrelid = $1::text::regclass and columns.attnum > 0 and not columns.attisdropped "
        "and columns.attgenerated = '' order by columns.attnum",
        f"connector.{source}",
    )
    await connection.execute(f"create table {source}_saved as select * from connector.{source}")
    rows = await connection.fetchval(f"select count(*) from {source}_saved")
    assert rows >= (1 if source == "shops" else 2), f"nothing stands in {source}: it shows nothing"
    same = " and ".join(f"mirrored.{name} = saved.{name}" for name, _, is_key in columns if is_key)
    names = ", ".join(name for name, _, _ in columns)
    saved = f"from {source}_saved as saved where {same}"
    acts = []
    for name, kind, is_key in columns:
        if not is_key:
            other = OTHERWISE[kind].format(f"mirrored.{name}")
            acts += [
                (f"{name} changed", f"update connector.{source} as mirrored set {name} = {other} {saved}"),
                (
                    f"{name} as before",
                    f"update connector.{source} as mirrored set {name} = saved.{name} {saved}",
                ),
            ]
    put_back = f"overriding system value select {names} from {source}_saved"
    return [
        *acts,
        ("deleted", f"delete from connector.{source}"),
        ("inserted", f"insert into connector.{source} ({names}) {put_back}"),
    ]
