"""A line of an order, as orders, refunds and fulfillments each write it."""

from decimal import Decimal
from typing import Any

from connector.simulator.balance import current, fulfillable, fulfilled
from connector.simulator.sales import Line, Order
from connector.simulator.shop import Shop
from connector.simulator.units import on_hold
from connector.simulator.wire import amount, gid, money_set


def money(shop: Shop, order: Order, value: Decimal) -> dict[str, Any]:
    currency = shop.settings.currency
    return money_set(value, currency, order.presentment_currency, order.presentment_rate)


def line_body(shop: Shop, order: Order, line: Line) -> dict[str, Any]:
    """The line as orders carry it, be it their own or that of a refund or fulfillment within them."""
    return part_body(shop, order, line, line.quantity) | {
        "attributed_staffs": [],
        "current_quantity": current(order, line),
    }


def part_body(shop: Shop, order: Order, line: Line, quantity: int) -> dict[str, Any]:
    """The line as a refund or a fulfillment quotes it."""
    name = f"{line.title} - {line.variant_title}" if line.variant_title else line.title
    return {
        "id": line.id,
        "admin_graphql_api_id": gid("LineItem", line.id),
        "fulfillable_quantity": fulfillable(order, line) - on_hold(order, line),
        "fulfillment_service": "manual",
        "fulfillment_status": _status(order, line),
        "gift_card": line.kind == "gift_card",
        "grams": line.grams,
        "name": name,
        "price": amount(line.price),
        "price_set": money(shop, order, line.price),
        "product_exists": line.product_id in shop.products,
        "product_id": line.product_id,
        "properties": [],
        "quantity": quantity,
        "requires_shipping": requires_shipping(line),
        "sku": line.sku,
        "taxable": line.taxable,
        "title": line.title,
        "total_discount": amount(Decimal(0)),  # discounts are told by their allocations alone
        "total_discount_set": money(shop, order, Decimal(0)),
        "variant_id": line.variant_id,
        "variant_inventory_management": "shopify" if line.tracked else None,
        "variant_title": line.variant_title,
        "vendor": line.vendor,
        "tax_lines": tax_lines(shop, order, line.tax) if line.taxable else [],
        "duties": [],
        "discount_allocations": [
            {
                "amount": amount(part),
                "amount_set": money(shop, order, part),
                "discount_application_index": n,
            }
            for n, part in enumerate(line.allocations)
            if part
        ],
    }


def requires_shipping(line: Line) -> bool:
    return line.kind in ("goods", "custom")


def tax_lines(shop: Shop, order: Order, tax: Decimal) -> list[dict[str, Any]]:
    if not order.tax_rate:
        return []
    return [
        {
            "channel_liable": False,
            "price": amount(tax),
            "price_set": money(shop, order, tax),
            "rate": float(order.tax_rate),
            "title": "ITBMS",
        }
    ]


def _status(order: Order, line: Line) -> str | None:
    if not fulfilled(order, line):
        return None
    return "partial" if fulfillable(order, line) else "fulfilled"
