"""What is done at the counter loses no unit and no cent, however it is mixed with the rest of trade."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.simulator.acts import counter, rerouting, returns, takebacks
from connector.simulator.acts.checkout import place_order
from connector.simulator.acts.dispositions import Disposed
from connector.simulator.acts.fulfillments import cancel_fulfillment
from connector.simulator.acts.refunds import refund
from connector.simulator.acts.takebacks import Asked, Payback, Processed
from connector.simulator.balance import balance, current, fulfillable, fulfilled, returnable
from connector.simulator.claims import unclaimed
from connector.simulator.event import Event
from connector.simulator.routes import pending
from connector.simulator.sales import Order, Return
from connector.simulator.shop import Shop
from connector.simulator.units import held, with_customer
from tests.simulator.shops import trading_shop
from tests.simulator.test_orders import removed_or_back


def at_the_counter(shop: Shop, random: Random, order: Order) -> list[Event]:
    """One act that a till could ask for, if any fits."""
    fit = [routed for routed in pending(order) if routed.status != "on_hold"]
    waiting = [routed for routed in fit if any(part.remaining for part in routed.lines)]
    open_returns = [asked for asked in order.returns if asked.status == "open"]
    match random.randrange(6):
        case 0 if waiting and not order.cancelled_at:
            routed = random.choice(waiting)
            units = {p.line_id: random.randint(1, p.remaining) for p in routed.lines if p.remaining}
            return counter.hand_over(shop, {routed.id: units})
        case 1 if waiting and (waiting[0].method, waiting[0].status) == ("pick_up", "open"):
            return counter.get_ready(shop, [waiting[0].id])
        case 2 if waiting and waiting[0].status == "in_progress":
            return rerouting.put_back(shop, order.id, waiting[0].id)
        case 3 if free := unclaimed(order):
            lines = [Asked(i, random.randint(1, units)) for i, units in free.items()]
            return takebacks.open_return(shop, order.id, lines)
        case 4 if open_returns:
            return processed(shop, random, order, random.choice(open_returns))
        case 5 if open_returns and random.random() < 0.3:
            return returns.close_return(shop, order.id, open_returns[0].id)
    return []


def processed(shop: Shop, random: Random, order: Order, asked: Return) -> list[Event]:
    [reverse] = asked.reverse
    lines, taken = [], dict[int, int]()
    for part, back in zip(asked.lines, reverse.lines, strict=True):
        line = next(line for line in order.lines if line.id == part.line_id)
        left = min(part.quantity - part.processed, with_customer(order, line) - taken.get(line.id, 0))
        if left > 0:
            units = random.randint(1, left)
            taken[line.id] = taken.get(line.id, 0) + units
            shelf = order.fulfillments[0].location_id
            lines.append(Processed(part.id, units, (Disposed(back.id, units, "restocked", shelf),)))
    sums = balance(order)
    left_to_pay = sums.paid - sums.refunded
    money = (
        [Payback(order.transactions[0].id, min(left_to_pay, Decimal("2.50")))] if left_to_pay > 0 else None
    )
    return takebacks.process_lines(shop, order.id, asked.id, lines, paybacks=money) if lines else []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9))
def test_units_and_money_are_kept(seed: int) -> None:
    shop, trader, _ = trading_shop(seed, acts=60)
    random, done = Random(seed), 0
    for _ in range(250):
        trader.step()
        orders = [order for order in shop.orders.values() if order.fulfillment_orders]
        done += bool(orders and at_the_counter(shop, random, random.choice(orders[-12:])))
    assert done > 20
    for order in shop.orders.values():
        for line in order.lines:
            waits = fulfillable(order, line)
            assert 0 <= waits <= current(order, line)
            if line.kind != "tip":
                assert current(order, line) == waits + with_customer(order, line)
            assert 0 <= returnable(order, line) <= fulfilled(order, line)
            assert returnable(order, line) == with_customer(order, line) - held(order, line)
            assert held(order, line) >= 0
            routed = sum(p.remaining for r in pending(order) for p in r.lines if p.line_id == line.id)
            assert routed == (0 if order.cancelled_at else waits)
        sums = balance(order)
        assert 0 <= sums.refunded <= sums.paid and (sums.outstanding >= 0 or removed_or_back(order))
        for asked in order.returns:
            assert all(0 <= part.refunded <= part.processed <= part.quantity for part in asked.lines)
            assert all(line.left >= 0 for reverse in asked.reverse for line in reverse.lines)


def returned() -> tuple[Shop, Order]:
    """Three units sold and handed over, and one of them in an approved return."""
    shop, _, _ = trading_shop()
    level = next(level for level in shop.levels.values() if (level.available or 0) > 3)
    place_order(shop, [(shop.owners[level.item_id], 3)], location_id=level.location_id, pickup=True)
    order = next(reversed(shop.orders.values()))
    [routed] = order.fulfillment_orders
    counter.hand_over(shop, {routed.id: {order.lines[0].id: 3}})
    returns.request_return(shop, order.id, [(order.lines[0].id, 1)])
    returns.approve_return(shop, order.id, order.returns[0].id)
    return shop, order


def test_a_refund_of_a_return_and_its_processing_come_to_the_same() -> None:
    ends = []
    for by_refund in (True, False):
        shop, order = returned()
        [asked], line = order.returns, order.lines[0]
        level = next(v for k, v in shop.levels.items() if k[0] == line.item_id and v.available is not None)
        place = order.fulfillments[0].location_id
        level = shop.levels[line.item_id or 0, place]
        before = level.available or 0
        if by_refund:
            told = refund(shop, order.id, [(line.id, 1)], restock="return", return_id=asked.id)
        else:
            [back] = asked.reverse[0].lines
            due = balance(order).total / 3
            done = Processed(asked.lines[0].id, 1, (Disposed(back.id, 1, "restocked", place),))
            pay = [Payback(order.transactions[0].id, round(due, 2))]
            told = takebacks.process_lines(shop, order.id, asked.id, [done], paybacks=pay)
        [made] = order.refunds
        ends.append(
            (
                {event.topic for event in told},
                [(part.quantity, part.released, part.restock_type, part.location_id) for part in made.lines],
                asked.lines[0].processed,
                [(d.kind, d.quantity) for d in asked.reverse[0].lines[0].dispositions],
                (level.available or 0) - before,
                (current(order, line), returnable(order, line), made.return_id == asked.id),
            )
        )
    assert ends[0] == ends[1]
    assert ends[0][4] == 1, "on the shelf once"


def test_what_came_back_cannot_be_taken_back_by_cancelling() -> None:
    shop, order = returned()
    [asked] = order.returns
    refund(shop, order.id, [(order.lines[0].id, 1)], restock="return", return_id=asked.id)
    with pytest.raises(ValueError):
        cancel_fulfillment(shop, order.id, order.fulfillments[0].id)
    assert unclaimed(order) == {order.fulfillments[0].lines[0].id: 2}


def test_a_refund_beside_an_open_return_leaves_less_to_ask_back() -> None:
    shop, order = returned()
    [line] = order.fulfillments[0].lines
    assert unclaimed(order) == {line.id: 2}
    refund(shop, order.id, [(order.lines[0].id, 1)], restock="return")
    assert unclaimed(order) == {line.id: 1}
    refund(shop, order.id, [(order.lines[0].id, 1)], restock="return")
    assert unclaimed(order) == {}
