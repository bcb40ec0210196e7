"""Pickups: prepared for the customer, handed over, and taken back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connector.commands import store
from connector.commands.records import HandOver, NeedsPerson, Part, Pickup, Refused, Sent
from connector.gids import gid_of, number
from workers.commands.errand import Done, Errand, asked, require

OF_ORDER, CONTENTS = asked("pickup", "PickupsOfOrder"), asked("pickup", "PickupContents")
PREPARE, HAND_OVER = asked("pickup", "PickupPrepare"), asked("pickup", "PickupHandOver")
REOPEN, TAKE_BACK = asked("pickup", "PickupReopen"), asked("pickup", "PickupTakeBack")

#: What is still to be collected.
WAITING = ("OPEN", "IN_PROGRESS", "ON_HOLD", "SCHEDULED")


class _Id(msgspec.Struct):
    id: str


class _Method(msgspec.Struct, rename="camel"):
    method_type: str | None = None


class _Assigned(msgspec.Struct):
    location: _Id | None = None


class _Routed(msgspec.Struct, rename="camel"):
    id: str
    status: str
    delivery_method: _Method | None = None
    assigned_location: _Assigned | None = None

    @property
    def collected_at(self) -> str | None:
        """The location that it is to be collected at; None where it is not to be collected."""
        if self.delivery_method is None or self.delivery_method.method_type != "PICK_UP":
            return None
        place = self.assigned_location and self.assigned_location.location
        return place.id if place else ""


class _RoutedNodes(msgspec.Struct):
    nodes: list[_Routed]


class _Order(msgspec.Struct, rename="camel"):
    cancelled_at: str | None = None
    fulfillment_orders: _RoutedNodes = msgspec.field(default_factory=lambda: _RoutedNodes([]))


class _OrderAnswer(msgspec.Struct):
    node: _Order | None


class _Line(msgspec.Struct, rename="camel"):
    id: str
    remaining_quantity: int
    line_item: _Id


class _Lines(msgspec.Struct):
    nodes: list[_Line]


class _Made(msgspec.Struct):
    id: str
    status: str


class _MadeNodes(msgspec.Struct):
    nodes: list[_Made]


class _Contents(msgspec.Struct, rename="camel"):
    id: str
    status: str
    line_items: _Lines
    fulfillments: _MadeNodes

    @property
    def made(self) -> list[str]:
        """What was handed over of it and not taken back."""
        return [each.id for each in self.fulfillments.nodes if each.status not in ("CANCELLED", "FAILURE")]


class _ContentsAnswer(msgspec.Struct):
    node: _Contents | None


class _Fulfilled(msgspec.Struct):
    fulfillment: _Id | None = None


async def prepare(errand: Errand) -> Done:
    """Have the customer told that it is ready. Shopify writes to the customer each time, so once only."""
    pickup = await _now(errand, errand.arguments(Pickup).fulfillment_order_id)
    done = Done({"fulfillment_order_id": number(pickup.id)}, _affected(errand))
    if errand.sent and pickup.status in ("IN_PROGRESS", "CLOSED"):
        return done
    if pickup.status == "IN_PROGRESS":
        raise Refused("it is ready for pickup already; the customer is not written to again")
    await _require_waiting(errand, pickup)
    wanted = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": pickup.id}]}
    _, refused = await errand.send(PREPARE, Sent({"input": wanted}), dict[str, object])
    require(refused)
    return done


async def hand_over(errand: Errand) -> Done:
    """Mark it, or some lines of it, as collected."""
    wanted = errand.arguments(HandOver)
    if errand.sent and (found := await _handed_over_by(errand, errand.sent)):
        return found
    pickup = await _now(errand, wanted.fulfillment_order_id)
    await _require_waiting(errand, pickup)
    contents = await _contents(errand, pickup.id)
    group: dict[str, object] = {"fulfillmentOrderId": pickup.id}
    if wanted.lines:
        group["fulfillmentOrderLineItems"] = _lines(contents, wanted.lines)
    fulfillment = {"lineItemsByFulfillmentOrder": [group], "notifyCustomer": wanted.notify_customer}
    sent = Sent({"fulfillment": fulfillment}, seen=[pickup.id, *contents.made])
    told, refused = await errand.send(HAND_OVER, sent, _Fulfilled)
    require(refused)
    return _handed_over(errand, pickup.id, told.fulfillment.id if told.fulfillment else None)


async def cancel(errand: Errand) -> Done:
    """Undo the last step: what was handed over is back, what was ready is to be prepared again."""
    wanted = gid_of("FulfillmentOrder", errand.arguments(Pickup).fulfillment_order_id)
    contents = await _contents(errand, wanted)
    answer = {"fulfillment_order_id": number(wanted)}
    if contents.status == "CLOSED" and contents.made:
        for made in contents.made:
            _, refused = await errand.send(TAKE_BACK, Sent({"id": made}), dict[str, object])
            require(refused)
        return Done(answer, _affected(errand), "what was handed over is to be handed over again")
    pickup = await _now(errand, number(wanted))
    if pickup.status == "IN_PROGRESS":
        _, refused = await errand.send(REOPEN, Sent({"id": pickup.id}), dict[str, object])
        require(refused)
    elif not errand.sent:
        raise Refused("it is neither ready nor handed over: there is nothing to undo")
    return Done(answer | {"fulfillment_order_id": number(pickup.id)}, _affected(errand))


async def _now(errand: Errand, fulfillment_order_id: int) -> _Routed:
    """The pickup as it is now: what replaced it, where it was split, held, moved or cancelled since."""
    gid = gid_of("Order", errand.order_id)
    order = (await errand.look(OF_ORDER, {"id": gid}, _OrderAnswer)).node
    if order is None:
        raise Refused(f"Shopify knows no order {errand.order_id}")
    if order.cancelled_at:
        raise Refused("the order was cancelled")
    routed = order.fulfillment_orders.nodes
    wanted = gid_of("FulfillmentOrder", fulfillment_order_id)
    known = next((each for each in routed if each.id == wanted), None)
    if known is None and not routed:
        raise Refused("the order has no fulfillment orders, or the app may not see them")
    if known and known.collected_at is None:
        raise Refused("it is not to be collected: its delivery method is another one")
    if known and known.status in WAITING:
        return known
    if known and (known.status == "CLOSED" and (await _contents(errand, known.id)).made):
        return known
    others = [
        each
        for each in routed
        if each.status in WAITING
        and each.collected_at is not None
        and (known is None or each.collected_at == known.collected_at)
    ]
    if len(others) > 1:
        ids = ", ".join(str(number(each.id)) for each in others)
        raise NeedsPerson(f"it was replaced by several fulfillment orders: {ids}; say which is meant")
    if not others and known is None:
        raise Refused(f"the order has no fulfillment order {fulfillment_order_id} to be collected")
    return others[0] if others else known or others[0]


async def _contents(errand: Errand, gid: str) -> _Contents:
    contents = (await errand.look(CONTENTS, {"id": gid}, _ContentsAnswer)).node
    if contents is None:
        raise Refused(f"Shopify knows no fulfillment order {number(gid)}")
    return contents


async def _require_waiting(errand: Errand, pickup: _Routed) -> None:
    if pickup.status in ("OPEN", "IN_PROGRESS"):
        return
    if pickup.status == "CLOSED":
        by = await store.handed_over(errand.pool, errand.command, number(pickup.id))
        raise Refused(
            f"it was handed over already, by {by[0]} at {by[1]:%Y-%m-%d %H:%M} UTC"
            if by
            else "it was handed over already"
        )
    raise Refused(f"it cannot be handed out now: Shopify has it as {pickup.status.lower().replace('_', ' ')}")


async def _handed_over_by(errand: Errand, sent: Sent) -> Done | None:
    """What an unanswered attempt did, if it did anything: a fulfillment that was not there before."""
    gid, *before = sent.seen
    new = [each for each in (await _contents(errand, gid)).made if each not in before]
    return _handed_over(errand, gid, new[0]) if new else None


def _handed_over(errand: Errand, gid: str, fulfillment: str | None) -> Done:
    answer = {"fulfillment_order_id": number(gid)}
    if fulfillment:
        answer["fulfillment_id"] = number(fulfillment)
    return Done(answer, _affected(errand))


def _lines(contents: _Contents, wanted: Sequence[Part]) -> list[dict[str, object]]:
    left = {number(line.line_item.id): line for line in contents.line_items.nodes}
    for part in wanted:
        line = left.get(part.line_id)
        if line is None:
            raise Refused(f"line {part.line_id} is not in this pickup")
        if line.remaining_quantity < part.quantity:
            raise Refused(
                f"line {part.line_id}: {part.quantity} are to go, {line.remaining_quantity} are left"
            )
    return [{"id": left[part.line_id].id, "quantity": part.quantity} for part in wanted]


def _affected(errand: Errand) -> list[tuple[str, int]]:
    return [("Order", errand.order_id)]
