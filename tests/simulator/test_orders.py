"""Money adds up to the cent and units are never lost, whatever trade brings."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.simulator.acts.checkout import place_order
from connector.simulator.acts.fulfillments import fulfill
from connector.simulator.acts.refunds import refund
from connector.simulator.balance import (
    balance,
    current,
    financial_status,
    fulfillable,
    fulfilled,
    held,
    refundable,
    returnable,
)
from connector.simulator.money import portion, split
from connector.simulator.payloads.orders import order_body
from connector.simulator.sales import Order
from connector.simulator.shop import Shop
from connector.simulator.units import with_customer
from tests.simulator.shops import trading_shop

amounts = st.decimals(min_value=0, max_value=10_000, places=2)


@given(amounts, st.lists(amounts, min_size=1, max_size=8))
def test_splitting_loses_no_cent(amount: Decimal, weights: list[Decimal]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == (amount if any(weights) else 0)
    assert all(part >= 0 for part in parts)


@given(amounts, st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_portions_add_up(amount: Decimal, taken: list[int]) -> None:
    whole, before, back = sum(taken), 0, Decimal(0)
    for units in taken:
        back += portion(amount, before, units, whole)
        before += units
    assert back == amount


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9))
def test_orders_add_up_after_random_trade(seed: int) -> None:
    shop, _, _ = trading_shop(seed, acts=150)
    assert shop.orders
    for order in shop.orders.values():
        _money_adds_up(shop, order)
        _units_add_up(order)
    for customer in shop.customers.values():
        bought = [order for order in shop.orders.values() if order.customer_id == customer.id]
        spent = sum((balance(order).paid - balance(order).refunded for order in bought), Decimal(0))
        assert (customer.total_spent or Decimal(0)) == spent
    assert all(level.available is None or level.available >= 0 for level in shop.levels.values())


def test_where_the_units_of_a_line_are() -> None:
    """Three bought: one handed over and returned, one cancelled, so one is left to hand over."""
    shop, _, _ = trading_shop()
    place = next(iter(shop.locations))
    product = next(p for p in shop.products.values() if shop.items[p.variants[0].item_id].tracked)
    level = shop.levels[product.variants[0].item_id, place]
    level.available = 10
    place_order(shop, [(product.variants[0].id, 3)], location_id=place, shipping=Decimal("4.90"))
    order = next(reversed(shop.orders.values()))
    [line] = order.lines

    def units() -> tuple[int, ...]:
        tell = (current, fulfilled, fulfillable, returnable)
        return (*(number(order, line) for number in tell), level.available or 0)

    assert units() == (3, 0, 3, 0, 7)
    fulfill(shop, order.id, [(line.id, 1)])
    assert units() == (3, 1, 2, 1, 7)
    with pytest.raises(ValueError):
        refund(shop, order.id, [(line.id, 2)], restock="return")
    refund(shop, order.id, [(line.id, 1)], restock="return")
    assert units() == (2, 1, 2, 0, 8)
    refund(shop, order.id, [(line.id, 1)], restock="cancel")
    assert units() == (1, 1, 1, 0, 9)
    refund(shop, order.id, [(line.id, 1)], shipping=Decimal("4.90"))
    assert units() == (0, 1, 0, 0, 9)
    sums = balance(order)
    assert sums.refunded == sums.paid == sums.total and financial_status(order, sums) == "refunded"


def _money_adds_up(shop: Shop, order: Order) -> None:
    sums = balance(order)
    tax = Decimal(0) if order.taxes_included else sums.tax
    extra = (order.duties or Decimal(0)) + (order.fees or Decimal(0)) + sums.tip
    assert sums.total == sums.subtotal + tax + sums.shipping + extra
    assert sums.subtotal == sums.line_items - sums.discounts
    assert 0 <= sums.refunded <= sums.paid
    owed = sums.outstanding >= 0
    assert owed or removed_or_back(order), "only what was taken off the order without a refund is overpaid"
    assert min(sums.current_subtotal, sums.current_tax, sums.current_shipping, sums.current_total) >= 0
    for made in order.refunds:
        assert all(line.subtotal >= 0 and line.tax >= 0 for line in made.lines)
    if order.cancelled_at:
        assert sums.paid == sums.refunded and financial_status(order, sums) in ("voided", "refunded")
    body = order_body(shop, order)
    for name, value in body.items():
        if name.endswith("_set") and value:
            shown, plain = value["presentment_money"], value["shop_money"]
            assert Decimal(shown["amount"]) == Decimal(plain["amount"]) * order.presentment_rate
            assert body.get(name.removesuffix("_set"), plain["amount"]) == plain["amount"]


def _units_add_up(order: Order) -> None:
    for line in order.lines:
        left, now = fulfillable(order, line), current(order, line)
        assert 0 <= left <= now <= line.quantity
        assert 0 <= returnable(order, line) <= fulfilled(order, line)
        assert now <= refundable(order, line) <= line.quantity
        if line.kind != "tip":
            out = with_customer(order, line)
            assert now == left + out, "every unit waits, is out, or came back"
            assert returnable(order, line) == max(0, out - held(order, line))


def removed_or_back(order: Order) -> bool:
    """Whether it is worth less now than what was paid: nobody has given the rest back yet."""
    if any(discount.title == "Price match" for discount in order.discounts):
        return True
    removed = any(made.lines and not made.transactions for made in order.refunds)
    return removed or any(part.processed for asked in order.returns for part in asked.lines)
