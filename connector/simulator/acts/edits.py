"""Acts that edit an order otherwise than by adding to it: fewer of a line, or the same for less."""

from decimal import Decimal
from typing import Any

from connector.simulator.acts.refunds import give_back
from connector.simulator.balance import current, fulfillable, net, refunded, tax_on
from connector.simulator.event import Event
from connector.simulator.sales import Discount, Line, Order
from connector.simulator.shop import Act, Shop
from connector.simulator.wire import local


def remove_units(
    shop: Shop, order_id: int, line_id: int, quantity: int, *, restock: bool = True
) -> list[Event]:
    """Take units that were not handed over off the order.

    The line stays with what it had, and shows 0 once all is gone (recorded). What was paid for them is the
    customer's until it is refunded: the removal itself is a refund without money.
    """
    act, order, line = _begin(shop, order_id, line_id)
    if not 0 < quantity <= fulfillable(order, line):
        raise ValueError(f"cannot remove {quantity}: {fulfillable(order, line)} were not handed over")
    _tell(act, order, removals=[{"id": line_id, "delta": quantity}])
    give_back(act, order, [(line_id, quantity)], restock="cancel" if restock else "no_restock", paying=False)
    return act.events


def discount_line(shop: Shop, order_id: int, line_id: int, value: Decimal) -> list[Event]:
    """Sell a line for less: subtotal and total fall with it (recorded). Not once something of it is gone."""
    act, order, line = _begin(shop, order_id, line_id)
    if refunded(order, line) or current(order, line) != line.quantity or not 0 < value <= net(line):
        raise ValueError("only a whole line can be discounted, and by no more than it costs")
    order.discounts.append(
        Discount(kind="manual", title="Price match", value=value, value_type="fixed_amount")
    )
    for other in order.lines:
        other.allocations.append(value if other is line else Decimal("0.00"))
    if line.taxable:
        line.tax = tax_on(net(line), order.tax_rate, order.taxes_included)
    act.touch(order)
    _tell(act, order, discounts=[{"id": line_id, "value": str(value), "type": "fixed_amount"}])
    act.fire("orders/updated", order_id)
    return act.events


def _begin(shop: Shop, order_id: int, line_id: int) -> tuple[Act, Order, Line]:
    order = shop.orders[order_id]
    if order.cancelled_at:
        raise ValueError("a cancelled order cannot be edited")
    line = next((line for line in order.lines if line.id == line_id), None)
    if line is None or line.kind == "tip":
        raise ValueError("no such line, or one that cannot be edited")
    return shop.begin(), order, line


def _tell(
    act: Act, order: Order, *, removals: list[dict[str, Any]] | None = None,
    discounts: list[dict[str, Any]] | None = None,
) -> None:  # fmt: skip
    """orders/edited: the differences alone. An archived order is open again."""
    order.closed_at = None
    body: dict[str, Any] = {
        "id": act.shop.new_id(),
        "app_id": None,
        "created_at": local(act.at),
        "committed_at": local(act.at),
        "notify_customer": False,
        "order_id": order.id,
        "staff_note": "",
        "user_id": None,
        "line_items": {"additions": [], "removals": removals or []},
        "discounts": {"line_item": {"additions": discounts or [], "removals": []}},
        "shipping_lines": {"additions": [], "removals": []},
    }
    act.fire("orders/edited", order.id, pinned={"order_edit": body})
