"""The act of buying: one checkout becomes an order, takes stock and credits the customer."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from connector.simulator.acts.customers import NewCustomer, credit, enrol
from connector.simulator.acts.inventory import adjust
from connector.simulator.acts.routing import route
from connector.simulator.acts.selling import Extra, add_extra, sell, spread_discounts
from connector.simulator.balance import balance
from connector.simulator.event import Event
from connector.simulator.money import ZERO, cents
from connector.simulator.people import Address, Customer
from connector.simulator.sales import Discount, Order, ShippingLine, Transaction
from connector.simulator.shop import Act, Shop

TAX_RATE: Final = Decimal("0.07")
PICKUP_CARRIER: Final = "5a7c3b1f9e2d4c6b8a0f1e3d5c7b9a24"


def place_order(
    shop: Shop,
    cart: Sequence[tuple[int, int]],
    *,
    location_id: int,
    customer_id: int | None = None,
    newcomer: NewCustomer | None = None,
    email: str = "",
    pickup: bool = False,
    paid: bool = True,
    discounts: Sequence[Discount] = (),
    shipping: Decimal = ZERO,
    presentment: str | None = None,
    taxes_included: bool | None = None,
    note: str | None = None,
    tags: Sequence[str] = (),
    source: str = "web",
    test: bool = False,
    extras: Sequence[Extra] = (),
    duties: Decimal | None = None,
    fees: Decimal | None = None,
    collector: Address | None = None,
) -> list[Event]:
    """Buy a cart of (variant id, quantity). It leaves from `location_id`, or is picked up there.

    `extras` are custom lines, gift cards and tips; `collector` is who comes for a pickup. A till's sale is
    paid in cash, rounded to five cents.
    """
    if not (cart or extras) or location_id not in shop.locations or any(i not in shop.homes for i, _ in cart):
        raise ValueError("an order needs a location and lines, of variants that exist")
    rate = shop.settings.presentment_rates[presentment] if presentment else 1
    act = shop.begin()
    customer = enrol(act, newcomer) if newcomer else shop.customers[customer_id] if customer_id else None
    included = shop.settings.taxes_included if taxes_included is None else taxes_included
    shop.register.order_number += 1
    order = Order(
        id=shop.new_id(),
        number=shop.register.order_number,
        customer_id=customer.id if customer else None,
        email=email or (customer.email if customer else None) or "",
        phone=customer.phone if customer else None,
        presentment_currency=presentment or shop.settings.currency,
        presentment_rate=rate,
        taxes_included=included,
        tax_rate=ZERO if customer and customer.tax_exempt else TAX_RATE,
        lines=[],
        shipping=[_shipping_line(shop, location_id, pickup, shipping)],
        discounts=list(discounts),
        billing_address=_address_of(customer),
        shipping_address=None if pickup else _address_of(customer),
        note=note,
        tags=sorted(tags),
        source=source,
        test=test,
        created_at=act.second,
        updated_at=act.second,
        duties=duties,
        fees=fees,
        collector=collector,
    )
    order.lines = [sell(shop, variant_id, quantity, order) for variant_id, quantity in cart]
    order.lines += [add_extra(shop, extra, order) for extra in extras]
    spread_discounts(order)
    method = "pick_up" if pickup else "retail" if source == "pos" else "shipping"
    units = {line.id: line.quantity for line in order.lines if line.kind != "tip"}
    routed = route(act, order, location_id, method, units)
    act.touch(order)
    act.fire("orders/create", order.id)
    if paid:
        take_payment(act, order)
        act.fire("orders/paid", order.id)
    act.fire("orders/updated", order.id)
    for line in order.lines:
        adjust(act, line.item_id, location_id, -line.quantity)
    if customer:
        act.touch(customer)
        act.fire("customers/update", customer.id)
        credit(act, customer.id, orders=1, amount=balance(order).paid, last_order_id=order.id)
    act.fire("fulfillment_orders/order_routing_complete", order.id, routed.id)
    return act.events


def take_payment(act: Act, order: Order) -> Decimal:
    """Take whatever is outstanding; answers with how much that was."""
    due = balance(order).outstanding
    if due > 0:
        if order.source == "pos":
            order.rounding += cents(due * 20).quantize(Decimal(1), ROUND_HALF_UP) / 20 - due
        order.transactions.append(
            Transaction(
                id=act.shop.new_id(),
                kind="sale",
                status="success",
                amount=due,
                gateway="cash" if order.source == "pos" else "shopify_payments",
                parent_id=None,
                created_at=act.second,
            )
        )
    return due


def _shipping_line(shop: Shop, location_id: int, pickup: bool, price: Decimal) -> ShippingLine:
    """A pickup shows only as a free shipping line that bears the location's name."""
    if not pickup:
        return ShippingLine(id=shop.new_id(), title="Standard", code="Standard", price=price)
    name = shop.locations[location_id].name
    return ShippingLine(
        id=shop.new_id(), title=name, code=name, price=ZERO, carrier_identifier=PICKUP_CARRIER
    )


def _address_of(customer: Customer | None) -> Address | None:
    return customer.addresses[0] if customer and customer.addresses else None
