"""How the lines of an order are read: prices, discounts and taxes in the shop's and the customer's money."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from connector.families.fields import Amount, Flag, Id, Int, Money, MoneyBag, OptionalId, Text
from connector.families.order_parts import shown, total


class Discount(msgspec.Struct):
    """The share of one discount that falls on one line."""

    amount: Amount
    amount_set: MoneyBag | None = None


class Tax(msgspec.Struct):
    """One tax on one line."""

    price: Amount
    price_set: MoneyBag | None = None


class Line(msgspec.Struct):
    """A line of an order; it lives under the order's version."""

    id: Id
    variant_id: OptionalId = UNSET
    product_id: OptionalId = UNSET
    sku: Text = UNSET
    title: Text = UNSET
    variant_title: Text = UNSET
    quantity: Int = UNSET
    current_quantity: Int = UNSET
    fulfillable_quantity: Int = UNSET
    price: Money = UNSET
    total_discount: Money = UNSET
    total_tax: Money = UNSET
    gift_card: Flag = UNSET
    taxable: Flag = UNSET
    requires_shipping: Flag = UNSET
    presentment_price: Money = UNSET
    presentment_discount: Money = UNSET
    presentment_tax: Money = UNSET


class LinePayload(Line, kw_only=True):
    """An entry of an order's ``line_items``."""

    price_set: MoneyBag | UnsetType | None = UNSET
    discount_allocations: list[Discount] | UnsetType | None = UNSET
    tax_lines: list[Tax] | UnsetType | None = UNSET


def add_up(line: LinePayload) -> None:
    """Shopify spreads order discounts over ``discount_allocations``; ``total_discount`` stays 0.00."""
    line.presentment_price = shown(line.price_set)
    if isinstance(line.discount_allocations, list):
        line.total_discount = total([each.amount for each in line.discount_allocations])
        line.presentment_discount = _shown_of([each.amount_set for each in line.discount_allocations])
    if isinstance(line.tax_lines, list):
        line.total_tax = total([tax.price for tax in line.tax_lines])
        line.presentment_tax = _shown_of([tax.price_set for tax in line.tax_lines])
    line.price_set = line.discount_allocations = line.tax_lines = UNSET


def _shown_of(bags: list[MoneyBag | None]) -> Money:
    """What the customer saw of several amounts; not told where one of them is not."""
    return total([shown(bag) for bag in bags]) if all(bags) else UNSET
