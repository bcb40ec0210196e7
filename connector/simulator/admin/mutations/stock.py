"""Stock adjusted by so many units, once under each key."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLError

from connector.simulator.acts.stock import Change, adjust_stock
from connector.simulator.admin.fields.values import Fields, at
from connector.simulator.admin.mutations.once import Doing, once
from connector.simulator.admin.mutations.refused import Payload, Problem, Refused, number_of, problem
from connector.simulator.admin.view import View
from connector.simulator.wire import gid

NAMES: Final = ("available", "damaged", "incoming", "quality_control", "reserved", "safety_stock")
REASONS: Final = (
    "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created",
    "movement_received", "movement_updated", "other", "promotion", "quality_control", "received",
    "reservation_created", "reservation_deleted", "reservation_updated", "restock", "safety_stock",
    "shrinkage",
)  # fmt: skip
MOST: Final = 2_000_000_000
Input = dict[str, Any]


def _adjust(view: View, wish: Input) -> Doing:
    """The group of changes as it is kept; of a change by nothing there is none."""
    changes = wish["changes"]
    if wrong := _of_words(wish) or _of_changes(view, wish["name"], changes) or _stale(view, changes):
        raise Refused(*wrong)
    if wish["name"] != "available":
        told = "The quantities couldn't be adjusted. Try again."  # this shop keeps no such quantities
        raise Refused(problem(["input", "changes"], told, "ADJUST_QUANTITIES_FAILED"))
    wanted: list[Change] = [(*_ids(change), change["delta"]) for change in changes if change["delta"]]
    if not wanted:
        return {"inventoryAdjustmentGroup": None, "userErrors": []}, list
    group = {
        "id": gid("InventoryAdjustmentGroup", view.shop.new_id()),
        "createdAt": at(view.now),
        "reason": wish["reason"],
        "referenceDocumentUri": wish.get("referenceDocumentUri"),
        "changes": [
            {"name": name, "delta": delta, "item": item, "location": place}
            for item, place, delta in wanted
            for name in ("available", "on_hand")
        ],
    }
    made = {"inventoryAdjustmentGroup": group, "userErrors": []}
    return made, lambda: adjust_stock(view.shop, wanted)


def _of_words(wish: Input) -> list[Problem]:
    if wish["name"] not in NAMES:
        told = f"The specified quantity name is invalid. Valid values are: {', '.join(NAMES)}."
        return [problem(["input", "name"], told, "INVALID_QUANTITY_NAME")]
    if wish["reason"] not in REASONS:
        told = f"The specified reason is invalid. Valid values are: {', '.join(REASONS)}."
        return [problem(["input", "reason"], told, "INVALID_REASON")]
    return []


def _of_changes(view: View, name: str, changes: list[Input]) -> list[Problem]:
    found = []
    for n, change in enumerate(changes):
        field = ["input", "changes", n]
        item, place = _ids(change)
        if item not in view.shop.items:
            told = "The specified inventory item could not be found."
            found.append(problem([*field, "inventoryItemId"], told, "INVALID_INVENTORY_ITEM"))
        if place not in view.shop.locations:
            told = "The specified location could not be found."
            found.append(problem([*field, "locationId"], told, "INVALID_LOCATION"))
        if abs(change["delta"]) > MOST:
            side, most = ("higher", MOST) if change["delta"] > 0 else ("lower", -MOST)
            code = "INVALID_QUANTITY_TOO_HIGH" if change["delta"] > 0 else "INVALID_QUANTITY_TOO_LOW"
            told = f"The quantity can't be {side} than {most:,}."
            found.append(problem([*field, "delta"], told, code))
        found += _of_ledger(name, change.get("ledgerDocumentUri"), [*field, "ledgerDocumentUri"])
    if not found and len({change.get("ledgerDocumentUri") for change in changes}) > 1:
        told = (
            "All changes must have the same ledger document URI or, in the case of adjusting available, "
            "no ledger document URI."
        )
        found.append(problem(["input", "changes"], told, "MAX_ONE_LEDGER_DOCUMENT"))
    return found


def _of_ledger(name: str, ledger: str | None, field: list[Any]) -> list[Problem]:
    if name == "available":
        told = "A ledger document URI is not allowed when adjusting available."
        return [problem(field, told, "INVALID_AVAILABLE_DOCUMENT")] if ledger else []
    if not ledger:
        told = "A ledger document URI is required except when adjusting available."
        return [problem(field, told, "INVALID_QUANTITY_DOCUMENT")]
    if ledger.startswith("gid://shopify/"):
        told = "Internal (gid://shopify/) ledger documents are not allowed to be adjusted via API."
        return [problem(field, told, "INTERNAL_LEDGER_DOCUMENT")]
    return []


def _stale(view: View, changes: list[Input]) -> list[Problem]:
    found = []
    for n, change in enumerate(changes):
        level = view.shop.levels.get(_ids(change))
        now = 0 if level is None else level.available or 0
        if change["changeFromQuantity"] not in (None, now):
            told = "The changeFromQuantity argument no longer matches the persisted quantity."
            field = ["input", "changes", n, "changeFromQuantity"]
            found.append(problem(field, told, "CHANGE_FROM_QUANTITY_STALE"))
    return found


def _ids(change: Input) -> tuple[int, int]:
    return number_of(change["inventoryItemId"], "InventoryItem"), number_of(change["locationId"], "Location")


def _adjusted(view: View, wish: Input) -> Payload:
    if any("changeFromQuantity" not in change for change in wish["changes"]):
        raise GraphQLError(
            "InventoryChangeInput must include the following argument: changeFromQuantity.",
            extensions={"code": "INVALID_FIELD_ARGUMENTS"},
        )
    kept = once(view, "inventoryAdjustQuantities", wish, lambda: _adjust(view, wish))
    group = kept.get("inventoryAdjustmentGroup")
    shown = group and group | {"changes": [_shown(view, change) for change in group["changes"]]}
    return {"inventoryAdjustmentGroup": shown, "userErrors": kept["userErrors"]}


def _shown(view: View, change: Mapping[str, Any]) -> Payload:
    return dict(change) | {
        "quantityAfterChange": None,  # Shopify tells it to nobody who may read
        "item": view.shop.items.get(change["item"]),
        "location": view.shop.locations.get(change["location"]),
    }


MUTATION: Final[Fields] = {
    "inventoryAdjustQuantities": lambda _, view, a: _adjusted(view, a["input"]),
}
