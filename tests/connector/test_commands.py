"""Tills' commands on this side of the line: accepted as they are, seen by the till as if done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector import shops
from connector.commands import store
from connector.commands.records import (
    AdjustInventory,
    Command,
    HandOver,
    OfReturn,
    OpenReturn,
    ProcessReturn,
    Refused,
)
from connector.postgres import Pool
from tests.conftest import SHOP

ONE = b'{"line_id": 1, "quantity": 1}'
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def say(
    pool: Pool, kind: str, order_id: int | None = None, shop: str | None = SHOP, **arguments: Any
) -> UUID:
    command_id = uuid4()
    await pool.execute(
        "insert into pos.commands (command_id, shop, kind, order_id, arguments) values ($1, $2, $3, $4, $5)",
        command_id, shop, kind, order_id, arguments,
    )  # fmt: skip
    return command_id


async def row(pool: Pool, command_id: UUID) -> dict[str, Any]:
    return dict(await pool.fetchrow("select * from pos.commands where command_id = $1", command_id))


async def test_one_plain_insert_is_enough_and_twice_is_once(pool: Pool) -> None:
    command_id = uuid4()
    columns, values = "command_id, kind, order_id", "$1, 'picked_up', 7"
    insert = f"insert into pos.commands ({columns}) values ({values}) on conflict do nothing"
    for _ in range(2):
        await pool.execute(insert, command_id)
    assert (await row(pool, command_id))["shop"] == SHOP
    (head,) = await store.heads(pool, await shops.add(pool, SHOP))
    assert (head.command_id, head.kind, head.order_id) == (command_id, "picked_up", 7)


async def test_a_till_does_not_say_what_came_of_it(pool: Pool) -> None:
    command_id = uuid4()
    await pool.execute(
        "insert into pos.commands (command_id, shop, kind, order_id, status, reason, answer, ended_at) "
        "values ($1, $2, 'picked_up', 7, 'done', 'so there', '{}', now())",
        command_id, SHOP,
    )  # fmt: skip
    told = await row(pool, command_id)
    assert (told["status"], told["reason"], told["answer"], told["ended_at"]) == ("pending", None, None, None)


@pytest.mark.parametrize("shop", [None, "", "nowhere.myshopify.com"])
async def test_a_shop_that_is_not_here_is_refused_in_the_row(pool: Pool, shop: str | None) -> None:
    await shops.add(pool, "second.myshopify.com")
    told = await row(pool, await say(pool, "picked_up", 7, shop, fulfillment_order_id=1))
    assert told["status"] == "refused" and told["ended_at"]
    assert ("several shops" if not shop else "nowhere.myshopify.com is not connected") in told["reason"]
    assert await store.shops_due(pool) == []


async def test_one_order_goes_one_step_at_a_time_and_others_beside_it(pool: Pool) -> None:
    first = await say(pool, "prepare_for_pickup", 7, fulfillment_order_id=1)
    second = await say(pool, "picked_up", 7, fulfillment_order_id=1)
    other = await say(pool, "picked_up", 8, fulfillment_order_id=2)
    shop_id = await shops.add(pool, SHOP)
    assert [head.command_id for head in await store.heads(pool, shop_id)] == [first, other]
    head = (await store.heads(pool, shop_id))[0]
    await store.postpone(pool, head, 60, 1, "waits")
    assert [head.command_id for head in await store.heads(pool, shop_id)] == [other]
    await store.end(pool, head, "done", None, {"fulfillment_order_id": 1})
    assert [head.command_id for head in await store.heads(pool, shop_id)] == [second, other]
    assert (await row(pool, first))["answer"] == {"fulfillment_order_id": 1}


@pytest.mark.parametrize(
    ("kind", "order_id", "arguments", "words"),
    [
        ("dance", 7, b"{}", "there is no command 'dance'"),
        ("picked_up", None, b'{"fulfillment_order_id": 1}', "needs the order_id"),
        ("picked_up", 7, b"{}", "fulfillment_order_id"),
        ("picked_up", 7, b"[]", "not understood"),
        ("picked_up", 7, b'{"fulfillment_order_id": 1, "lines": [{"line_id": 2, "quantity": 0}]}', "ity"),
        ("open_return", 7, b'{"lines": []}', "lines"),
        ("open_return", 7, b'{"lines": [{"line_id": 2, "quantity": 1, "why": ""}]}', "why"),
        ("process_return", 7, b'{"return_id": 1, "lines": [' + ONE + b'], "refund": "lots"}', "refund"),
        ("process_return", 7, b'{"lines": [{"line_id": 1, "quantity": 1}]}', "opened_by"),
        ("process_return", 7, b'{"return_id": 1, "lines": [' + ONE[:-1] + b', "restock": 1}]}', "restock"),
        ("close_return", 7, b"{}", "either"),
        ("adjust_inventory", None, b'{"inventory_item_id": 1, "location_id": 2, "delta": "two"}', "delta"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_arguments_is_named(
    kind: str, order_id: int | None, arguments: bytes, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        Command(uuid4(), 1, SHOP, kind, order_id, arguments, None, AT).read()


def test_arguments_are_read_with_ids_as_numbers_or_strings() -> None:
    def read(kind: str, arguments: bytes) -> object:
        return Command(uuid4(), 1, SHOP, kind, 7, arguments, None, AT).read()

    assert read("picked_up", b'{"fulfillment_order_id": "12"}') == HandOver(fulfillment_order_id=12)
    assert read("close_return", b'{"return_id": 5}') == OfReturn(return_id=5)
    told = read("adjust_inventory", b'{"inventory_item_id": 1, "location_id": 2, "delta": -3}')
    assert told == AdjustInventory(inventory_item_id=1, location_id=2, delta=-3)
    told = read("open_return", b'{"lines": [{"line_id": 2, "quantity": 1, "reason": "size_too_small"}]}')
    assert isinstance(told, OpenReturn) and told.lines[0].reason == "size_too_small"
    told = read(
        "process_return", b'{"return_id": 1, "lines": [{"line_id": 1, "quantity": 1}], "refund": "12.50"}'
    )
    assert isinstance(told, ProcessReturn) and str(told.amount) == "12.50"


async def stocked(pool: Pool, available: int) -> None:
    await pool.execute(
        "insert into connector.inventory_levels (shop_id, inventory_item_id, location_id, updated_at, "
        "triggered_at, available, on_hand) values (1, 5, 9, $1, $1, $2::bigint, $2::bigint) "
        "on conflict (shop_id, inventory_item_id, location_id) do update set available = excluded.available",
        AT, available,
    )  # fmt: skip


async def local(pool: Pool) -> list[tuple[int, ...]]:
    rows = await pool.fetch(
        "select inventory_item_id, location_id, available, mirrored, unsynced from pos.till_inventory "
        "order by 1, 2"
    )
    return [tuple(row) for row in rows]


async def test_what_tills_sold_is_missing_from_their_stock_at_once(pool: Pool) -> None:
    await stocked(pool, 3)
    assert await local(pool) == [(5, 9, 3, 3, 0)]
    for _ in range(2):
        await say(pool, "adjust_inventory", inventory_item_id=5, location_id=9, delta=-2)
    await say(pool, "adjust_inventory", inventory_item_id=6, location_id=9, delta=-1)
    await say(pool, "adjust_inventory", inventory_item_id="six", location_id=9, delta="lots")
    assert await local(pool) == [(5, 9, -1, 3, -4), (6, 9, -1, None, -1)]


async def test_shopify_s_echo_of_an_adjustment_is_not_counted_twice(pool: Pool) -> None:
    await stocked(pool, 3)
    await say(pool, "adjust_inventory", inventory_item_id=5, location_id=9, delta=-2)
    await pool.execute("""update connector.command_work set sent = '{"variables": {}, "from": 3}'""")
    assert await local(pool) == [(5, 9, 1, 3, -2)]
    await stocked(pool, 1)  # the webhook came before the answer
    assert await local(pool) == [(5, 9, 1, 1, 0)]


async def test_a_sale_that_a_person_must_look_at_stays_sold(pool: Pool) -> None:
    await stocked(pool, 3)
    await say(pool, "adjust_inventory", inventory_item_id=5, location_id=9, delta=-2)
    (head,) = await store.heads(pool, 1)
    await store.end(pool, head, "needs_person", "who knows")
    assert await local(pool) == [(5, 9, 1, 3, -2)]
    assert await store.shops_due(pool) == []


async def test_a_pickup_is_as_the_till_left_it(pool: Pool) -> None:
    await pool.execute(
        "insert into connector.orders (shop_id, id, updated_at, triggered_at, name) "
        "values (1, 7, $1, $1, '#1001')",
        AT,
    )
    await pool.execute(
        "insert into connector.fulfillment_orders (shop_id, id, updated_at, triggered_at, order_id, "
        "location_id, delivery_method, status, lines) values (1, 11, $1, $1, 7, 9, 'PICK_UP', 'OPEN', '[]')",
        AT,
    )

    async def status() -> str:
        told = await pool.fetchrow("select status, command_id from pos.till_pickups")
        assert (told["command_id"] is None) == (told["status"] == "open")
        return str(told["status"])

    assert await status() == "open"
    await say(pool, "prepare_for_pickup", 7, fulfillment_order_id=11)
    assert await status() == "ready"
    await say(pool, "picked_up", 7, fulfillment_order_id=11)
    assert await status() == "picked_up"
    for then in ("picked_up", "open"):
        (head,) = await store.heads(pool, 1)
        await store.end(pool, head, "refused", "on hold")
        assert await status() == then
