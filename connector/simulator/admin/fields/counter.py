"""What a till looks at before it acts: what may be done with a fulfillment order, and the stock here."""

from typing import Any, Final

from connector.simulator.admin.fields.values import Fields, Part
from connector.simulator.admin.mutations.refused import number_of
from connector.simulator.admin.view import View
from connector.simulator.goods import InventoryItem, Level
from connector.simulator.routes import pending

ACTIONS: Final[dict[str, list[str]]] = {
    "open": ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD"],
    "in_progress": ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"],
    "on_hold": ["RELEASE_HOLD", "HOLD", "MOVE"],
    "scheduled": ["MARK_AS_OPEN", "MOVE"],
}


def _actions(part: Part) -> list[dict[str, str]]:
    """None of one that is closed or cancelled."""
    routed = part.what
    found = list(ACTIONS.get(routed.status, ()))
    if routed.status == "open" and sum(line.remaining for line in routed.lines) > 1:
        found.append("SPLIT")
    alike = [
        other
        for other in pending(part.order)
        if (other.location_id, other.method, other.status) == (routed.location_id, routed.method, "open")
    ]
    if routed.status == "open" and len(alike) > 1:
        found.append("MERGE")
    return [{"action": action} for action in found]


def _level(view: View, item: InventoryItem, arguments: Any) -> Level | None:
    key = item.id, number_of(arguments["locationId"], "Location")
    gone = view.shop.register.disconnected if arguments.get("includeInactive") else []
    left = (level for level in gone if (level.item_id, level.location_id) == key)
    return view.shop.levels.get(key) or next(left, None)


FULFILLMENT_ORDER: Final[Fields] = {"supportedActions": lambda p, view, _: _actions(p)}
ITEM: Final[Fields] = {"inventoryLevel": lambda item, view, arguments: _level(view, item, arguments)}
