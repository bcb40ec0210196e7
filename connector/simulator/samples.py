"""One believable webhook body for every topic, from a small shop of its own."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from random import Random
from typing import Any, Final

from connector.simulator.acts import (
    collections,
    consents,
    customers,
    fulfillments,
    inventory,
    locations,
    orders,
    products,
    refunds,
    rerouting,
    returns,
    settings,
)
from connector.simulator.acts.checkout import place_order
from connector.simulator.event import Event
from connector.simulator.opening import new_customer, new_product, open_shop
from connector.simulator.payloads.assemble import assemble
from connector.simulator.shop import Shop

Story = Callable[["Scene"], list[Event]]


class UnknownTopic(KeyError):
    """No sample for this topic; the message names the nearest ones."""

    def __init__(self, topic: str) -> None:
        self.near = get_close_matches(topic, STORIES, n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(self.near)}?" if self.near else ""
        super().__init__(f"no sample for topic {topic!r}{hint}")

    def __str__(self) -> str:
        return str(self.args[0])


class Scene:
    """A fresh small shop, and its first product, customer and so on, to tell a story with."""

    def __init__(self, domain: str) -> None:
        self.random = Random(domain)
        self.shop = Shop(domain, 0, lambda: datetime.now(UTC))
        open_shop(self.shop, self.random, products=4, customers=3)
        self.place = next(iter(self.shop.locations))
        self.product = next(iter(self.shop.products.values()))
        self.item = self.product.variants[0].item_id
        self.collection = next(iter(self.shop.collections))
        self.customer, self.twin, *_ = self.shop.customers
        for product in self.shop.products.values():
            for variant in product.variants:
                self.shop.levels[variant.item_id, self.place].available = 10

    def ordered(self, *, paid: bool = True, pickup: bool = False) -> list[Event]:
        cart = [(variant.id, 2) for variant in self.product.variants[:2]]
        return place_order(
            self.shop,
            cart,
            location_id=self.place,
            customer_id=self.customer,
            paid=paid,
            pickup=pickup,
            shipping=Decimal("4.90"),
            note="Please ring twice 🔔",
        )

    @property
    def order(self) -> int:
        return next(reversed(self.shop.orders))

    def handed_over(self) -> list[Event]:
        self.ordered()
        return fulfillments.fulfill(self.shop, self.order, company="Correos", tracking="PA000000001")

    def asked_back(self) -> list[Event]:
        self.handed_over()
        line = self.shop.orders[self.order].lines[0]
        return returns.request_return(self.shop, self.order, [(line.id, 1)])

    def approved(self) -> list[Event]:
        self.asked_back()
        return returns.approve_return(self.shop, self.order, self.shop.orders[self.order].returns[0].id)


def _partly_handed_over(s: Scene) -> list[Event]:
    s.ordered()
    return fulfillments.fulfill(s.shop, s.order, [(s.shop.orders[s.order].lines[0].id, 1)])


def _tracked_later(s: Scene) -> list[Event]:
    s.handed_over()
    made = s.shop.orders[s.order].fulfillments[0]
    return fulfillments.track(s.shop, s.order, made.id, "Correos", "PA000000002")


def _refunded(s: Scene) -> list[Event]:
    s.handed_over()
    line = s.shop.orders[s.order].lines[0]
    return refunds.refund(s.shop, s.order, [(line.id, 1)], restock="return", note="Too small")


def _put_back(s: Scene) -> list[Event]:
    s.ordered(pickup=True)
    fulfillments.prepare_pickup(s.shop, s.order)
    return rerouting.put_back(s.shop, s.order, s.shop.orders[s.order].fulfillment_orders[0].id)


def _taken_back(s: Scene) -> list[Event]:
    s.approved()
    order = s.shop.orders[s.order]
    [asked] = order.returns
    units = [(part.line_id, part.quantity) for part in asked.lines]
    return refunds.refund(s.shop, s.order, units, restock="return", return_id=asked.id)


def _closed_return(s: Scene) -> list[Event]:
    s.approved()
    return returns.close_return(s.shop, s.order, s.shop.orders[s.order].returns[0].id)


def _cancelled(s: Scene) -> list[Event]:
    s.ordered()
    return orders.cancel(s.shop, s.order)


def _after(first: Callable[[], list[Event]], then: Callable[[], list[Event]]) -> list[Event]:
    first()
    return then()


STORIES: Final[dict[str, Story]] = {
    "products/create": lambda s: new_product(s.shop, s.random, 7),
    "products/update": lambda s: products.rename_product(s.shop, s.product.id, "Renamed Linen Shirt"),
    "products/delete": lambda s: products.delete_product(s.shop, s.product.id),
    "collections/create": lambda s: collections.create_collection(s.shop, "Summer ☀️"),
    "collections/update": lambda s: collections.rename_collection(s.shop, s.collection, "Just In"),
    "collections/delete": lambda s: collections.delete_collection(s.shop, s.collection),
    "inventory_items/create": lambda s: new_product(s.shop, s.random, 7),
    "inventory_items/update": lambda s: inventory.update_inventory_item(s.shop, s.item, sku="NEW-SKU"),
    "inventory_items/delete": lambda s: products.delete_product(s.shop, s.product.id),
    "inventory_levels/connect": lambda s: _after(
        lambda: inventory.disconnect_level(s.shop, s.item, s.place),
        lambda: inventory.connect_level(s.shop, s.item, s.place, 5),
    ),
    "inventory_levels/update": lambda s: inventory.set_available(s.shop, s.item, s.place, 42),
    "inventory_levels/disconnect": lambda s: inventory.disconnect_level(s.shop, s.item, s.place),
    "locations/create": lambda s: locations.create_location(s.shop, "Kiosk", city="Colón"),
    "locations/update": lambda s: locations.rename_location(s.shop, s.place, "Old Town"),
    "locations/deactivate": lambda s: locations.deactivate_location(s.shop, s.place),
    "locations/activate": lambda s: _after(
        lambda: locations.deactivate_location(s.shop, s.place),
        lambda: locations.activate_location(s.shop, s.place),
    ),
    "locations/delete": lambda s: _after(
        lambda: locations.deactivate_location(s.shop, s.place),
        lambda: locations.delete_location(s.shop, s.place),
    ),
    "orders/create": Scene.ordered,
    "orders/updated": Scene.ordered,
    "orders/paid": lambda s: _after(lambda: s.ordered(paid=False), lambda: orders.pay(s.shop, s.order)),
    "orders/cancelled": _cancelled,
    "orders/fulfilled": Scene.handed_over,
    "orders/partially_fulfilled": _partly_handed_over,
    "orders/edited": lambda s: _after(
        s.ordered, lambda: orders.edit_order(s.shop, s.order, s.product.variants[-1].id, 1)
    ),
    "orders/delete": lambda s: _after(lambda: _cancelled(s), lambda: orders.delete_order(s.shop, s.order)),
    "refunds/create": _refunded,
    "fulfillments/create": Scene.handed_over,
    "fulfillments/update": _tracked_later,
    "fulfillment_orders/order_routing_complete": lambda s: s.ordered(pickup=True),
    "fulfillment_orders/line_items_prepared_for_pickup": lambda s: _after(
        lambda: s.ordered(pickup=True), lambda: fulfillments.prepare_pickup(s.shop, s.order)
    ),
    "fulfillment_orders/manually_reported_progress_stopped": _put_back,
    "returns/request": Scene.asked_back,
    "returns/approve": Scene.approved,
    "returns/close": _closed_return,
    "reverse_fulfillment_orders/dispose": _taken_back,
    "customers/create": lambda s: customers.create_customer(s.shop, new_customer(s.shop, s.random)),
    "customers/update": lambda s: customers.edit_customer(s.shop, s.customer, note="Prefers e-mail"),
    "customers/delete": lambda s: customers.delete_customer(s.shop, s.customer),
    "customers/enable": lambda s: customers.enable_customer(s.shop, s.customer),
    "customers/disable": lambda s: _after(
        lambda: customers.enable_customer(s.shop, s.customer),
        lambda: customers.disable_customer(s.shop, s.customer),
    ),
    "customers/merge": lambda s: customers.merge_customers(s.shop, s.customer, s.twin),
    "customers_email_marketing_consent/update": lambda s: _consented(s, "email"),
    "customers_marketing_consent/update": lambda s: _consented(s, "sms"),
    "customers_whats_app_marketing_consent/update": lambda s: _consented(s, "whatsapp"),
    "customer.tags_added": lambda s: customers.add_tags(s.shop, s.customer, ["gold", "regular"]),
    "customer.tags_removed": lambda s: _after(
        lambda: customers.add_tags(s.shop, s.customer, ["gold"]),
        lambda: customers.remove_tags(s.shop, s.customer, ["gold"]),
    ),
    "customers/purchasing_summary": Scene.ordered,
    "shop/update": lambda s: settings.update_shop(s.shop, phone="+5073000199"),
    "app/uninstalled": lambda s: settings.uninstall(s.shop),
}


def sample(topic: str, domain: str = "demo-shop.myshopify.com") -> dict[str, Any]:
    """A body for the topic, dated now; UnknownTopic when there is none."""
    if topic not in STORIES:
        raise UnknownTopic(topic)
    scene = Scene(domain)
    event = next(event for event in STORIES[topic](scene) if event.topic == topic)
    body: dict[str, Any] = json.loads(assemble(scene.shop, event) or b"{}")
    return body


def _consented(s: Scene, channel: str) -> list[Event]:
    return consents.set_consent(s.shop, s.customer, channel, "pending")
