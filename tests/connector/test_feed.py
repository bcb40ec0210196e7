"""The feed of changes: what an answer says, which cursors hold, and how long it goes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from connector import feed, migrate, postgres, shops
from connector.embedded import Servers
from connector.migrate import Migration
from connector.postgres import Connection, Pool
from tests.conftest import SHOP

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
async def till(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of somebody who may read the views, and nothing else."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "do $$ begin create role plain_till; exception when duplicate_object then null; end $$; "
        "grant usage on schema pos to plain_till; grant select on all tables in schema pos to plain_till; "
        "set role plain_till"
    )
    yield connection
    await connection.execute("reset role; drop owned by plain_till")
    await connection.close()


async def products(connection: Connection | Pool, *ids: int, title: str = "cup") -> None:
    await connection.execute(
        "insert into connector.products (shop_id, id, updated_at, triggered_at, title) "
        "select shop_id, id, $2, $2, $3 from connector.shops, unnest($1::bigint[]) as id where domain = $4 "
        "on conflict (shop_id, id) do update set title = excluded.title, triggered_at = now()",
        ids,
        NOON,
        title,
        SHOP,
    )


async def cursor_of_now(connection: Connection | Pool) -> str:
    cursor: str = await connection.fetchval("select pos.changes_cursor()")
    return cursor


async def since(connection: Connection | Pool, cursor: str | None, most: int = 1000) -> tuple[list[Any], str]:
    """The rows that one answer names, and the cursor to go on with."""
    *told, last = await connection.fetch("select * from pos.changes_since($1, $2)", cursor, most)
    assert tuple(last)[:4] == (None, None, None, None)
    rows = [(row["shop"], row["view"], tuple(row["ids"]), row["deleted"]) for row in told]
    return rows, last["cursor"]


def row(view: str, *ids: int, deleted: bool = False) -> tuple[str, str, tuple[int, ...], bool]:
    return SHOP, view, ids, deleted


async def test_a_till_that_may_only_read_the_views_follows_them(pool: Pool, till: Connection) -> None:
    cursor = await cursor_of_now(till)
    assert await since(till, cursor) == ([], cursor)
    await products(pool, 7)
    told, cursor = await since(till, cursor)
    assert told == [row("products", 7)]
    await pool.execute(
        "insert into connector.inventory_levels (shop_id, inventory_item_id, location_id, updated_at, "
        "triggered_at) select shop_id, 9, 4, now(), now() from connector.shops"
    )
    await pool.execute("update connector.products set deleted_at = now()")
    told, cursor = await since(till, cursor)
    assert {row("inventory", 9, 4), row("products", 7, deleted=True)} <= set(told)
    assert await since(till, cursor) == ([], cursor)


async def test_an_answer_names_at_most_so_many_and_each_once(pool: Pool) -> None:
    cursor = await cursor_of_now(pool)
    await products(pool, *range(1, 11))
    await products(pool, 1, 2, 20, title="mug")
    assert await since(pool, cursor) == (
        [row("products", number) for number in (*range(1, 11), 20)],
        (await since(pool, cursor))[1],
    )
    seen = []
    while True:
        told, cursor = await since(pool, cursor, 3)
        if not told:
            break
        assert len(told) <= 3
        seen += told
    assert seen == [row("products", number) for number in (*range(1, 11), 1, 2, 20)]
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await since(pool, cursor, 0)


async def test_what_changed_while_an_answer_was_worked_on_comes_after(pool: Pool) -> None:
    cursor = await cursor_of_now(pool)
    await products(pool, 1, 2, 3, 4)
    told, cursor = await since(pool, cursor, 2)
    await products(pool, 1, title="mug")
    rest, cursor = await since(pool, cursor)
    last, cursor = await since(pool, cursor)
    assert [ids for _, _, ids, _ in told + rest + last] == [(1,), (2,), (3,), (4,), (1,)]


async def test_a_long_transaction_holds_nobody_up_and_is_not_missed(pool: Pool) -> None:
    async with pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await products(slow, 1)
        cursor = await cursor_of_now(pool)
        await products(pool, 2)
        told, cursor = await since(pool, cursor)
        assert told == [row("products", 2)]
        await products(slow, 3)
        # Who asks within a transaction of its own writes is not told of them as if they were all.
        assert (await since(slow, cursor))[0] == []
        _, seen_by_itself = await since(slow, cursor)
        await products(slow, 4)
        await transaction.commit()
    everything = [row("products", number) for number in (1, 3, 4)]
    assert (await since(pool, seen_by_itself))[0] == everything
    told, cursor = await since(pool, cursor)
    assert told == everything
    assert await since(pool, cursor) == ([], cursor)


async def test_what_a_view_does_not_show_is_no_change(pool: Pool) -> None:
    await products(pool, 1)
    cursor = await cursor_of_now(pool)
    await products(pool, 1)  # told again: another triggered_at
    assert await since(pool, cursor) == ([], cursor)


async def test_listeners_hear_once_of_each_view_that_changed(pool: Pool, dsn: str) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(dsn)
    await listener.add_listener("pos_changes", lambda *told: heard.put_nowait(told[3]))
    async with pool.acquire() as connection, connection.transaction():
        for title in ("cup", "mug", "jug"):
            await products(connection, 1, 2, title=title)
    await products(pool, 1, title="jug")  # nothing new
    await pool.execute("select pg_notify('pos_changes', 'end')")
    told = []
    while (view := await heard.get()) != "end":
        told.append(view)
    assert sorted(told) == ["products", "variants"]
    await listener.close()


@pytest.mark.parametrize("cursor", [None, "", "now", "1.abc", "2.0123456789ab.1.", "1.0123456789ab.1.", "💥"])
async def test_what_is_no_cursor_of_this_database_is_refused(pool: Pool, cursor: str | None) -> None:
    await refused(pool, cursor)


async def test_a_table_that_was_emptied_as_a_whole_is_read_anew(pool: Pool) -> None:
    cursor = await cursor_of_now(pool)
    await pool.execute("truncate connector.products")
    await refused(pool, cursor)
    cursor = await cursor_of_now(pool)
    assert await since(pool, cursor) == ([], cursor)


async def test_a_copy_of_the_database_is_another(pool: Pool, servers: Servers) -> None:
    await products(pool, 1)
    cursor = await cursor_of_now(pool)
    name = await pool.fetchval("select current_database()")
    await pool.close()
    admin = await asyncpg.connect(servers.postgres_dsn)
    await admin.execute(f'create database "{name}_copy" template "{name}"')
    copy = await postgres.connect(servers.postgres_dsn.replace("/connector?", f"/{name}_copy?"), size=1)
    assert await copy.fetchval("select current_database()") == f"{name}_copy"
    await refused(copy, cursor)
    await copy.close()
    await admin.execute(f'drop database "{name}_copy"')
    await admin.close()


async def test_what_a_dump_brings_along_of_other_numbers_says_nothing_here(pool: Pool) -> None:
    far = 10**9
    await pool.execute(f"update connector.feed_state set home = 'elsewhere', forgotten = '{far}'")
    await pool.execute(
        "insert into connector.changes (xid, shop_id, view, ids) "
        f"values ('{far + 1}', 1, 'products', '{{5}}')"
    )
    cursor = await cursor_of_now(pool)
    assert await since(pool, cursor) == ([], cursor)
    await products(pool, 1)
    assert (await since(pool, cursor))[0] == [row("products", 1)]
    assert await feed.keep_changes(pool, 1, datetime.now(UTC)) == 0
    assert await pool.fetchval("select max(xid)::text::bigint from connector.changes") < far
    assert (await since(pool, cursor))[0] == [row("products", 1)]


async def test_views_that_say_something_else_are_read_anew(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = migrate.migrations()
    cursor = await cursor_of_now(pool)
    column = "alter table connector.products add column colour text"
    monkeypatch.setattr(migrate, "migrations", lambda: [*release, Migration(9001, "column", column)])
    await migrate.migrate(pool)
    assert await since(pool, cursor) == ([], cursor)
    view = "create or replace view pos.locations as select shop.domain as shop, location.id as location_id, \
        upper(location.name) as name, location.active, location.address1, location.address2, location.city, \
        location.zip, location.province, location.country_code, location.phone, location.updated_at, \
        location.created_at from connector.locations as location join connector.shops as shop using (shop_id)"
    later = [Migration(9001, "column", column), Migration(9002, "view", view)]
    monkeypatch.setattr(migrate, "migrations", lambda: [*release, *later])
    await products(pool, 1)
    await migrate.migrate(pool)
    await refused(pool, cursor)
    cursor = await cursor_of_now(pool)
    await pool.execute(
        "insert into connector.locations (shop_id, id, updated_at, triggered_at) select shop_id, 1, $1, $1 "
        "from connector.shops",
        NOON,
    )
    _, cursor = await since(pool, cursor)
    await pool.execute("update connector.locations set created_at = $1", NOON)
    assert (await since(pool, cursor))[0] == [row("locations", 1)]


async def test_old_changes_are_dropped_and_older_cursors_told_so(pool: Pool) -> None:
    oldest = await cursor_of_now(pool)
    await products(pool, 1, 2, 3)
    _, half_way = await since(pool, oldest, 1)
    done = (await since(pool, oldest))[1]
    await pool.execute("update connector.changes set at = $1", NOON)
    await products(pool, 4)
    assert await feed.keep_changes(pool, 2, NOON + timedelta(days=1)) == 0
    assert (await since(pool, oldest))[0] != []
    async with pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await products(slow, 5)
        waiting = await cursor_of_now(pool)
        assert await feed.keep_changes(pool, 2, NOON + timedelta(days=3)) > 0
        await transaction.commit()
    for cursor in (oldest, half_way):
        await refused(pool, cursor)
    assert (await since(pool, waiting))[0] == [row("products", 5)]
    assert [ids for _, _, ids, _ in (await since(pool, done))[0]] == [(4,), (5,)]
    await pool.execute("update connector.changes set at = $1", NOON)
    await feed.keep_changes(pool, 2, NOON + timedelta(days=3))
    assert await pool.fetchval("select count(*) from connector.changes") == 0
    await refused(pool, done)
    cursor = await cursor_of_now(pool)
    assert await since(pool, cursor) == ([], cursor)
    await products(pool, 6)
    assert (await since(pool, cursor))[0] == [row("products", 6)]


async def test_a_shop_that_is_taken_out_with_its_data_is_told(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shops, "REMEMBERED", 0)
    cursor = await cursor_of_now(pool)
    await products(pool, 1, 2)
    await pool.execute("delete from connector.products where id = 1")
    shop_id = await shops.remove(pool, SHOP)
    assert shop_id is not None
    await shops.delete_data(pool, shop_id, SHOP)
    assert (await since(pool, cursor))[0] == [row("products", number, deleted=True) for number in (1, 2)]


async def refused(connection: Connection | Pool, cursor: str | None) -> None:
    with pytest.raises(asyncpg.PostgresError, match="this cursor cannot be gone on from") as caught:
        await since(connection, cursor)
    assert caught.value.sqlstate == "SC001"
    assert "changes_cursor()" in str(caught.value.hint)  # type: ignore[attr-defined]
