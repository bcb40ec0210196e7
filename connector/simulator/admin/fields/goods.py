"""Products, collections, inventory and locations."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from connector.simulator.admin.fields.filters import LEVELS, listed
from connector.simulator.admin.fields.values import Fields, decimal, enum, gid_of, moment, plain
from connector.simulator.admin.rows import Rows
from connector.simulator.admin.view import View
from connector.simulator.goods import Collection, InventoryItem, Level, Product, Variant
from connector.simulator.wire import amount, gid

UNITS: Final = {"kg": "KILOGRAMS", "g": "GRAMS", "lb": "POUNDS", "oz": "OUNCES"}


def members_of(view: View, collection: Collection) -> list[Product]:
    """The products in it; a smart one gathers its own."""
    if collection.rule:
        return [p for p in view.shop.products.values() if p.product_type == collection.rule]
    return [view.shop.products[i] for i in collection.members if i in view.shop.products]


def _media(variant: Variant, view: View) -> Rows:
    product = view.shop.products.get(view.shop.homes.get(variant.id, 0))
    images = product.images if product else []
    return Rows([image for image in images if image.id == variant.image_id])


def _options(variant: Variant, view: View) -> list[dict[str, str]]:
    product = view.shop.products.get(view.shop.homes.get(variant.id, 0))
    names = [option.name for option in product.options] if product else []
    return [
        {"name": n, "value": value} for n, value in zip([*names, "", "", ""], variant.options, strict=False)
    ]


def _quantities(level: Level, view: View, names: list[str]) -> list[dict[str, Any]]:
    available = level.available or 0
    committed = 0 if level.available is None else view.shop.committed[level.item_id, level.location_id]
    counted = {"available": available, "committed": committed, "on_hand": available + committed}
    return [{"name": name, "quantity": counted.get(name, 0)} for name in names]


def _levels(
    view: View, arguments: Mapping[str, Any], wanted: Callable[[Level], bool], key: Callable[[Level], int]
) -> Rows:
    """Those wanted; with `includeInactive` also those that were disconnected."""
    shop = view.shop
    found = [level for level in shop.levels.values() if wanted(level)]
    if arguments.get("includeInactive"):
        found += [level for level in shop.register.disconnected if wanted(level)]
    return listed(view, found, LEVELS, arguments, key)


def _level_gid(level: Level) -> str:
    return f"{gid('InventoryLevel', level.location_id)}?inventory_item_id={level.item_id}"


def _weight(item: InventoryItem) -> dict[str, Any]:
    return {"weight": {"value": item.weight_value, "unit": UNITS[item.weight_unit]}}


PRODUCT: Final[Fields] = {
    "id": gid_of("Product"),
    "title": plain("title"),
    "handle": plain("handle"),
    "vendor": plain("vendor"),
    "productType": plain("product_type"),
    "status": lambda p, view, _: enum(p.status),
    "tags": plain("tags"),
    "createdAt": moment("created_at"),
    "publishedAt": moment("published_at"),
    "updatedAt": moment("updated_at"),
    "featuredMedia": lambda p, view, _: p.images[0] if p.images else None,
    "variants": lambda p, view, _: Rows(p.variants),
}
VARIANT: Final[Fields] = {
    "id": gid_of("ProductVariant"),
    "title": plain("title"),
    "sku": plain("sku"),
    "barcode": plain("barcode"),
    "price": lambda v, view, _: amount(v.price),
    "compareAtPrice": lambda v, view, _: None if v.compare_at_price is None else amount(v.compare_at_price),
    "position": plain("position"),
    "selectedOptions": lambda v, view, _: _options(v, view),
    "inventoryItem": lambda v, view, _: view.shop.items[v.item_id],
    "inventoryPolicy": lambda v, view, _: "DENY",
    "taxable": plain("taxable"),
    "media": lambda v, view, _: _media(v, view),
}
MEDIA: Final[Fields] = {
    "id": lambda image, view, _: gid("MediaImage", image.id + 1),
    "preview": lambda image, view, _: {"image": {"url": image.src}},
}
COLLECTION: Final[Fields] = {
    "id": gid_of("Collection"),
    "title": plain("title"),
    "handle": plain("handle"),
    "sortOrder": lambda c, view, _: enum(c.sort_order),
    "updatedAt": moment("updated_at"),
    "ruleSet": lambda c, view, _: {"appliedDisjunctively": False} if c.rule else None,
    "products": lambda c, view, _: Rows(members_of(view, c)),
}
ITEM: Final[Fields] = {
    "id": gid_of("InventoryItem"),
    "sku": plain("sku"),
    "tracked": plain("tracked"),
    "requiresShipping": plain("requires_shipping"),
    "unitCost": lambda item, view, _: (
        None
        if item.cost is None
        else {"amount": decimal(item.cost), "currencyCode": view.shop.settings.currency}
    ),
    "measurement": lambda item, view, _: _weight(item),
    "createdAt": moment("created_at"),
    "updatedAt": moment("updated_at"),
    "inventoryLevels": lambda item, view, arguments: (
        _levels(
            view, arguments, lambda level: int(level.item_id) == item.id, lambda level: int(level.location_id)
        )
        if arguments.get("query") or arguments.get("includeInactive")
        else Rows(view.shop.levels_of(item.id), key=lambda level: int(level.location_id))
    ),
}
LEVEL: Final[Fields] = {
    "id": lambda level, view, _: _level_gid(level),
    "item": lambda level, view, _: view.shop.items[level.item_id],
    "location": lambda level, view, _: view.shop.locations[level.location_id],
    "quantities": lambda level, view, arguments: _quantities(level, view, arguments["names"]),
    "isActive": lambda level, view, _: (level.item_id, level.location_id) in view.shop.levels,
    "updatedAt": moment("updated_at"),
}
LOCATION: Final[Fields] = {
    "id": gid_of("Location"),
    "name": plain("name"),
    "isActive": plain("active"),
    "address": lambda place, view, _: {
        "address1": place.address1,
        "address2": place.address2,
        "city": place.city,
        "zip": place.zip,
        "province": place.province,
        "countryCode": place.country_code,
        "phone": place.phone,
    },
    "createdAt": moment("created_at"),
    "updatedAt": moment("updated_at"),
    "inventoryLevels": lambda place, view, arguments: _levels(
        view, arguments, lambda level: int(level.location_id) == place.id, lambda level: int(level.item_id)
    ),
}
