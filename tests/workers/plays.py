"""Ways an order can go at the counter, each played in a simulated shop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connector.simulator.acts import edits, fulfillments, orders, processing, refunds, rerouting, returns
from connector.simulator.acts.checkout import place_order
from connector.simulator.acts.selling import Extra
from connector.simulator.event import Event
from connector.simulator.sales import Discount, Order
from connector.simulator.shop import Shop
from tests.workers.connected import Connected


class Counter:
    """A shop with two tracked articles at 10.00 and 20.00, at two places; what was done, to be told."""

    def __init__(self, shop: Connected) -> None:
        self.shop: Shop = shop.app.shop
        self.events: list[Event] = []
        self.here, self.there, *_ = self.shop.locations
        shelf = [p for p in self.shop.products.values() if self.shop.items[p.variants[0].item_id].tracked]
        self.cheap, self.dear = (product.variants[0] for product in shelf[:2])
        self.cheap.price, self.dear.price = Decimal("10.00"), Decimal("20.00")
        for variant in (self.cheap, self.dear):
            self.shop.levels[variant.item_id, self.here].available = 50

    def do(self, events: list[Event]) -> None:
        self.events += events

    def buy(self, cheap: int = 0, dear: int = 0, **how: Any) -> Order:
        cart = [(v.id, n) for v, n in ((self.cheap, cheap), (self.dear, dear)) if n]
        how.setdefault("taxes_included", False)
        self.do(place_order(self.shop, cart, location_id=self.here, **how))
        return next(reversed(self.shop.orders.values()))

    def hand_over(self, order: Order, units: list[tuple[int, int]] | None = None) -> None:
        self.do(fulfillments.fulfill(self.shop, order.id, units))

    def bring_back(self, order: Order, line: int, units: int) -> int:
        """An open return; its id."""
        self.do(returns.request_return(self.shop, order.id, [(line, units)]))
        self.do(returns.approve_return(self.shop, order.id, order.returns[-1].id))
        return order.returns[-1].id


def added(at: Counter) -> Order:
    order = at.buy(cheap=1)
    at.do(orders.edit_order(at.shop, order.id, at.dear.id, 2))
    return order


def removed(at: Counter) -> Order:
    order = at.buy(cheap=3, dear=1)
    at.do(edits.remove_units(at.shop, order.id, order.lines[0].id, 2))
    at.do(edits.remove_units(at.shop, order.id, order.lines[1].id, 1, restock=False))
    return order


def repriced(at: Counter) -> Order:
    order = at.buy(cheap=1)
    at.do(edits.discount_line(at.shop, order.id, order.lines[0].id, Decimal("2.00")))
    return order


def partly_sent(at: Counter) -> Order:
    order = at.buy(cheap=3)
    at.hand_over(order, [(order.lines[0].id, 1)])
    return order


def refunded_twice(at: Counter) -> Order:
    order = at.buy(cheap=3, shipping=Decimal("4.90"))
    at.hand_over(order)
    line = order.lines[0].id
    at.do(refunds.refund(at.shop, order.id, [(line, 1)], restock="return"))
    at.do(refunds.refund(at.shop, order.id, [(line, 1)], shipping=Decimal("4.90")))
    return order


def discounted(at: Counter) -> Order:
    tenth = Discount(kind="discount_code", title="TEN", value=Decimal(10), value_type="percentage")
    five = Discount(kind="automatic", title="Five", value=Decimal(5), value_type="fixed_amount")
    return at.buy(cheap=1, dear=1, discounts=[tenth, five])


def taxes_in(at: Counter) -> Order:
    return at.buy(cheap=1, taxes_included=True)


def duties(at: Counter) -> Order:
    return at.buy(cheap=1, duties=Decimal("3.20"), fees=Decimal("1.50"))


def tipped(at: Counter) -> Order:
    return at.buy(cheap=1, extras=[Extra("Tip", Decimal("2.00"), kind="tip")])


def gift_card(at: Counter) -> Order:
    return at.buy(extras=[Extra("Gift card", Decimal("25.00"), kind="gift_card")])


def custom(at: Counter) -> Order:
    return at.buy(cheap=1, extras=[Extra("Engraving", Decimal("5.00"), 2)])


def rounded(at: Counter) -> Order:
    at.cheap.price = Decimal("9.99")
    order = at.buy(cheap=1, source="pos")
    at.hand_over(order)
    return order


def exchanged(at: Counter) -> Order:
    order = at.buy(cheap=2)
    at.hand_over(order)
    line = order.lines[0].id
    back = at.bring_back(order, line, 1)
    at.do(
        processing.process_return(
            at.shop, order.id, back, [(line, 1)], shelf=at.there, exchange=[(at.dear.id, 1)]
        )
    )
    return order


def processed_unpaid(at: Counter) -> Order:
    order = at.buy(cheap=2)
    at.hand_over(order)
    line = order.lines[0].id
    back = at.bring_back(order, line, 1)
    at.do(processing.process_return(at.shop, order.id, back, [(line, 1)], shelf=at.here, paying=False))
    return order


def announced(at: Counter) -> Order:
    order = at.buy(cheap=3)
    at.hand_over(order)
    at.bring_back(order, order.lines[0].id, 2)
    return order


def declined(at: Counter) -> Order:
    order = at.buy(cheap=3)
    at.hand_over(order)
    at.do(returns.request_return(at.shop, order.id, [(order.lines[0].id, 2)]))
    at.do(returns.decline_return(at.shop, order.id, order.returns[-1].id))
    return order


def cancelled(at: Counter) -> Order:
    order = at.buy(cheap=2, shipping=Decimal("4.90"), duties=Decimal("1.10"))
    at.do(orders.cancel(at.shop, order.id))
    return order


def archived(at: Counter) -> Order:
    order = partly_sent(at)
    at.hand_over(order)
    at.do(orders.close_order(at.shop, order.id))
    return order


def test_order(at: Counter) -> Order:
    return at.buy(cheap=1, test=True)


def foreign(at: Counter) -> Order:
    order = at.buy(cheap=2, presentment="JMD")
    at.hand_over(order)
    at.do(refunds.refund(at.shop, order.id, [(order.lines[0].id, 1)], restock="return"))
    return order


def unpaid(at: Counter) -> Order:
    return at.buy(cheap=1, paid=False)


def pickup(at: Counter) -> Order:
    return at.buy(cheap=3, pickup=True)


def ready(at: Counter) -> Order:
    order = pickup(at)
    at.do(fulfillments.prepare_pickup(at.shop, order.id))
    return order


def back_to_open(at: Counter) -> Order:
    order = ready(at)
    at.do(rerouting.put_back(at.shop, order.id, order.fulfillment_orders[0].id))
    return order


def picked_up(at: Counter) -> Order:
    order = ready(at)
    at.hand_over(order)
    return order


def partly_picked_up(at: Counter) -> Order:
    order = ready(at)
    at.hand_over(order, [(order.lines[0].id, 1)])
    return order


def split(at: Counter) -> Order:
    order = pickup(at)
    line, first = order.lines[0].id, order.fulfillment_orders[0].id
    at.do(rerouting.split(at.shop, order.id, first, {line: 1}))
    return order


def merged(at: Counter) -> Order:
    order = split(at)
    first, second = (routed.id for routed in order.fulfillment_orders)
    at.do(rerouting.merge(at.shop, order.id, first, second))
    return order


def moved(at: Counter) -> Order:
    order = pickup(at)
    at.do(rerouting.move(at.shop, order.id, order.fulfillment_orders[0].id, at.there))
    return order


def held(at: Counter) -> Order:
    order = pickup(at)
    at.do(rerouting.hold(at.shop, order.id, order.fulfillment_orders[0].id, {order.lines[0].id: 2}))
    return order


def released(at: Counter) -> Order:
    order = held(at)
    at.do(rerouting.release(at.shop, order.id, order.fulfillment_orders[0].id))
    return order


def replaced(at: Counter) -> Order:
    order = ready(at)
    at.do(rerouting.replace(at.shop, order.id, order.fulfillment_orders[0].id))
    return order


def pickup_refunded(at: Counter) -> Order:
    order = pickup(at)
    at.do(refunds.refund(at.shop, order.id, [(order.lines[0].id, 3)], restock="cancel"))
    return order


def taken_back(at: Counter) -> Order:
    order = picked_up(at)
    at.do(fulfillments.cancel_fulfillment(at.shop, order.id, order.fulfillments[0].id))
    return order
