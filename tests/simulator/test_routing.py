"""Fulfillment orders: what they hold, when they end, and the stock they bind."""

from connector.simulator.acts.checkout import place_order
from connector.simulator.acts.fulfillments import cancel_fulfillment, fulfill, prepare_pickup
from connector.simulator.acts.orders import cancel
from connector.simulator.acts.refunds import refund
from connector.simulator.event import Event
from connector.simulator.sales import FulfillmentOrder, Order
from connector.simulator.shop import Shop
from tests.simulator.shops import trading_shop


def ordered(units: int = 5) -> tuple[Shop, Order, tuple[int, int]]:
    """One line of a tracked variant, to be picked up; and the key of its level."""
    shop, _, _ = trading_shop()
    level = next(level for level in shop.levels.values() if (level.available or 0) > units)
    variant = shop.owners[level.item_id]
    place_order(shop, [(variant, units)], location_id=level.location_id, pickup=True)
    return shop, next(reversed(shop.orders.values())), (level.item_id, level.location_id)


def held(routed: FulfillmentOrder) -> list[tuple[int, int]]:
    return [(part.total, part.remaining) for part in routed.lines]


def topics(events: list[Event]) -> list[str]:
    return [event.topic for event in events]


def test_handing_over_a_part_replaces_the_fulfillment_order() -> None:
    shop, order, key = ordered()
    assert shop.committed[key] == 5
    told = fulfill(shop, order.id, [(order.lines[0].id, 2)])
    first, second = order.fulfillment_orders
    assert (first.status, held(first)) == ("closed", [(2, 0)])
    assert (second.status, held(second)) == ("open", [(3, 3)])
    assert order.fulfillments[0].routed_ids == [first.id]
    assert shop.committed[key] == 3 and "inventory_levels/update" in topics(told)
    assert first.updated_at == second.updated_at == shop.levels[key].updated_at == order.updated_at
    fulfill(shop, order.id)
    assert held(second) == [(3, 0)] and shop.committed[key] == 0
    assert len(order.fulfillment_orders) == 2, "nothing is left for a third one"
    cancel_fulfillment(shop, order.id, order.fulfillments[1].id)
    assert held(order.fulfillment_orders[2]) == [(3, 3)] and shop.committed[key] == 3


def test_what_is_taken_off_the_order_is_not_to_be_handed_over() -> None:
    shop, order, key = ordered()
    available = shop.levels[key].available or 0
    refund(shop, order.id, [(order.lines[0].id, 2)], restock="cancel")
    [routed] = order.fulfillment_orders
    assert (routed.status, held(routed), shop.committed[key]) == ("open", [(3, 3)], 3)
    assert shop.levels[key].available == available + 2
    refund(shop, order.id, [(order.lines[0].id, 3)], restock="cancel")
    assert (routed.status, held(routed), shop.committed[key]) == ("closed", [], 0)


def test_a_cancelled_order_binds_nothing() -> None:
    shop, order, key = ordered()
    cancel(shop, order.id)
    [routed] = order.fulfillment_orders
    assert (routed.status, held(routed)) == ("cancelled", [(5, 0)])
    assert key not in shop.committed and order.id not in shop.promised


def test_getting_a_pickup_ready_dates_its_fulfillment_order_alone() -> None:
    shop, order, _ = ordered()
    before = order.updated_at
    while shop.clock().second == before.second:
        pass  # the test's clock moves on whenever somebody looks
    prepare_pickup(shop, order.id)
    [routed] = order.fulfillment_orders
    assert routed.status == "in_progress" and routed.updated_at is not None
    assert routed.updated_at > before == order.updated_at
