"""What buyers do: they buy, pay later, and keep an account."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Final

from connector.simulator import words
from connector.simulator.acts import consents, customers, fulfillments, orders
from connector.simulator.acts.checkout import place_order
from connector.simulator.acts.selling import Extra
from connector.simulator.balance import balance
from connector.simulator.event import Event
from connector.simulator.latest import recent
from connector.simulator.money import ZERO
from connector.simulator.opening import new_customer
from connector.simulator.people import Address, Customer
from connector.simulator.sales import Discount
from connector.simulator.shop import Shop


def _buy(shop: Shop, random: Random, *, pickup: bool = False) -> list[Event]:
    """Somebody buys what one location has in stock."""
    location_id = random.choice([place.id for place in shop.locations.values() if place.active])
    cart = fill_cart(shop, random, location_id)
    if not cart:
        return []
    who = random.choices(["regular", "new", "guest"], [6, 2, 2])[0]
    foreign = random.random() < 0.05
    return place_order(
        shop,
        cart,
        location_id=location_id,
        customer_id=random.choice(list(shop.customers)) if who == "regular" and shop.customers else None,
        newcomer=new_customer(shop, random) if who == "new" else None,
        email=f"guest.{random.randrange(10**6)}@mail.example" if who == "guest" else "",
        pickup=pickup,
        paid=random.random() < 0.8,
        discounts=_discounts(random),
        shipping=random.choice([ZERO, Decimal("4.90"), Decimal("7.50")]),
        presentment=random.choice(list(shop.settings.presentment_rates)) if foreign else None,
        taxes_included=random.random() < 0.1,
        note=random.choice(words.NOTES) if random.random() < 0.15 else None,
        tags=random.sample(words.ORDER_TAGS, random.choice([0, 0, 0, 1, 2])),
        source=random.choices(["web", "shopify_draft_order"], [9, 1])[0],
        test=random.random() < 0.02,
        extras=_extras(random),
        duties=Decimal(random.randint(100, 900)) / 100 if random.random() < 0.05 else None,
        fees=Decimal("1.50") if random.random() < 0.05 else None,
        collector=_collector(shop, random) if pickup and (who == "guest" or random.random() < 0.2) else None,
    )


def _buy_at_till(shop: Shop, random: Random) -> list[Event]:
    """Paid in cash, often with a tip, and carried away at once."""
    location_id = random.choice([place.id for place in shop.locations.values() if place.active])
    cart = fill_cart(shop, random, location_id)
    if not cart:
        return []
    tip = [Extra("Tip", Decimal(random.randint(50, 300)) / 100, kind="tip")] if random.random() < 0.5 else []
    events = place_order(shop, cart, location_id=location_id, source="pos", extras=tip)
    return events + fulfillments.fulfill(shop, next(reversed(shop.orders)))


def _reserve(shop: Shop, random: Random) -> list[Event]:
    return _buy(shop, random, pickup=True)


def _pay(shop: Shop, random: Random) -> list[Event]:
    order = recent(shop, random, lambda order: not order.cancelled_at and balance(order).outstanding > 0)
    return orders.pay(shop, order.id) if order else []


def _sign_up(shop: Shop, random: Random) -> list[Event]:
    return customers.create_customer(shop, new_customer(shop, random))


def _change_account(shop: Shop, random: Random) -> list[Event]:
    customer = _customer(shop, random)
    if customer is None:
        return []
    match random.randrange(4):
        case 0:
            return customers.edit_customer(shop, customer.id, note=random.choice(words.NOTES))
        case 1:
            return customers.edit_customer(shop, customer.id, last_name=random.choice(words.LAST_NAMES))
        case 2:
            return customers.edit_customer(shop, customer.id, phone=f"+5077{shop.new_id() % 10**8:08d}")
        case _:
            flip = customers.disable_customer if customer.state == "enabled" else customers.enable_customer
            return flip(shop, customer.id)


def _become_known(shop: Shop, random: Random) -> list[Event]:
    """Tags come and go."""
    customer = _customer(shop, random)
    if customer is None:
        return []
    act = customers.remove_tags if customer.tags and random.random() < 0.4 else customers.add_tags
    pool = customer.tags if act is customers.remove_tags else words.CUSTOMER_TAGS
    return act(shop, customer.id, random.sample(pool, 1))


def _consent(shop: Shop, random: Random) -> list[Event]:
    customer = _customer(shop, random)
    channel = random.choice(["email", "email", "sms", "whatsapp"])
    state = random.choice(["subscribed", "unsubscribed", "pending"])
    return consents.set_consent(shop, customer.id, channel, state) if customer else []


def _disappear(shop: Shop, random: Random) -> list[Event]:
    """Rare: two customers turn out to be one, or one asks to be forgotten."""
    absorbed = set(shop.register.merged.values())
    pool = [customer_id for customer_id in shop.customers if customer_id not in absorbed]
    if len(pool) < 10:
        return []
    kept, gone = random.sample(pool, 2)
    if random.random() < 0.5:
        return customers.merge_customers(shop, kept, gone)
    bought = {order.customer_id for order in shop.orders.values()}
    free = [customer_id for customer_id in pool if customer_id not in bought]
    return customers.delete_customer(shop, random.choice(free)) if free else []


# How often each comes up, beside what clerks and the merchant do.
HABITS: Final[list[tuple[float, Callable[[Shop, Random], list[Event]]]]] = [
    (28, _buy),
    (4, _buy_at_till),
    (8, _reserve),
    (5, _pay),
    (2, _sign_up),
    (3, _change_account),
    (3, _become_known),
    (2, _consent),
    (0.5, _disappear),
]


def fill_cart(shop: Shop, random: Random, location_id: int) -> list[tuple[int, int]]:
    """One to four different variants, no more of each than the shelf holds; empty if it holds none."""
    cart: dict[int, int] = {}
    offered = [product for product in shop.products.values() if product.published_at]
    for product in random.choices(offered, k=random.choice([1, 1, 2, 3, 4])) if offered else []:
        variant = random.choice(product.variants)
        level = shop.levels.get((variant.item_id, location_id))
        wanted = random.choice([1, 1, 1, 2, 3])
        if level is not None and (level.available is None or level.available >= wanted):
            cart[variant.id] = wanted
    return list(cart.items())


def _extras(random: Random) -> list[Extra]:
    found = []
    if random.random() < 0.08:
        found.append(Extra("Engraving", Decimal("12.50"), random.choice([1, 2])))
    if random.random() < 0.06:
        found.append(Extra("Gift card", Decimal("25.00"), kind="gift_card"))
    if random.random() < 0.05:
        found.append(Extra("Tip", Decimal("2.25"), kind="tip"))
    return found


def _collector(shop: Shop, random: Random) -> Address:
    """Somebody comes for it, with an account or without."""
    address = new_customer(shop, random).address
    return address or Address(
        id=shop.new_id(),
        first_name=random.choice(words.FIRST_NAMES),
        last_name=random.choice(words.LAST_NAMES),
        company=None,
        address1="Calle 50",
        address2=None,
        city="Panamá",
        province="Panamá",
        province_code="PA-8",
        zip="0801",
        phone=f"+5076{shop.new_id() % 10**7:07d}",
    )


def _discounts(random: Random) -> list[Discount]:
    found = []
    if random.random() < 0.15:
        found.append(("discount_code", "HOLA10", Decimal("10.0"), "percentage"))
    if random.random() < 0.08:
        found.append(("automatic", "🎁 5 off", Decimal("5.0"), "fixed_amount"))
    return [Discount(kind=kind, title=title, value=v, value_type=unit) for kind, title, v, unit in found]


def _customer(shop: Shop, random: Random) -> Customer | None:
    return random.choice(list(shop.customers.values())) if shop.customers else None
