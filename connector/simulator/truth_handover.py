"""What the views must hold of pickups and returns, which the Admin API alone tells."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connector.simulator.sales import FulfillmentOrder, Order, Return, ReturnLine
from connector.simulator.shop import Shop
from connector.simulator.truth_people import Row, time


def pickup_rows(shop: Shop, order: Order) -> Iterator[Row]:
    """What is or was to be collected, without what something else took the place of."""
    held = [routed for routed in order.fulfillment_orders if routed.method == "pick_up"]
    dated = {routed.id: (routed.updated_at or order.updated_at, routed.id) for routed in held}
    alive = [routed for routed in held if not _void(order, routed)]
    shown = alive or sorted(held, key=lambda routed: dated[routed.id])[-1:]
    for routed in shown:
        status = _status(order, routed)
        yield (
            {
                "fulfillment_order_id": routed.id,
                "order_id": order.id,
                "order_name": order.name,
                "location_id": routed.location_id,
                "status": status,
                "waiting_since": time(min(each.created_at or order.created_at for each in held)),
                "on_hold": routed.status == "on_hold",
                "picked_up_at": time(_handed_over_at(order, routed)) if routed.status == "closed" else None,
                "lines": [
                    {"line_id": part.line_id, "quantity": part.total, "remaining": part.remaining}
                    for part in sorted(routed.lines, key=lambda part: part.line_id)
                ],
            }
            | _collector(shop, order)
            | ({"ready_at": None} if status == "open" else {})
        )


def return_rows(order: Order) -> Iterator[Row]:
    """Its returns, with what became of each line."""
    for asked in order.returns:
        yield {
            "return_id": asked.id,
            "order_id": order.id,
            "name": asked.name,
            "status": asked.status,
            "lines": [
                {
                    "line_id": part.line_id,
                    "quantity": part.quantity,
                    "processed_quantity": part.processed,
                    "refunded_quantity": part.refunded,
                }
                | _restocked(asked, part)
                for part in sorted(asked.lines, key=lambda part: part.id)
            ],
        }


def _restocked(asked: Return, part: ReturnLine) -> Row:
    shelves: dict[int | None, int] = {}
    lines = (line for reverse in asked.reverse for line in reverse.lines if line.return_line_id == part.id)
    for made in (made for line in lines for made in line.dispositions):
        if made.kind == "restocked":
            shelves[made.location_id] = shelves.get(made.location_id, 0) + made.quantity
    return {
        "restocked_quantity": sum(shelves.values()),
        "restocked": [{"location_id": where, "quantity": count} for where, count in shelves.items()],
    }


def _handed_over_at(order: Order, routed: FulfillmentOrder) -> datetime | None:
    alive = (made for made in order.fulfillments if made.status == "success")
    return max((made.created_at for made in alive if routed.id in made.routed_ids), default=None)


def _void(order: Order, routed: FulfillmentOrder) -> bool:
    """Whether it ended without anything being handed over."""
    if routed.status == "closed":
        return not any(part.total for part in routed.lines) or _handed_over_at(order, routed) is None
    return routed.status == "cancelled"


def _status(order: Order, routed: FulfillmentOrder) -> str:
    if _void(order, routed) or (routed.status != "closed" and order.cancelled_at):
        return "cancelled"
    return {"closed": "picked_up", "in_progress": "ready"}.get(routed.status, "open")


def _collector(shop: Shop, order: Order) -> dict[str, Any]:
    who = order.collector or order.shipping_address or order.billing_address
    customer = shop.customers.get(order.customer_id) if order.customer_id else None
    named = who or customer
    phones = (who.phone if who else None, order.phone, customer.phone if customer else None)
    return {
        "collector_name": f"{named.first_name} {named.last_name}" if named else None,
        "collector_email": order.email or (customer.email if customer else None),
        "collector_phone": next(filter(None, phones), None),
    }
