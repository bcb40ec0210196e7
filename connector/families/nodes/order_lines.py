"""How the lines of an order of the Admin API are read."""

from __future__ import annotations

import msgspec

from connector.families.nodes.form import Bag, Node, number_of, shop_amount, shown_amount
from connector.families.order_lines import Line
from connector.families.order_parts import total


class Allocation(msgspec.Struct, rename="camel"):
    """The share of one discount that falls on one line."""

    allocated_amount_set: Bag


class TaxLine(msgspec.Struct, rename="camel"):
    """One tax on one line."""

    price_set: Bag


class LineNode(Node, kw_only=True):
    """LineItem."""

    variant: Node | None = None
    product: Node | None = None
    sku: str | None = None
    title: str | None = None
    variant_title: str | None = None
    quantity: int | None = None
    current_quantity: int | None = None
    unfulfilled_quantity: int | None = None
    original_unit_price_set: Bag | None = None
    discount_allocations: tuple[Allocation, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
    is_gift_card: bool | None = None
    taxable: bool | None = None
    requires_shipping: bool | None = None

    def line(self) -> Line:
        """The line, its discounts and taxes added up."""
        discounts = [each.allocated_amount_set for each in self.discount_allocations]
        taxes = [tax.price_set for tax in self.tax_lines]
        return Line(
            id=self.number,
            variant_id=number_of(self.variant),
            product_id=number_of(self.product),
            sku=self.sku,
            title=self.title,
            variant_title=self.variant_title,
            quantity=self.quantity,
            current_quantity=self.current_quantity,
            fulfillable_quantity=self.unfulfilled_quantity,
            price=shop_amount(self.original_unit_price_set),
            total_discount=total([shop_amount(bag) for bag in discounts]),
            total_tax=total([shop_amount(bag) for bag in taxes]),
            gift_card=self.is_gift_card,
            taxable=self.taxable,
            requires_shipping=self.requires_shipping,
            presentment_price=shown_amount(self.original_unit_price_set),
            presentment_discount=total([shown_amount(bag) for bag in discounts]),
            presentment_tax=total([shown_amount(bag) for bag in taxes]),
        )
