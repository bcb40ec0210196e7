"""What a line of an order costs: goods, custom lines, gift cards and tips, with discounts and taxes."""

from dataclasses import dataclass
from decimal import Decimal

from connector.simulator.balance import tax_on
from connector.simulator.money import ZERO, cents, split
from connector.simulator.sales import Line, Order
from connector.simulator.shop import Shop


@dataclass(frozen=True, slots=True)
class Extra:
    """A line of nothing in the catalogue. `kind` is custom, gift_card or tip."""

    title: str
    price: Decimal
    quantity: int = 1
    kind: str = "custom"


def sell(shop: Shop, variant_id: int, quantity: int, order: Order, *, added: bool = False) -> Line:
    """A line of the order, still without its share of the discounts."""
    if quantity < 1:
        raise ValueError("a line has at least one unit")
    product, variant = shop.variant(variant_id)
    item = shop.items[variant.item_id]
    gross = variant.price * quantity
    return Line(
        id=shop.new_id(),
        variant_id=variant.id,
        product_id=product.id,
        item_id=item.id,
        sku=variant.sku,
        title=product.title,
        variant_title=None if variant.title == "Default Title" else variant.title,
        vendor=product.vendor,
        price=variant.price,
        quantity=quantity,
        grams=round(item.grams),
        taxable=variant.taxable,
        tracked=item.tracked,
        tax=tax_on(gross, order.tax_rate, order.taxes_included) if variant.taxable else ZERO,
        allocations=[ZERO for _ in order.discounts],
        added=added,
    )


def add_extra(shop: Shop, extra: Extra, order: Order, *, added: bool = False) -> Line:
    """The line for it; gift cards and tips are not taxed."""
    if extra.quantity < 1 or extra.price < 0:
        raise ValueError("a line has at least one unit, and a price")
    taxable = extra.kind == "custom"
    gross = extra.price * extra.quantity
    return Line(
        id=shop.new_id(),
        variant_id=None,
        product_id=None,
        item_id=None,
        sku=None,
        title=extra.title,
        variant_title=None,
        vendor=None,
        price=extra.price,
        quantity=extra.quantity,
        grams=0,
        taxable=taxable,
        tracked=False,
        tax=tax_on(gross, order.tax_rate, order.taxes_included) if taxable else ZERO,
        allocations=[ZERO for _ in order.discounts],
        added=added,
        kind=extra.kind,
    )


def spread_discounts(order: Order) -> None:
    """Spread every discount over the lines by what they are still worth, then tax the rest."""
    for n, discount in enumerate(order.discounts):
        worth = [
            line.price * line.quantity - sum(line.allocations, ZERO)
            if line.kind in ("goods", "custom")
            else ZERO
            for line in order.lines
        ]
        whole = sum(worth, ZERO)
        wanted = (
            cents(whole * discount.value / 100) if discount.value_type == "percentage" else discount.value
        )
        for line, part in zip(order.lines, split(min(wanted, whole), worth), strict=True):
            line.allocations[n] = part
    for line in order.lines:
        if line.taxable:
            left = line.price * line.quantity - sum(line.allocations, ZERO)
            line.tax = tax_on(left, order.tax_rate, order.taxes_included)
