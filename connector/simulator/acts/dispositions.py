"""How goods that came back are booked: which of them are processed, and where they ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connector.simulator.acts.stock import supply
from connector.simulator.reverse import Disposition, ReverseLine, ReverseOrder
from connector.simulator.sales import Order, Return, ReturnLine
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
            return_line_id=part.id,
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


def take_in(act: Act, asked: Return, units: Sequence[tuple[int, int]]) -> list[tuple[ReturnLine, int]]:
    """Process units by line id; answers with how many of each of the return's lines they are."""
    if not asked.reverse:
        await_goods(act, asked)
    came = []
    for line_id, quantity in units:
        left = quantity
        for part in asked.lines:
            now = min(left, part.quantity - part.processed) if part.line_id == line_id else 0
            if now > 0:
                part.processed += now
                left -= now
                came.append((part, now))
    return came


def owed(asked: Return, line_id: int) -> int:
    """Units of the line that are in, and not refunded yet."""
    return sum(part.processed - part.refunded for part in asked.lines if part.line_id == line_id)


def settle(asked: Return, units: Sequence[tuple[int, int]]) -> None:
    """Units by line id that are in count as refunded."""
    for line_id, quantity in units:
        left = quantity
        for part in asked.lines:
            now = min(left, part.processed - part.refunded) if part.line_id == line_id else 0
            part.refunded += now
            left -= now


def all_to(
    asked: Return, came: Sequence[tuple[ReturnLine, int]], kind: str, place: int | None
) -> list[Disposed]:
    """All of these units end alike."""
    there = {line.return_line_id: line for reverse in asked.reverse for line in reverse.lines}
    return [Disposed(there[part.id].id, units, kind, place) for part, units in came]


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
