"""Stock: adjusted once, by a key that is stored before the adjustment is sent."""

from __future__ import annotations

from uuid import uuid4

import msgspec

from connector.commands.records import AdjustInventory, Refused, Sent
from connector.errors import Transient
from connector.gids import gid_of
from workers.commands.errand import Done, Errand, asked, require

LOOK, ADJUST = asked("stock", "StockOfItem"), asked("stock", "StockAdjust")
#: Stock that changes at every look is left for later.
TRIES = 10


class _Named(msgspec.Struct):
    name: str
    quantity: int


class _Level(msgspec.Struct):
    quantities: list[_Named] = []


class _Item(msgspec.Struct, rename="camel"):
    tracked: bool | None = None
    inventory_level: _Level | None = None


class _Answer(msgspec.Struct):
    node: _Item | None


class _Change(msgspec.Struct, rename="camel"):
    name: str
    quantity_after_change: int | None = None


class _Group(msgspec.Struct):
    id: str
    changes: list[_Change] = []


class _Adjusted(msgspec.Struct, rename="camel"):
    inventory_adjustment_group: _Group | None = None


async def adjust(errand: Errand) -> Done:
    """Change what can be sold by so many, on top of whatever others changed meanwhile.

    Below zero is possible and told: the last piece was sold twice.
    """
    wanted = errand.arguments(AdjustInventory)
    affected = [("InventoryItem", wanted.inventory_item_id)]
    if wanted.delta == 0:
        raise Refused("an adjustment by nothing")
    sent = errand.sent
    for _ in range(TRIES):
        if sent is None:
            item = await _item(errand, wanted)
            if item.tracked is False:
                return Done({}, affected, "Shopify does not count the stock of this item")
            sent = _intent(errand, wanted, item)
        told, refused = await errand.send(ADJUST, sent, _Adjusted)
        codes = {error.code for error in refused}
        if not refused:
            return _done(wanted, sent, told, affected)
        if codes & {"IDEMPOTENCY_CONCURRENT_REQUEST", "SERVICE_UNAVAILABLE", "ADJUST_QUANTITIES_FAILED"}:
            raise Transient(f"Shopify is not ready for it: {refused[0].message}")
        if not codes <= {"CHANGE_FROM_QUANTITY_STALE", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"}:
            require(refused)
        sent = None  # nothing was changed: look again, and try with a key of its own
    raise Transient("the stock changes all the time")


async def _item(errand: Errand, wanted: AdjustInventory) -> _Item:
    gids = {
        "item": gid_of("InventoryItem", wanted.inventory_item_id),
        "location": gid_of("Location", wanted.location_id),
    }
    item = (await errand.look(LOOK, gids, _Answer)).node
    if item is None:
        raise Refused(f"Shopify knows no inventory item {wanted.inventory_item_id}")
    return item


def _intent(errand: Errand, wanted: AdjustInventory, item: _Item) -> Sent:
    quantities = item.inventory_level.quantities if item.inventory_level else []
    before = next((each.quantity for each in quantities if each.name == "available"), None)
    change = {
        "inventoryItemId": gid_of("InventoryItem", wanted.inventory_item_id),
        "locationId": gid_of("Location", wanted.location_id),
        "delta": wanted.delta,
        "changeFromQuantity": before,
    }
    key = str(uuid4())
    adjustment = {
        "name": "available",
        "reason": wanted.reason,
        "referenceDocumentUri": f"pos://commands/{errand.command.command_id}",
        "changes": [change],
    }
    return Sent({"input": adjustment, "key": key}, key=key, before=before)


def _done(wanted: AdjustInventory, sent: Sent, told: _Adjusted, affected: list[tuple[str, int]]) -> Done:
    changes = told.inventory_adjustment_group.changes if told.inventory_adjustment_group else []
    after = next((each.quantity_after_change for each in changes if each.name == "available"), None)
    if after is None and sent.before is not None:
        after = sent.before + wanted.delta
    if after is None or after >= 0 or wanted.delta > 0:
        return Done({"available": after}, affected)
    oversold = min(-after, -wanted.delta)
    return Done(
        {"available": after, "oversold": oversold},
        affected,
        f"{oversold} more were sold than there were: {after} can be sold now",
    )
