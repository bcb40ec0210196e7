"""What a point of sale must know of the shop: the rows its views should hold, ready for JSON."""

from decimal import Decimal
from typing import Final

from connector.simulator.balance import (
    balance,
    current,
    discount_of,
    financial_status,
    fulfilled,
    fulfillment_status,
    refunded,
    returnable,
)
from connector.simulator.goods import Product, Variant
from connector.simulator.sales import Line, Order, Refund
from connector.simulator.shop import Shop
from connector.simulator.truth_admin import by_admin
from connector.simulator.truth_people import Row, customers, time
from connector.simulator.wire import amount

PLACE: Final = ["name", "active", "address1", "address2", "city", "zip", "province", "country_code", "phone"]
BACK_ON_SHELF: Final = {"return", "cancel", "legacy_restock"}


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
        "orders": [_order(shop, order) for order in shop.orders.values()],
        "order_lines": [_line(order, line) for order in shop.orders.values() for line in order.lines],
        "refunds": [_refund(shop, order, made) for order in shop.orders.values() for made in order.refunds],
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


def _order(shop: Shop, order: Order) -> Row:
    sums = balance(order)
    return {
        "order_id": order.id,
        "name": order.name,
        "customer_id": order.customer_id,
        "email": order.email,
        "phone": order.phone,
        "financial_status": financial_status(order, sums),
        "fulfillment_status": fulfillment_status(order),
        "currency": shop.settings.currency,
        "subtotal": amount(sums.subtotal),
        "total_discounts": amount(sums.discounts),
        "total_tax": amount(sums.tax),
        "total": amount(sums.total),
        "total_refunded": amount(sums.refunded),
        "outstanding": amount(sums.outstanding),
        "presentment_currency": order.presentment_currency,
        "presentment_total": amount(sums.total * order.presentment_rate),
        "test": order.test,
        "note": order.note,
        "tags": list(order.tags),
        "source": order.source,
        "created_at": time(order.created_at),
        "cancelled_at": time(order.cancelled_at),
        "cancel_reason": order.cancel_reason,
        "closed_at": time(order.closed_at),
        "updated_at": time(order.updated_at),
    }


def _line(order: Order, line: Line) -> Row:
    return {
        "order_id": order.id,
        "line_id": line.id,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "current_quantity": current(order, line),
        "fulfilled_quantity": fulfilled(order, line),
        "refunded_quantity": refunded(order, line),
        "returnable_quantity": returnable(order, line),
        "price": amount(line.price),
        "total_discount": amount(discount_of(line)),
        "total_tax": amount(line.tax),
    }


def _refund(shop: Shop, order: Order, made: Refund) -> Row:
    """Its amount is in the currency the money moved in: the one the buyer saw, if any moved."""
    paid = sum((t.amount for t in made.transactions if t.status == "success"), Decimal(0))
    return {
        "refund_id": made.id,
        "order_id": order.id,
        "return_id": made.return_id,
        "amount": amount(paid * order.presentment_rate),
        "currency": order.presentment_currency if paid else shop.settings.currency,
        "restocked": any(line.restock_type in BACK_ON_SHELF for line in made.lines),
        "note": made.note,
        "created_at": time(made.created_at),
        "lines": [
            {
                "line_id": line.line_id,
                "quantity": line.quantity,
                "restock_type": line.restock_type,
                "location_id": line.location_id,
            }
            for line in sorted(made.lines, key=lambda line: line.line_id)
        ],
    }
