"""What tills want done reaches the simulated Shopify once in effect, whatever gets lost; or is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector import dead_letters, queue
from connector.gids import gid_of
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.acts import checkout, fulfillments, orders
from connector.simulator.sales import FulfillmentOrder, Order
from tests.simulator.shops import DOMAIN
from tests.workers.connected import Connected, connected
from workers.commands.returns import PROCESS


@pytest.fixture
async def shop(settings: Settings, pool: Pool, redis: queue.Redis) -> AsyncIterator[Connected]:
    changed = {"shopify_patience": 0.3, "commands_settle": 0.0, "suspect_attempts": 2}
    async with connected(settings, pool, redis, acts=20, changed=changed) as shop:
        assert (await shop.sync()).state == "done"
        yield shop


def buy(shop: Connected, units: int = 2, *, pickup: bool = True, **more: Any) -> Order:
    """A guest or customer buys so many of one thing, paid."""
    place = next(iter(shop.app.shop.locations))
    variant = next(
        variant
        for product in shop.app.shop.products.values()
        for variant in product.variants
        if (level := shop.app.shop.levels.get((variant.item_id, place))) and (level.available or 0) >= units
    )
    checkout.place_order(
        shop.app.shop, [(variant.id, units)], location_id=place, pickup=pickup,
        email="buyer@shop.example", **more,
    )  # fmt: skip
    return next(reversed(shop.app.shop.orders.values()))


def routed(order: Order) -> FulfillmentOrder:
    return next(each for each in reversed(order.fulfillment_orders) if each.status in ("open", "in_progress"))


async def say(shop: Connected, kind: str, order: Order | int | None = None, **arguments: Any) -> UUID:
    command_id = uuid4()
    order_id = order.id if isinstance(order, Order) else order
    await shop.api.pool.execute(
        "insert into pos.commands (command_id, shop, kind, order_id, arguments, till) "
        "values ($1, $2, $3, $4, $5, 'till 1')",
        command_id, DOMAIN, kind, order_id, arguments,
    )  # fmt: skip
    return command_id


async def carry_out(shop: Connected, times: int = 1) -> None:
    for _ in range(times):
        await shop.api.pool.execute(
            "update connector.command_work set due_at = clock_timestamp() where due_at < 'infinity'"
        )
        await queue.call(shop.api.redis, "commands", shop.shop_id)
        await shop.work()


async def told(shop: Connected, command_id: UUID) -> dict[str, Any]:
    return dict(await shop.api.pool.fetchrow("select * from pos.commands where command_id = $1", command_id))


async def ends(shop: Connected, command_id: UUID, status: str, words: str = "") -> dict[str, Any]:
    row = await told(shop, command_id)
    assert row["status"] == status, row["reason"]
    assert words in (row["reason"] or ""), row["reason"]
    return row


@pytest.mark.parametrize("fault", [{}, {"lost_next": 1}, {"unheard_next": 1}, {"status_next": 1}])
async def test_a_customer_is_written_to_once_whatever_gets_lost(
    shop: Connected, fault: dict[str, int]
) -> None:
    order = buy(shop)
    pickup = routed(order)
    prepared = await say(shop, "prepare_for_pickup", order, fulfillment_order_id=pickup.id)
    await shop.app.steer(**fault)
    await carry_out(shop, 3)
    await ends(shop, prepared, "done")
    assert (pickup.status, pickup.mails) == ("in_progress", 1)
    ready = await shop.api.pool.fetchrow(
        "select status, ready_at from pos.pickups where fulfillment_order_id = $1", pickup.id
    )
    assert ready["status"] == "ready" and ready["ready_at"]
    again = await say(shop, "prepare_for_pickup", order, fulfillment_order_id=pickup.id)
    await carry_out(shop)
    await ends(shop, again, "refused", "ready for pickup already")
    assert pickup.mails == 1


@pytest.mark.parametrize("fault", [{}, {"lost_next": 1}, {"unheard_next": 1}])
async def test_a_parcel_is_handed_over_once_and_the_second_till_is_told(
    shop: Connected, fault: dict[str, int]
) -> None:
    order = buy(shop)
    pickup = routed(order)
    first = await say(shop, "picked_up", order, fulfillment_order_id=pickup.id)
    second = await say(shop, "picked_up", order, fulfillment_order_id=pickup.id)
    await shop.app.steer(**fault)
    await carry_out(shop, 3)
    row = await ends(shop, first, "done")
    await ends(shop, second, "refused", "handed over already, by till 1 at")
    assert len(order.fulfillments) == 1
    assert row["answer"]["fulfillment_id"] == order.fulfillments[0].id
    assert (
        await shop.api.pool.fetchval(
            "select status from pos.pickups where fulfillment_order_id = $1", pickup.id
        )
        == "picked_up"
    )
    lines = await shop.api.pool.fetch(
        "select fulfilled_quantity, returnable_quantity from pos.order_lines where order_id = $1", order.id
    )
    assert [tuple(line) for line in lines] == [(2, 2)]


async def test_part_of_a_parcel_is_handed_over_and_the_rest_waits(shop: Connected) -> None:
    order = buy(shop, 3)
    line = {"line_id": order.lines[0].id, "quantity": 2}
    pickup = routed(order)
    part = await say(shop, "picked_up", order, fulfillment_order_id=pickup.id, lines=[line])
    await carry_out(shop)
    await ends(shop, part, "done")
    rest = routed(order)
    assert rest.id != pickup.id
    waiting = await shop.api.pool.fetch(
        "select fulfillment_order_id from pos.pickups where order_id = $1 and status = 'open'", order.id
    )
    assert [row[0] for row in waiting] == [rest.id]
    # The till still knows the old number: what took its place is meant.
    too_many = await say(shop, "picked_up", order, fulfillment_order_id=rest.id, lines=[line])
    last = await say(shop, "picked_up", order, fulfillment_order_id=rest.id)
    await carry_out(shop, 2)
    await ends(shop, too_many, "refused", "2 are to go, 1 are left")
    await ends(shop, last, "done")


async def test_what_was_done_at_the_counter_can_be_undone(shop: Connected) -> None:
    order = buy(shop)
    pickup = routed(order)
    nothing = await say(shop, "cancel_pickup", order, fulfillment_order_id=pickup.id)
    ready = await say(shop, "prepare_for_pickup", order, fulfillment_order_id=pickup.id)
    undone = await say(shop, "cancel_pickup", order, fulfillment_order_id=pickup.id)
    gone = await say(shop, "picked_up", order, fulfillment_order_id=pickup.id)
    back = await say(shop, "cancel_pickup", order, fulfillment_order_id=pickup.id)
    await carry_out(shop)
    await ends(shop, nothing, "refused", "nothing to undo")
    for command in (ready, undone, gone, back):
        await ends(shop, command, "done")
    assert order.fulfillments[0].status == "cancelled" and routed(order).status == "open"


@pytest.mark.parametrize("fault", [{}, {"lost_next": 1}, {"unheard_next": 1}])
async def test_a_return_is_opened_processed_paid_back_and_closed_once(
    shop: Connected, fault: dict[str, int]
) -> None:
    order = buy(shop, pickup=False)
    fulfillments.fulfill(shop.app.shop, order.id)
    line, place = order.lines[0], next(iter(shop.app.shop.locations))
    stock = shop.app.shop.levels[line.item_id or 0, place].available or 0
    opened = await say(shop, "open_return", order, lines=[{"line_id": line.id, "quantity": 1}])
    await shop.app.steer(**fault)
    processed = await say(
        shop, "process_return", order, opened_by=str(opened), refund=True,
        lines=[{"line_id": line.id, "quantity": 1, "restock": True, "location_id": place}],
    )  # fmt: skip
    closed = await say(shop, "close_return", order, opened_by=str(opened))
    await carry_out(shop, 3)
    row = await ends(shop, opened, "done")
    await ends(shop, processed, "done")
    await ends(shop, closed, "done")
    (made,) = order.returns
    assert (row["answer"]["return_id"], made.status) == (made.id, "closed")
    (refund,) = order.refunds
    assert sum(part.quantity for part in refund.lines) == 1 and refund.transactions
    assert shop.app.shop.levels[line.item_id or 0, place].available == stock + 1
    again = await say(shop, "close_return", order, return_id=made.id)
    await carry_out(shop)
    await ends(shop, again, "refused", "closed already")


async def test_an_answer_that_is_lost_at_each_step_of_a_return_doubles_nothing(shop: Connected) -> None:
    order = buy(shop, pickup=False)
    fulfillments.fulfill(shop.app.shop, order.id)
    line = order.lines[0]
    opened = await say(shop, "open_return", order, lines=[{"line_id": line.id, "quantity": 2}])
    part = {"line_id": line.id, "quantity": 1}
    processed = [
        await say(shop, "process_return", order, opened_by=str(opened), lines=[part], refund=True)
        for _ in "12"
    ]
    for _ in range(8):
        await shop.app.steer(lost_next=1)
        await carry_out(shop)
    for command in (opened, *processed):
        await ends(shop, command, "done")
    assert len(order.returns) == 1 and len(order.refunds) == 2
    assert sum(part.quantity for refund in order.refunds for part in refund.lines) == 2


async def test_stock_is_adjusted_once_and_a_piece_sold_twice_shows(shop: Connected) -> None:
    (item, place), level = next(
        (key, level) for key, level in shop.app.shop.levels.items() if (level.available or 0) > 0
    )
    before = level.available or 0
    sold = [
        await say(shop, "adjust_inventory", inventory_item_id=item, location_id=place, delta=-before)
        for _ in range(2)
    ]
    here = (
        "select available, mirrored, unsynced from pos.till_inventory "
        "where inventory_item_id = $1 and location_id = $2"
    )
    assert tuple(await shop.api.pool.fetchrow(here, item, place)) == (-before, before, -2 * before)
    await shop.app.steer(lost_next=1)
    await carry_out(shop, 3)
    first, second = [await ends(shop, command, "done") for command in sold]
    assert first["answer"] == {"available": 0}
    assert second["answer"] == {"available": -before, "oversold": before}
    assert f"{before} more were sold than there were" in second["reason"]
    assert level.available == -before
    assert tuple(await shop.api.pool.fetchrow(here, item, place)) == (-before, -before, 0)


async def test_shopify_away_costs_a_command_nothing_but_time(shop: Connected) -> None:
    order = buy(shop)
    gone = await say(shop, "picked_up", order, fulfillment_order_id=routed(order).id)
    await shop.app.steer(status_next=1000, status=503)
    await carry_out(shop, 4)
    assert (await ends(shop, gone, "pending", "waits: "))["ended_at"] is None
    assert (
        await shop.api.pool.fetchval("select status from pos.till_pickups where order_id = $1", order.id)
        is None
    )
    await shop.app.steer(status_next=0)
    await carry_out(shop)
    await ends(shop, gone, "done")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("picked_up", "knows no order"),
        ("open_return", "knows no order"),
    ],
)
async def test_an_order_that_does_not_exist_is_refused(shop: Connected, kind: str, words: str) -> None:
    arguments = {
        "picked_up": {"fulfillment_order_id": 5},
        "open_return": {"lines": [{"line_id": 1, "quantity": 1}]},
    }
    command = await say(shop, kind, 987654321, **arguments[kind])
    await carry_out(shop)
    await ends(shop, command, "refused", words)


async def test_what_cannot_come_back_or_be_paid_back_is_refused_and_nothing_is_half_done(
    shop: Connected,
) -> None:
    order = buy(shop, pickup=False)
    fulfillments.fulfill(shop.app.shop, order.id)
    line = order.lines[0].id
    beyond = await say(shop, "open_return", order, lines=[{"line_id": line, "quantity": 3}])
    opened = await say(shop, "open_return", order, lines=[{"line_id": line, "quantity": 1}])
    greedy = await say(
        shop, "process_return", order, opened_by=str(opened), lines=[{"line_id": line, "quantity": 1}],
        refund="99999.00",
    )  # fmt: skip
    more = await say(
        shop, "process_return", order, opened_by=str(opened), lines=[{"line_id": line, "quantity": 2}]
    )
    after_refused = await say(shop, "close_return", order, opened_by=str(beyond))
    await carry_out(shop)
    await ends(shop, beyond, "refused", "3 are to come back, 2 can")
    await ends(shop, opened, "done")
    await ends(shop, greedy, "refused", "are to be paid back")
    await ends(shop, more, "refused", "2 are to be processed, 1 came back")
    await ends(shop, after_refused, "refused", "never opened")
    assert len(order.returns) == 1 and not order.refunds


async def test_a_cancelled_order_hands_out_nothing(shop: Connected) -> None:
    order = buy(shop)
    pickup = routed(order)
    orders.cancel(shop.app.shop, order.id, "customer")
    command = await say(shop, "picked_up", order, fulfillment_order_id=pickup.id)
    await carry_out(shop)
    await ends(shop, command, "refused", "cancelled")


async def test_a_missing_scope_is_named_and_nothing_is_tried_for_ever(shop: Connected) -> None:
    (item, place), _ = next(iter(shop.app.shop.levels.items()))
    scopes = [scope for scope in shop.app.shop.register.app.scopes if scope != "write_inventory"]
    await shop.app.steer(scopes=[*scopes, "read_inventory"])
    command = await say(shop, "adjust_inventory", inventory_item_id=item, location_id=place, delta=-1)
    await carry_out(shop)
    await ends(shop, command, "refused", "write_inventory")
    assert await shop.api.pool.fetchval("select count(*) from connector.command_work") == 0


async def test_a_shop_without_credentials_keeps_its_commands(shop: Connected) -> None:
    await shop.api.pool.execute("delete from connector.credentials")
    shop.api.admins.clear()
    command = await say(shop, "picked_up", 7, fulfillment_order_id=5)
    await carry_out(shop)
    await ends(shop, command, "pending", "waits: ")


async def test_what_nobody_can_tell_waits_for_a_person_and_is_replayed(shop: Connected) -> None:
    order = buy(shop, 3, pickup=False)
    fulfillments.fulfill(shop.app.shop, order.id)
    line = order.lines[0].id
    opened = await say(shop, "open_return", order, lines=[{"line_id": line, "quantity": 3}])
    await carry_out(shop)
    one = [{"line_id": line, "quantity": 1}]
    command = await say(shop, "process_return", order, opened_by=str(opened), lines=one)
    await shop.app.steer(unheard_next=1)
    await carry_out(shop)
    (made,) = order.returns
    others = [{"id": gid_of("ReturnLineItem", made.lines[0].id), "quantity": 2}]
    await shop.app.ask(PROCESS, input={"returnId": gid_of("Return", made.id), "returnLineItems": others})
    await carry_out(shop)
    await ends(shop, command, "needs_person", "others processed the return")
    (letter,) = await dead_letters.listed(shop.api.pool)
    assert (letter["topic"], letter["webhook_id"]) == ("pos.commands/process_return", str(command))
    # Somebody looked, and says that it is to be done after all.
    assert await dead_letters.to_replay(shop.api.pool, [letter["dead_letter_id"]]) == []
    await carry_out(shop)
    await ends(shop, command, "done")
    assert await dead_letters.listed(shop.api.pool) == []
    assert sum(part.processed for part in made.lines) == 3
