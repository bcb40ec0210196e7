"""Each way an order can go at the counter: what the views say is what Shopify says."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from connector import queue
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.acts import fulfillments, rerouting
from connector.simulator.event import Event
from connector.simulator.sales import Order
from connector.simulator.trade import Trader
from tests.workers import plays
from tests.workers.connected import Connected, connected

Play = Callable[[plays.Counter], Order]
#: Of each line: ordered, current, fulfilled, refunded, returnable, refundable, returning, unfulfilled.
Units = list[tuple[int, int, int, int, int, int, int, int]]
#: At 7 % tax: subtotal, total, current_total, total_refunded, outstanding, overpaid.
Money = tuple[str, str, str, str, str, str]

MONEY: list[tuple[Play, Money, Units]] = [
    (plays.added, ("50.00", "53.50", "53.50", "0.00", "42.80", "0.00"),
     [(1, 1, 0, 0, 0, 1, 0, 1), (2, 2, 0, 0, 0, 2, 0, 2)]),
    (plays.removed, ("50.00", "53.50", "10.70", "0.00", "0.00", "42.80"),
     [(3, 1, 0, 2, 0, 1, 0, 1), (1, 0, 0, 1, 0, 0, 0, 0)]),
    (plays.repriced, ("8.00", "8.56", "8.56", "0.00", "0.00", "2.14"), [(1, 1, 0, 0, 0, 1, 0, 1)]),
    (plays.partly_sent, ("30.00", "32.10", "32.10", "0.00", "0.00", "0.00"), [(3, 3, 1, 0, 1, 3, 0, 2)]),
    (plays.refunded_twice, ("30.00", "37.00", "10.70", "26.30", "0.00", "0.00"), [(3, 1, 3, 2, 1, 1, 0, 0)]),
    (plays.discounted, ("22.00", "23.54", "23.54", "0.00", "0.00", "0.00"),
     [(1, 1, 0, 0, 0, 1, 0, 1), (1, 1, 0, 0, 0, 1, 0, 1)]),
    (plays.taxes_in, ("10.00", "10.00", "10.00", "0.00", "0.00", "0.00"), [(1, 1, 0, 0, 0, 1, 0, 1)]),
    (plays.duties, ("10.00", "15.40", "15.40", "0.00", "0.00", "0.00"), [(1, 1, 0, 0, 0, 1, 0, 1)]),
    (plays.tipped, ("10.00", "12.70", "12.70", "0.00", "0.00", "0.00"),
     [(1, 1, 0, 0, 0, 1, 0, 1), (1, 1, 0, 0, 0, 1, 0, 0)]),
    (plays.gift_card, ("25.00", "25.00", "25.00", "0.00", "0.00", "0.00"), [(1, 1, 0, 0, 0, 1, 0, 1)]),
    (plays.custom, ("20.00", "21.40", "21.40", "0.00", "0.00", "0.00"),
     [(1, 1, 0, 0, 0, 1, 0, 1), (2, 2, 0, 0, 0, 2, 0, 2)]),
    (plays.rounded, ("9.99", "10.69", "10.69", "0.00", "0.00", "0.00"), [(1, 1, 1, 0, 1, 1, 0, 0)]),
    (plays.exchanged, ("40.00", "42.80", "32.10", "0.00", "10.70", "0.00"),
     [(2, 1, 2, 1, 1, 1, 0, 0), (1, 1, 0, 0, 0, 1, 0, 1)]),
    (plays.processed_unpaid, ("20.00", "21.40", "10.70", "0.00", "0.00", "10.70"),
     [(2, 1, 2, 0, 1, 2, 0, 0)]),
    (plays.announced, ("30.00", "32.10", "32.10", "0.00", "0.00", "0.00"), [(3, 3, 3, 0, 1, 3, 2, 0)]),
    (plays.declined, ("30.00", "32.10", "32.10", "0.00", "0.00", "0.00"), [(3, 3, 3, 0, 3, 3, 0, 0)]),
    (plays.cancelled, ("20.00", "27.40", "0.00", "27.40", "0.00", "0.00"), [(2, 0, 0, 2, 0, 0, 0, 0)]),
    (plays.archived, ("30.00", "32.10", "32.10", "0.00", "0.00", "0.00"), [(3, 3, 3, 0, 3, 3, 0, 0)]),
    (plays.test_order, ("10.00", "10.70", "10.70", "0.00", "0.00", "0.00"), [(1, 1, 0, 0, 0, 1, 0, 1)]),
    (plays.foreign, ("20.00", "21.40", "10.70", "10.70", "0.00", "0.00"), [(2, 1, 2, 1, 1, 1, 0, 0)]),
    (plays.unpaid, ("10.00", "10.70", "10.70", "0.00", "10.70", "0.00"), [(1, 1, 0, 0, 0, 1, 0, 1)]),
    (plays.held, ("30.00", "32.10", "32.10", "0.00", "0.00", "0.00"), [(3, 3, 0, 0, 0, 3, 0, 3)]),
]  # fmt: skip

#: The clerk's list: status, units, on hold, seen ready, handed over, where.
PICKUPS: list[tuple[Play, list[tuple[str, int, bool, bool, bool, str]]]] = [
    (plays.pickup, [("open", 3, False, False, False, "here")]),
    (plays.ready, [("ready", 3, False, True, False, "here")]),
    (plays.back_to_open, [("open", 3, False, False, False, "here")]),
    (plays.picked_up, [("picked_up", 3, False, False, True, "here")]),
    (plays.partly_picked_up,
     [("open", 2, False, False, False, "here"), ("picked_up", 1, False, False, True, "here")]),
    (plays.split, [("open", 1, False, False, False, "here"), ("open", 2, False, False, False, "here")]),
    (plays.merged, [("open", 3, False, False, False, "here")]),
    (plays.moved, [("open", 3, False, False, False, "there")]),
    (plays.held, [("open", 1, False, False, False, "here"), ("open", 2, True, False, False, "here")]),
    (plays.released, [("open", 1, False, False, False, "here"), ("open", 2, False, False, False, "here")]),
    (plays.replaced, [("open", 3, False, False, False, "here")]),
    (plays.pickup_refunded, [("cancelled", 0, False, False, False, "here")]),
    (plays.taken_back, [("open", 3, False, False, False, "here")]),
]  # fmt: skip


async def told(shop: Connected, counter: plays.Counter, play: Play) -> Order:
    """Play it; webhooks tell of it, and what they do not tell is read. Nothing differs from Shopify then."""
    order = play(counter)
    await shop.hear(shop.webhooks(counter.events), waking=True)
    await shop.read_anew()
    assert [str(each) for each in await shop.differences({"orders", "order_lines", "refunds"})] == []
    assert [str(each) for each in await shop.differences({"pickups", "returns"})] == []
    assert await shop.api.pool.fetch("select * from connector.order_proofs") == []
    return order


@pytest.mark.parametrize(("play", "money", "units"), MONEY, ids=[case[0].__name__ for case in MONEY])
async def test_what_an_order_is_worth_and_where_its_units_are(
    settings: Settings, pool: Pool, redis: queue.Redis, play: Any, money: Money, units: Units
) -> None:
    async with connected(settings, pool, redis) as shop:
        order = await told(shop, plays.Counter(shop), play)
        row = await pool.fetchrow(
            "select subtotal, total, current_total, total_refunded, outstanding, overpaid "
            "from pos.orders where order_id = $1",
            order.id,
        )
        assert row and tuple(f"{amount:.2f}" for amount in row.values()) == money
        lines = await pool.fetch(
            "select quantity, current_quantity, fulfilled_quantity, refunded_quantity, returnable_quantity, "
            "refundable_quantity, returning_quantity, unfulfilled_quantity "
            "from pos.order_lines where order_id = $1 order by position",
            order.id,
        )
        assert [tuple(line.values()) for line in lines] == units


@pytest.mark.parametrize(("play", "listed"), PICKUPS, ids=[case[0].__name__ for case in PICKUPS])
async def test_the_clerks_list_follows_the_order(
    settings: Settings, pool: Pool, redis: queue.Redis, play: Any, listed: list[Any]
) -> None:
    async with connected(settings, pool, redis) as shop:
        counter = plays.Counter(shop)
        order = await told(shop, counter, play)
        rows = await pool.fetch("select * from pos.pickups where order_id = $1", order.id)
        place = {counter.here: "here", counter.there: "there"}
        found = sorted(
            (
                row["status"],
                sum(line["quantity"] for line in row["lines"]),
                row["on_hold"],
                row["ready_at"] is not None,
                row["picked_up_at"] is not None,
                place[row["location_id"]],
            )
            for row in rows
        )
        assert found == listed
        assert {row["waiting_since"] for row in rows} == {order.created_at}
        made = {made.created_at for made in order.fulfillments if made.status == "success"}
        assert {row["picked_up_at"] for row in rows} - {None} <= made


async def test_since_when_it_is_ready_is_forgotten_where_it_is_not(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    async with connected(settings, pool, redis) as shop:
        counter = plays.Counter(shop)
        order = await told(shop, counter, plays.ready)
        routed = order.fulfillment_orders[0]

        async def after(events: list[Event]) -> tuple[Any, ...]:
            await shop.hear(shop.webhooks(events), waking=True)
            await shop.read_anew()
            row = await pool.fetchrow("select status, ready_at, picked_up_at from pos.pickups")
            assert row is not None
            return tuple(row)

        first = await after([])
        assert first[0] == "ready" and first[1] is not None
        assert await after(rerouting.put_back(counter.shop, order.id, routed.id)) == ("open", None, None)
        again = await after(fulfillments.prepare_pickup(counter.shop, order.id))
        assert again[0] == "ready" and again[1] >= first[1]
        gone = await after(fulfillments.fulfill(counter.shop, order.id))
        assert gone == ("picked_up", again[1], order.fulfillments[0].created_at)


async def test_who_collects_is_known_of_guests_too(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    async with connected(settings, pool, redis) as shop:
        counter = plays.Counter(shop)
        address = next(c.addresses[0] for c in counter.shop.customers.values() if c.addresses)
        named = await told(
            shop, counter, lambda at: at.buy(1, pickup=True, collector=address, email="guest@mail.example")
        )
        known = await told(
            shop, counter, lambda at: at.buy(1, pickup=True, customer_id=next(iter(at.shop.customers)))
        )
        rows = await pool.fetch("select * from pos.pickups order by order_id")
        who = {row["order_id"]: (row["customer_name"], row["collector_name"]) for row in rows}
        name = f"{address.first_name} {address.last_name}"
        assert who[named.id] == (None, name)
        assert who[known.id][1] == who[known.id][0]
        guest = next(row for row in rows if row["order_id"] == named.id)
        assert (guest["collector_email"], guest["collector_phone"]) == ("guest@mail.example", address.phone)


@pytest.mark.parametrize("seed", range(4))
async def test_a_day_at_the_counter_leaves_nothing_behind(
    settings: Settings, pool: Pool, redis: queue.Redis, seed: int
) -> None:
    """Random trade, told by webhooks in small lots, each with what must be read for it."""
    async with connected(settings, pool, redis) as shop:
        trader = Trader(shop.app.shop, Random(seed))
        for _ in range(6):
            events = [event for _ in range(25) for event in trader.step()]
            await shop.hear(shop.webhooks(events), waking=True)
            await shop.read_anew()
        views = {"orders", "order_lines", "refunds", "pickups", "returns"}
        assert [str(each) for each in await shop.differences(views)] == []
        assert await pool.fetch("select * from connector.order_proofs") == []
