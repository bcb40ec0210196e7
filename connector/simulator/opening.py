"""Filling a new shop with a believable catalogue, its stock and its customers."""

from decimal import Decimal
from itertools import product as combinations
from random import Random

from connector.simulator import words
from connector.simulator.acts.collections import create_collection
from connector.simulator.acts.consents import set_consent
from connector.simulator.acts.customers import NewCustomer, create_customer
from connector.simulator.acts.locations import create_location
from connector.simulator.acts.products import NewVariant, create_product
from connector.simulator.acts.settings import update_shop
from connector.simulator.event import Event
from connector.simulator.people import Address
from connector.simulator.shop import Shop


def open_shop(shop: Shop, random: Random, *, products: int = 200, customers: int = 60) -> list[Event]:
    """Locations, products in stock at each of them, collections and customers, as events in that order."""
    events = update_shop(shop)
    for name, address1, address2, city, zip, province, code, phone in words.LOCATIONS:
        events += create_location(
            shop,
            name,
            address1=address1,
            address2=address2,
            city=city,
            zip=zip,
            province=province,
            province_code=code,
            phone=phone,
        )
    events += update_shop(shop, primary_location_id=next(iter(shop.locations)))
    for n in range(products):
        events += new_product(shop, random, n)
    for title, rule in words.COLLECTIONS:
        members = [] if rule else random.sample(list(shop.products), min(12, len(shop.products)))
        events += create_collection(shop, title, rule=rule, members=members, body_html=f"<p>{title}</p>")
    for _ in range(customers):
        events += create_customer(shop, new_customer(shop, random))
        if random.random() < 0.4:
            customer_id = next(reversed(shop.customers))
            events += set_consent(shop, customer_id, random.choice(["email", "sms"]), "subscribed")
    return events


def new_product(shop: Shop, random: Random, n: int) -> list[Event]:
    """The n-th product: one thing in all its sizes and colours."""
    noun, kind, options, values, (low, high), weight = words.THINGS[n % len(words.THINGS)]
    adjective = words.ADJECTIVES[n // len(words.THINGS) % len(words.ADJECTIVES)]
    oddity = f" {random.choice(words.ODDITIES)}" if random.random() < 0.15 else ""
    images = random.choice([0, 1, 1, 2, 3])
    price = Decimal(random.randint(low, high)) + random.choice([Decimal("0.99"), Decimal("0.50"), Decimal(0)])
    tracked = random.random() < 0.95
    variants = []
    for m, chosen in enumerate(combinations(*values)):
        shelf = tuple((location, random.randint(0, 40)) for location in shop.locations)
        serial = shop.register.ids * 20 + m
        variants.append(
            NewVariant(
                options=chosen,
                price=price + m,
                compare_at_price=price + m + 10 if random.random() < 0.2 else None,
                sku=f"{noun[:3].upper()}-{n:04d}-{m:02d}",
                barcode=ean13(745_000_000_000 + serial) if random.random() < 0.95 else None,
                tracked=tracked,
                cost=price / 2 if random.random() < 0.7 else None,
                weight_value=weight * 1000 if n % 7 == 0 else weight,
                weight_unit="g" if n % 7 == 0 else "kg",
                image=random.randrange(images) if images and random.random() < 0.5 else None,
                stock=shelf,
            )
        )
    return create_product(
        shop,
        f"{adjective} {noun}{oddity}",
        variants,
        options=options,
        vendor=random.choice(words.VENDORS),
        product_type=kind,
        tags=random.sample(words.PRODUCT_TAGS, random.randint(0, 3)),
        body_html=f"<p>{adjective} {noun.lower()}, made to last.</p>",
        category=words.CATEGORIES.get(kind),
        images=images,
        status="active" if random.random() < 0.95 else "draft",
    )


def new_customer(shop: Shop, random: Random) -> NewCustomer:
    first, last = random.choice(words.FIRST_NAMES), random.choice(words.LAST_NAMES)
    serial = shop.new_id() % 100_000_000
    city, province, code, zip = random.choice(words.CITIES)
    phone = f"+5076{serial:08d}"
    address = Address(
        id=shop.new_id(),
        first_name=first,
        last_name=last,
        company=random.choice([None, None, None, "Finca Alta S.A."]),
        address1=f"{random.choice(words.STREETS)} {random.randint(1, 200)}",
        address2=random.choice([None, "Apto 4B"]),
        city=city,
        province=province,
        province_code=code,
        zip=zip,
        phone=phone,
    )
    return NewCustomer(
        first_name=first,
        last_name=last,
        email=f"customer.{serial}@mail.example",
        phone=phone if random.random() < 0.6 else None,
        note=random.choice(words.NOTES) if random.random() < 0.1 else None,
        tax_exempt=random.random() < 0.03,
        tags=tuple(random.sample(words.CUSTOMER_TAGS, random.choice([0, 0, 1, 2]))),
        address=address if random.random() < 0.9 else None,
    )


def ean13(twelve: int) -> str:
    """Twelve digits and the check digit that makes them a valid barcode."""
    digits = f"{twelve:012d}"
    weighted = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"
