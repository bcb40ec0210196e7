"""What a point of sale must know of the shop: the rows its views should hold, ready for JSON."""

from typing import Final

from connector.simulator.goods import Product, Variant
from connector.simulator.shop import Shop
from connector.simulator.truth_admin import by_admin
from connector.simulator.truth_orders import line_row, order_row, refund_row
from connector.simulator.truth_people import Row, customers, time
from connector.simulator.wire import amount

PLACE: Final = ["name", "active", "address1", "address2", "city", "zip", "province", "country_code", "phone"]


def truth(shop: Shop, *, admin: bool = False) -> dict[str, list[Row]]:
    """Rows by view name. Money is a string with two decimals, a time UTC in ISO form, an id an int.

    With `admin` also what only the Admin API tells, and without what only webhooks do.
    """
    told = _by_webhooks(shop)
    return by_admin(shop, told) if admin else told


def _by_webhooks(shop: Shop) -> dict[str, list[Row]]:
    return {
        "products": [_product(p) for p in shop.products.values()],
        "variants": [_variant(shop, p, v) for p in shop.products.values() for v in p.variants],
        "collections": [
            {
                "collection_id": c.id,
                "title": c.title,
                "handle": c.handle,
                "updated_at": time(c.updated_at),
            }
            for c in shop.collections.values()
        ],
        "locations": [
            {"location_id": place.id} | {name: getattr(place, name) for name in PLACE}
            for place in shop.locations.values()
        ],
        "inventory": [
            {
                "inventory_item_id": level.item_id,
                "location_id": level.location_id,
                "available": level.available,
                "updated_at": time(level.updated_at),
            }
            for level in shop.levels.values()
        ],
        "orders": [order_row(shop, order) for order in shop.orders.values()],
        "order_lines": [line_row(order, line) for order in shop.orders.values() for line in order.lines],
        "refunds": [
            refund_row(shop, order, made) for order in shop.orders.values() for made in order.refunds
        ],
        "customers": list(customers(shop)),
    }


def _product(product: Product) -> Row:
    return {
        "product_id": product.id,
        "title": product.title,
        "handle": product.handle,
        "vendor": product.vendor,
        "product_type": product.product_type,
        "status": product.status,
        "tags": list(product.tags),
        "published_at": time(product.published_at),
        "updated_at": time(product.updated_at),
    }


def _variant(shop: Shop, product: Product, variant: Variant) -> Row:
    item = shop.items[variant.item_id]
    images = {image.id: image.src for image in product.images}
    first, second, third = [*variant.options, None, None][:3]
    return {
        "variant_id": variant.id,
        "product_id": product.id,
        "title": variant.title,
        "sku": variant.sku,
        "barcode": variant.barcode,
        "price": amount(variant.price),
        "compare_at_price": None if variant.compare_at_price is None else amount(variant.compare_at_price),
        "currency": shop.settings.currency,
        "position": variant.position,
        "option1": first,
        "option2": second,
        "option3": third,
        "inventory_item_id": variant.item_id,
        "tracked": item.tracked,
        "taxable": variant.taxable,
        "weight_grams": round(item.grams, 3),
        "image_url": images[variant.image_id] if variant.image_id else next(iter(images.values()), None),
    }
