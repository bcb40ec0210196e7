"""A day of trade: one believable random act after the other."""

from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Final

from connector.simulator import merchant, words
from connector.simulator.acts import fulfillments, orders, refunds, returns
from connector.simulator.acts.checkout import place_order
from connector.simulator.balance import balance, current, fulfillable, fulfilled, returnable
from connector.simulator.event import Event
from connector.simulator.money import ZERO, cents
from connector.simulator.opening import new_customer, open_shop
from connector.simulator.sales import Discount, Order
from connector.simulator.shop import Shop

RECENT: Final = 150  # trade goes on around the latest orders; older ones are at rest


class Trader:
    """Acts on the shop at random; the same random numbers make the same day."""

    def __init__(self, shop: Shop, random: Random) -> None:
        self.shop = shop
        self.random = random
        buyers: list[tuple[int, Callable[[], list[Event]]]] = [
            (30, self._order),
            (8, self._pick_up),
            (22, self._hand_over),
            (5, self._pay),
            (5, self._refund),
            (4, self._return),
            (2, self._cancel),
            (3, self._note),
            (2, self._edit),
            (2, self._archive),
            (1, self._echo),
        ]
        chores = [(weight, lambda act=act: act(shop, random)) for weight, act in merchant.CHORES]
        self._weights = [weight for weight, _ in (*buyers, *chores)]
        self._acts = [act for _, act in (*buyers, *chores)]

    def open_shop(self, products: int = 200, customers: int = 60) -> list[Event]:
        return open_shop(self.shop, self.random, products=products, customers=customers)

    def step(self) -> list[Event]:
        """One act that changed something."""
        while True:
            [act] = self.random.choices(self._acts, self._weights)
            if events := act():
                return events

    def _order(self, *, pickup: bool = False) -> list[Event]:
        """Somebody buys what one location has in stock."""
        shop, random = self.shop, self.random
        location_id = random.choice([place.id for place in shop.locations.values() if place.active])
        cart = self._cart(location_id)
        if not cart:
            return []
        kind = random.choices(["regular", "new", "guest"], [6, 2, 2])[0]
        foreign = random.random() < 0.05
        return place_order(
            shop,
            cart,
            location_id=location_id,
            customer_id=random.choice(list(shop.customers)) if kind == "regular" and shop.customers else None,
            newcomer=new_customer(shop, random) if kind == "new" else None,
            email=f"guest.{random.randrange(10**6)}@mail.example" if kind == "guest" else "",
            pickup=pickup,
            paid=random.random() < 0.8,
            discounts=self._discounts(),
            shipping=random.choice([ZERO, Decimal("4.90"), Decimal("7.50")]),
            presentment=random.choice(list(shop.settings.presentment_rates)) if foreign else None,
            taxes_included=random.random() < 0.1,
            note=random.choice(words.NOTES) if random.random() < 0.15 else None,
            tags=random.sample(words.ORDER_TAGS, random.choice([0, 0, 0, 1, 2])),
            source="pos" if random.random() < 0.1 else "web",
            test=random.random() < 0.02,
        )

    def _pick_up(self) -> list[Event]:
        return self._order(pickup=True)

    def _hand_over(self) -> list[Event]:
        """Prepare a pickup, send a parcel or half of it, add its tracking, or take it back."""
        order = self._recent(lambda order: not order.cancelled_at)
        if order is None:
            return []
        made = next((made for made in order.fulfillments if made.status == "success"), None)
        left = [(line.id, fulfillable(order, line)) for line in order.lines if fulfillable(order, line)]
        shipping = order.fulfillment_orders[-1].method == "shipping"
        if made and self.random.random() < 0.04 and not order.refunds:
            return fulfillments.cancel_fulfillment(self.shop, order.id, made.id)
        if made and shipping and not made.tracking_number and self.random.random() < 0.3:
            number = f"PA{self.random.randrange(10**9):09d}"
            return fulfillments.track(self.shop, order.id, made.id, "Correos", number)
        if not left:
            return []
        prepared = fulfillments.prepare_pickup(self.shop, order.id)
        if prepared:
            return prepared
        if len(left) > 1 and self.random.random() < 0.3:
            left = left[:1]
        return fulfillments.fulfill(self.shop, order.id, left)

    def _pay(self) -> list[Event]:
        order = self._recent(lambda order: not order.cancelled_at and balance(order).outstanding > 0)
        return orders.pay(self.shop, order.id) if order else []

    def _refund(self) -> list[Event]:
        """Give back some or all units, at times with the shipping, or a little money for the trouble."""
        random = self.random
        order = self._recent(lambda order: bool(order.transactions) and not order.cancelled_at)
        if order is None:
            return []
        sums = balance(order)
        restock = random.choice(["return", "cancel", "no_restock"])
        held = {"return": returnable, "cancel": fulfillable, "no_restock": current}[restock]
        units = [(line.id, random.randint(1, held(order, line))) for line in order.lines if held(order, line)]
        goodwill = random.random() < 0.15 and sums.current_total > 5
        if not units and not goodwill:
            return []
        return refunds.refund(
            self.shop,
            order.id,
            [] if goodwill else units[: random.randint(1, len(units))],
            restock=restock,
            shipping=sums.current_shipping if random.random() < 0.2 and not goodwill else ZERO,
            goodwill=cents(Decimal(random.randint(100, 300)) / 100) if goodwill else ZERO,
            note=random.choice(words.REFUND_NOTES),
            declined_first=random.random() < 0.1,
        )

    def _return(self) -> list[Event]:
        """Move a return one step on: requested, approved, refunded, closed."""
        order = self._recent(lambda order: any(asked.status != "closed" for asked in order.returns))
        if order is None or self.random.random() < 0.3:
            order = self._recent(lambda order: any(fulfilled(order, line) for line in order.lines))
        if order is None:
            return []
        asked = next((asked for asked in order.returns if asked.status != "closed"), None)
        if asked is None:
            held = [(line.id, returnable(order, line)) for line in order.lines if returnable(order, line)]
            note = self.random.choice(words.REFUND_NOTES)
            return returns.request_return(self.shop, order.id, held[:1], note=note) if held else []
        if asked.status == "requested":
            return returns.approve_return(self.shop, order.id, asked.id)
        lines = {line.id: line for line in order.lines}
        back = [(part.line_id, part.quantity) for part in asked.lines]
        refunded = any(made.return_id == asked.id for made in order.refunds)
        if refunded or any(returnable(order, lines[line_id]) < units for line_id, units in back):
            return returns.close_return(self.shop, order.id, asked.id)
        return refunds.refund(
            self.shop, order.id, back, restock="return", return_id=asked.id, note="Returned"
        )

    def _cancel(self) -> list[Event]:
        """Cancel an order that nothing was handed over of; rarely, delete one that was cancelled before."""
        if self.random.random() < 0.05:
            gone = self._recent(lambda order: order.cancelled_at is not None)
            return orders.delete_order(self.shop, gone.id) if gone else []
        order = self._recent(
            lambda order: not order.cancelled_at and not any(fulfilled(order, line) for line in order.lines)
        )
        reason = self.random.choice(["customer", "inventory", "fraud", "declined", "other"])
        return orders.cancel(self.shop, order.id, reason) if order else []

    def _note(self) -> list[Event]:
        order = self._recent()
        note = self.random.choice([*words.NOTES, None])
        return orders.annotate(self.shop, order.id, note) if order else []

    def _edit(self) -> list[Event]:
        order = self._recent(lambda order: not order.cancelled_at and len(order.lines) < 6)
        cart = self._cart(order.fulfillment_orders[0].location_id) if order else []
        return orders.edit_order(self.shop, order.id, *cart[0]) if order and cart else []

    def _archive(self) -> list[Event]:
        order = self._recent(lambda order: bool(order.fulfillments))
        return orders.close_order(self.shop, order.id) if order else []

    def _echo(self) -> list[Event]:
        order = self._recent()
        return orders.echo(self.shop, order.id) if order else []

    def _recent(self, fits: Callable[[Order], bool] = lambda order: True) -> Order | None:
        found = [o for o in islice(reversed(self.shop.orders.values()), RECENT) if fits(o)]
        return self.random.choice(found) if found else None

    def _cart(self, location_id: int) -> list[tuple[int, int]]:
        """One to four different variants, no more of each than the shelf holds."""
        cart: dict[int, int] = {}
        active = [p for p in self.shop.products.values() if p.published_at]
        for product in self.random.choices(active, k=self.random.choice([1, 1, 2, 3, 4])) if active else []:
            variant = self.random.choice(product.variants)
            level = self.shop.levels.get((variant.item_id, location_id))
            wanted = self.random.choice([1, 1, 1, 2, 3])
            if level is None or (level.available is not None and level.available < wanted):
                continue
            cart[variant.id] = wanted
        return list(cart.items())

    def _discounts(self) -> list[Discount]:
        random = self.random
        found = []
        if random.random() < 0.15:
            found.append(
                Discount(kind="discount_code", title="HOLA10", value=Decimal("10.0"), value_type="percentage")
            )
        if random.random() < 0.08:
            found.append(
                Discount(kind="automatic", title="🎁 5 off", value=Decimal("5.0"), value_type="fixed_amount")
            )
        return found
