"""How goods that came back are booked: which of them are processed, and where they ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connector.simulator.acts.stock import supply
from connector.simulator.reverse import Disposition, ReverseLine, ReverseOrder
from connector.simulator.sales import Order, Return
from connector.simulator.shop import Act
from connector.simulator.wire import gid


@dataclass(frozen=True, slots=True)
class Disposed:
    """So many units of a reverse line ended like this; `kind` is Shopify's word."""

    reverse_line_id: int
    quantity: int
    kind: str = "restocked"
    location_id: int | None = None


def await_goods(act: Act, asked: Return) -> None:
    """Open the reverse fulfillment order that says what the goods are expected to be."""
    lines = [
        ReverseLine(
            id=act.shop.new_id(),
            line_id=part.line_id,
            fulfillment_line_id=part.fulfillment_line_id,
            quantity=part.quantity,
        )
        for part in asked.lines
    ]
    asked.reverse.append(ReverseOrder(id=act.shop.new_id(), status="open", lines=lines))


def dispose(act: Act, order: Order, asked: Return, disposed: Sequence[Disposed]) -> None:
    """Only what is restocked goes back to the shelf, and it does so here alone: never by the refund."""
    items = {line.id: line.item_id for line in order.lines}
    for reverse in asked.reverse:
        lines = {line.id: line for line in reverse.lines}
        told = []
        for part in disposed:
            if part.reverse_line_id not in lines:
                continue
            line = lines[part.reverse_line_id]
            line.dispositions.append(
                Disposition(
                    id=act.shop.new_id(),
                    kind=part.kind,
                    quantity=part.quantity,
                    location_id=part.location_id,
                    created_at=act.second,
                )
            )
            told.append(_told(part))
            item_id = items[line.line_id]
            known = item_id in act.shop.items and part.location_id in act.shop.locations
            if part.kind == "restocked" and known and item_id and part.location_id:
                supply(act, item_id, part.location_id, part.quantity)
        if told:
            body = {
                "id": reverse.id,
                "admin_graphql_api_id": gid("ReverseFulfillmentOrder", reverse.id),
                "dispositions": told,
                "total_dispositions": len(told),
            }
            act.fire("reverse_fulfillment_orders/dispose", order.id, reverse.id, pinned=body)


def take_in(
    act: Act, order: Order, asked: Return, units: Sequence[tuple[int, int]], shelf: int | None
) -> None:
    """Process units by line id; without a shelf nobody says where they ended."""
    if not asked.reverse:
        await_goods(act, asked)
    for line_id, quantity in units:
        left = quantity
        for part in asked.lines:
            if part.line_id == line_id:
                now = min(left, part.quantity - part.processed)
                part.processed += now
                left -= now
    if shelf is not None:
        dispose(act, order, asked, _to_shelf(asked, units, shelf))


def _to_shelf(asked: Return, units: Sequence[tuple[int, int]], shelf: int) -> list[Disposed]:
    found = []
    for line_id, quantity in units:
        left = quantity
        for line in (line for reverse in asked.reverse for line in reverse.lines if line.line_id == line_id):
            now = min(left, line.left)
            if now:
                found.append(Disposed(line.id, now, "restocked", shelf))
                left -= now
    return found


def _told(part: Disposed) -> dict[str, Any]:
    return {
        "reverse_fulfillment_order_line_item": {
            "id": part.reverse_line_id,
            "admin_graphql_api_id": gid("ReverseFulfillmentOrderLineItem", part.reverse_line_id),
        },
        "reverse_delivery_line_item": None,
        "type": part.kind,
        "location": None
        if part.location_id is None
        else {"id": part.location_id, "admin_graphql_api_id": gid("Location", part.location_id)},
        "quantity": part.quantity,
    }
