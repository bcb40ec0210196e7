"""The merchant's chores between sales: prices, stock, catalogue, locations."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Final

from connector.simulator import words
from connector.simulator.acts import collections, inventory, locations, products
from connector.simulator.event import Event
from connector.simulator.goods import Level, Product
from connector.simulator.opening import new_product
from connector.simulator.shop import Shop


def _reprice(shop: Shop, random: Random) -> list[Event]:
    variant = random.choice(_product(shop, random).variants)
    price = max(Decimal("0.50"), variant.price + Decimal(random.randint(-150, 150)) / 100)
    compare = price + 5 if random.random() < 0.2 else None
    return products.edit_price(shop, variant.id, price, compare)


def _count_stock(shop: Shop, random: Random) -> list[Event]:
    level = _tracked_level(shop, random)
    return inventory.set_available(shop, level.item_id, level.location_id, random.randint(0, 60))


def _restock(shop: Shop, random: Random) -> list[Event]:
    """A delivery from the warehouse: stock moves between two locations."""
    level = _tracked_level(shop, random)
    others = [other.location_id for other in shop.levels_of(level.item_id) if other is not level]
    if not others or not level.available:
        return []
    units = random.randint(1, max(1, level.available))
    return inventory.move_stock(shop, level.item_id, level.location_id, random.choice(others), units)


def _edit_item(shop: Shop, random: Random) -> list[Event]:
    item = random.choice(list(shop.items.values()))
    match random.randrange(3):
        case 0:
            return inventory.update_inventory_item(
                shop, item.id, sku=f"{item.sku.partition('~')[0]}~{shop.register.actions}"
            )
        case 1:
            return inventory.update_inventory_item(
                shop, item.id, weight_value=random.randint(1, 40) / 8, weight_unit="lb"
            )
        case _:
            return inventory.update_inventory_item(
                shop, item.id, cost=Decimal(random.randint(100, 5000)) / 100
            )


def _toggle_level(shop: Shop, random: Random) -> list[Event]:
    """Stop or start selling an item at a location."""
    item_id = random.choice(list(shop.items))
    missing = [place for place in shop.locations if (item_id, place) not in shop.levels]
    if missing:
        return inventory.connect_level(shop, item_id, missing[0], random.randint(0, 20))
    return inventory.disconnect_level(shop, item_id, random.choice(list(shop.locations)))


def _rename(shop: Shop, random: Random) -> list[Event]:
    product = _product(shop, random)
    oddity = random.choice(words.ODDITIES)
    if random.random() < 0.5:
        return products.retag_product(
            shop, product.id, random.sample(words.PRODUCT_TAGS, random.randint(0, 4))
        )
    return products.rename_product(shop, product.id, f"{product.title.split(' · ')[0]} · {oddity}")


def _change_range(shop: Shop, random: Random) -> list[Event]:
    """Rare: a new product, a hidden or deleted one, a variant more or less."""
    product = _product(shop, random)
    match random.choices(["new", "hide", "delete", "more", "less"], [4, 3, 2, 3, 3])[0]:
        case "new":
            return new_product(shop, random, random.randrange(1000))
        case "hide":
            return products.set_product_status(
                shop, product.id, "draft" if product.published_at else "active"
            )
        case "delete" if len(shop.products) > 20:
            return products.delete_product(shop, product.id)
        case "less" if len(product.variants) > 1:
            return products.remove_variant(shop, random.choice(product.variants).id)
        case "more" if len(product.options) == 1 and product.options[0].name != "Title":
            spec = products.NewVariant(
                options=(f"Special {shop.register.ids}",),
                price=product.variants[0].price,
                sku=f"SPE-{shop.register.ids}",
                stock=tuple((place, random.randint(0, 10)) for place in shop.locations),
            )
            return products.add_variant(shop, product.id, spec)
    return []


def _curate(shop: Shop, random: Random) -> list[Event]:
    if not shop.collections or len(shop.collections) < 5:
        return collections.create_collection(shop, f"Season {shop.register.ids}")
    collection = random.choice(list(shop.collections.values()))
    match random.randrange(8):
        case 0:
            return collections.delete_collection(shop, collection.id)
        case 1 | 2:
            return collections.create_collection(shop, f"Drop {shop.register.ids} 🔥")
        case 3 | 4 | 5 if not collection.rule:
            members = random.sample(list(shop.products), min(10, len(shop.products)))
            return collections.set_members(shop, collection.id, members)
    return collections.rename_collection(
        shop, collection.id, f"{collection.title.split(' · ')[0]} · {random.choice(words.ODDITIES)}"
    )


def _toggle_location(shop: Shop, random: Random) -> list[Event]:
    """Rare: a location closes and opens again; one stays open at all times."""
    place = random.choice(list(shop.locations.values()))
    if not place.active:
        return locations.activate_location(shop, place.id)
    if random.random() < 0.5 or sum(other.active for other in shop.locations.values()) == 1:
        return locations.rename_location(
            shop, place.id, f"{place.name.partition(' ·')[0]} · {random.randint(1, 9)}"
        )
    return locations.deactivate_location(shop, place.id)


CHORES: Final[list[tuple[float, Callable[[Shop, Random], list[Event]]]]] = [
    (8, _count_stock),
    (3, _restock),
    (5, _reprice),
    (2, _edit_item),
    (1, _toggle_level),
    (2, _rename),
    (2, _change_range),
    (1, _curate),
    (0.4, _toggle_location),
]


def _product(shop: Shop, random: Random) -> Product:
    return random.choice(list(shop.products.values()))


def _tracked_level(shop: Shop, random: Random) -> Level:
    return random.choice([level for level in shop.levels.values() if level.available is not None])
