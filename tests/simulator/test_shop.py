"""Events of a shop: who shares what, and in which order they were triggered."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connector.simulator.acts import customers, inventory, locations, orders, products
from connector.simulator.acts.checkout import place_order
from connector.simulator.opening import ean13
from connector.simulator.shop import Shop
from connector.simulator.truth import truth
from tests.simulator.shops import DOMAIN, trading_shop


def test_same_seed_same_shop() -> None:
    one, _, events = trading_shop(5, acts=60)
    two, _, again = trading_shop(5, acts=60)
    other, _, _ = trading_shop(6, acts=60)
    assert truth(one) == truth(two) and events == again
    assert truth(one) != truth(other)


def test_a_later_opening_repeats_no_webhook_id() -> None:
    """A fresh shop with the old seed must not look like old deliveries repeated."""

    def opened(hour: int) -> set[str]:
        shop = Shop(DOMAIN, 1, lambda: datetime(2026, 11, 24, hour, tzinfo=UTC))
        return {event.webhook_id for event in locations.create_location(shop, "Kiosk")}

    assert not opened(8) & opened(9)


def test_ids_survive_as_integers_only() -> None:
    shop, _, _ = trading_shop()
    ids = [product.id for product in shop.products.values()] + list(shop.items) + list(shop.customers)
    assert len(set(ids)) == len(ids)
    assert any(i > 2**53 and int(float(i)) != i for i in ids), "some ids break under a float"
    assert any(10**13 <= i < 2**53 for i in ids)


def test_events_of_one_act_share_the_event_id_only() -> None:
    _, _, events = trading_shop(acts=80)
    assert len({event.webhook_id for event in events}) == len(events)
    checkout = next(event for event in events if event.topic == "orders/create")
    topics = {event.topic for event in events if event.event_id == checkout.event_id}
    assert {"orders/create", "orders/updated", "fulfillment_orders/order_routing_complete"} < topics


def test_triggering_follows_the_change_and_never_runs_backwards() -> None:
    _, _, events = trading_shop(acts=80)
    times = [event.triggered_at for event in events]
    assert times == sorted(set(times))
    assert any(at.microsecond % 1000 for at in times), "microseconds are told"

    moment = datetime(2026, 11, 24, 12, 0, 0, 400_000, tzinfo=UTC)
    shop = Shop(DOMAIN, 1, lambda: moment)
    [event] = locations.create_location(shop, "Kiosk")
    assert timedelta(milliseconds=1) <= event.triggered_at - moment <= timedelta(milliseconds=40)
    assert shop.locations[event.key[0]].updated_at == moment.replace(microsecond=0)


def test_nothing_changed_nothing_told() -> None:
    shop, _, _ = trading_shop()
    level = next(iter(shop.levels.values()))
    product = next(iter(shop.products.values()))
    before = level.updated_at, product.updated_at
    assert inventory.set_available(shop, level.item_id, level.location_id, level.available or 0) == []
    variant = product.variants[0]
    assert products.edit_price(shop, variant.id, variant.price, variant.compare_at_price) == []
    assert products.rename_product(shop, product.id, product.title) == []
    assert (level.updated_at, product.updated_at) == before


def test_a_checkout_moves_stock_and_credits_the_customer() -> None:
    shop, _, _ = trading_shop()
    place = next(iter(shop.locations))
    product = next(p for p in shop.products.values() if shop.items[p.variants[0].item_id].tracked)
    variant = product.variants[0]
    level = shop.levels[variant.item_id, place]
    level.available = 9
    customer = next(c for c in shop.customers.values() if c.orders_count is None)
    events = place_order(shop, [(variant.id, 2)], location_id=place, customer_id=customer.id)
    order = next(reversed(shop.orders.values()))
    assert level.available == 7
    assert customer.orders_count == 1 and customer.total_spent == order.transactions[0].amount
    assert [event.topic for event in events] == [
        "orders/create",
        "orders/paid",
        "orders/updated",
        "inventory_levels/update",
        "products/update",
        "customers/update",
        "customers/purchasing_summary",
        "fulfillment_orders/order_routing_complete",
    ]
    orders.cancel(shop, order.id)
    assert level.available == 9 and customer.total_spent == Decimal("0.00")


def test_merging_moves_orders_and_tags() -> None:
    shop, _, _ = trading_shop()
    place, variant = next(iter(shop.locations)), next(iter(shop.products.values())).variants[0]
    kept, gone = list(shop.customers)[:2]
    place_order(shop, [(variant.id, 1)], location_id=place, customer_id=gone)
    customers.add_tags(shop, gone, ["gold"])
    events = customers.merge_customers(shop, kept, gone)
    assert next(reversed(shop.orders.values())).customer_id == kept
    assert "gold" in shop.customers[kept].tags and gone not in shop.customers
    assert {"customers/merge", "customer.tags_added", "customers/purchasing_summary"} <= {
        event.topic for event in events
    }


def test_what_cannot_be_done_changes_nothing() -> None:
    shop, _, _ = trading_shop(acts=40)
    before = truth(shop)
    product = next(p for p in shop.products.values() if len(p.variants) == 1)
    buyer = next(o.customer_id for o in shop.orders.values() if o.customer_id)
    with pytest.raises(ValueError):
        products.remove_variant(shop, product.variants[0].id)
    with pytest.raises(ValueError):
        customers.delete_customer(shop, buyer)
    with pytest.raises(ValueError):
        locations.delete_location(shop, next(iter(shop.locations)))
    assert truth(shop) == before


@pytest.mark.parametrize(
    ("twelve", "code"), [(400638133393, "4006381333931"), (745000000000, "7450000000006")]
)
def test_barcodes_end_in_their_check_digit(twelve: int, code: str) -> None:
    assert ean13(twelve) == code


def test_a_new_shop_is_full() -> None:
    shop, _, events = trading_shop(products=200)
    assert events[0].topic == "shop/update"
    assert len(shop.products) == 200 and len(shop.locations) == 3 and len(shop.collections) == 8
    variants = [variant for product in shop.products.values() for variant in product.variants]
    assert len(shop.levels) == len(variants) * 3
    codes = [variant.barcode for variant in variants if variant.barcode]
    assert len(set(codes)) == len(codes) and len(codes) > len(variants) * 0.8
    assert len({variant.sku for variant in variants}) == len(variants)
