"""Acts on an order after it was placed: paying, annotating, editing, cancelling, archiving, deleting."""

from collections.abc import Sequence

from connector.simulator.acts.checkout import take_payment
from connector.simulator.acts.customers import credit
from connector.simulator.acts.inventory import adjust
from connector.simulator.acts.refunds import give_back
from connector.simulator.acts.routing import finish, route
from connector.simulator.acts.selling import Extra, add_extra, sell
from connector.simulator.balance import balance, current, fulfilled
from connector.simulator.event import Event
from connector.simulator.shop import Shop
from connector.simulator.wire import local


def pay(shop: Shop, order_id: int) -> list[Event]:
    """Pay what is outstanding; nothing happens if that is nothing."""
    act = shop.begin()
    order = shop.orders[order_id]
    taken = take_payment(act, order)
    if taken <= 0 or order.cancelled_at:
        return []
    act.touch(order)
    act.fire("orders/paid", order_id)
    act.fire("orders/updated", order_id)
    if order.customer_id:
        credit(act, order.customer_id, orders=0, amount=taken, last_order_id=order_id)
    return act.events


def annotate(shop: Shop, order_id: int, note: str | None, tags: Sequence[str] | None = None) -> list[Event]:
    """Set the note, and the tags too if given."""
    act = shop.begin()
    order = shop.orders[order_id]
    wanted = order.tags if tags is None else sorted(tags)
    if (order.note, order.tags) == (note, wanted):
        return []
    order.note, order.tags = note, wanted
    act.touch(order)
    act.fire("orders/updated", order_id)
    return act.events


def echo(shop: Shop, order_id: int) -> list[Event]:
    """Shopify sometimes says orders/updated although nothing changed that the payload shows."""
    act = shop.begin()
    act.fire("orders/updated", shop.orders[order_id].id)
    return act.events


def edit_order(
    shop: Shop, order_id: int, variant_id: int | None, quantity: int, *, extra: Extra | None = None
) -> list[Event]:
    """Add a line to a placed order, of a variant or of an extra; it is owed until paid."""
    act = shop.begin()
    order = shop.orders[order_id]
    if order.cancelled_at:
        raise ValueError("a cancelled order cannot be edited")
    if variant_id is not None:
        line = sell(shop, variant_id, quantity, order, added=True)
    elif extra is not None:
        line = add_extra(shop, extra, order, added=True)
    else:
        raise ValueError("a line is of a variant or of something else")
    order.lines.append(line)
    latest = order.fulfillment_orders[-1]
    routed = route(act, order, latest.location_id, latest.method, {line.id: line.quantity})
    order.closed_at = None
    act.touch(order)
    body: dict[str, object] = {
        "id": shop.new_id(),
        "app_id": None,
        "created_at": local(act.at),
        "committed_at": local(act.at),
        "notify_customer": False,
        "order_id": order_id,
        "staff_note": "",
        "user_id": None,
        "line_items": {"additions": [{"id": line.id, "delta": line.quantity}], "removals": []},
        "discounts": {"line_item": {"additions": [], "removals": []}},
        "shipping_lines": {"additions": [], "removals": []},
    }
    act.fire("orders/edited", order_id, pinned={"order_edit": body})
    act.fire("orders/updated", order_id)
    act.fire("fulfillment_orders/order_routing_complete", order_id, routed.id)
    adjust(act, line.item_id, latest.location_id, -line.quantity)
    return act.events


def cancel(shop: Shop, order_id: int, reason: str = "customer") -> list[Event]:
    """Give everything back: the money if any was paid, the units to the shelf. Not once it was fulfilled."""
    act = shop.begin()
    order = shop.orders[order_id]
    if order.cancelled_at or any(fulfilled(order, line) for line in order.lines):
        raise ValueError("a cancelled or fulfilled order cannot be cancelled")
    sums = balance(order)
    left = [(line.id, current(order, line)) for line in order.lines if current(order, line)]
    order.cancelled_at = order.closed_at = act.second
    order.cancel_reason = reason
    for routed in order.fulfillment_orders:
        finish(act, routed, "cancelled", {})
    act.touch(order)
    act.fire("orders/cancelled", order_id)
    give_back(
        act,
        order,
        left,
        restock="cancel",
        shipping=sums.current_shipping,
        duties=sums.current_duties,
        fees=sums.current_fees,
        note="Order cancelled",
    )
    return act.events


def close_order(shop: Shop, order_id: int) -> list[Event]:
    """Archive it."""
    act = shop.begin()
    order = shop.orders[order_id]
    if order.closed_at:
        return []
    order.closed_at = act.second
    act.touch(order)
    act.fire("orders/updated", order_id)
    return act.events


def delete_order(shop: Shop, order_id: int) -> list[Event]:
    act = shop.begin()
    order = shop.orders[order_id]
    if not order.cancelled_at:
        raise ValueError("only a cancelled order can be deleted")
    shop.drop(order)
    act.fire("orders/delete", order_id, pinned={"id": order_id})
    return act.events
