"""Stock adjusted by mutation: once under each key, from the quantity that the till believes in."""

from pathlib import Path
from typing import Any

import pytest

from connector.simulator.wire import gid
from tests.simulator.admin.till import Till, at_till, told_in_full

ADJUST = told_in_full("stock", "StockAdjust")


def wish(till: Till, delta: int = -2, **changed: Any) -> dict[str, Any]:
    change = {
        "inventoryItemId": gid("InventoryItem", till.variants[0].item_id),
        "locationId": gid("Location", till.place),
        "delta": delta,
        "changeFromQuantity": None,
    }
    own = {name: changed.pop(name) for name in list(changed) if name in change or name == "ledgerDocumentUri"}
    return {"name": "available", "reason": "correction", "changes": [change | own]} | changed


async def adjust(till: Till, key: str, wished: dict[str, Any]) -> dict[str, Any]:
    return await till.ask("stock", "StockAdjust", input=wished, key=key)


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def test_units_go_and_are_told_of() -> None:
    async with at_till() as till:
        payload = await adjust(till, "a", wish(till, -2, changeFromQuantity=10))
        assert payload["userErrors"] == [] and till.held() == 8
        item, place = gid("InventoryItem", till.variants[0].item_id), gid("Location", till.place)
        shown = {"delta": -2, "quantityAfterChange": None, "item": {"id": item}, "location": {"id": place}}
        changes = payload["inventoryAdjustmentGroup"]["changes"]
        assert changes == [{"name": "available"} | shown, {"name": "on_hand"} | shown]
        [(topic, body), (second, _)] = await till.heard()
        assert (topic, body["available"], second) == ("inventory_levels/update", 8, "products/update")
        node = await till.ask("stock", "StockOfItem", item=item, location=place)
        assert node["inventoryLevel"]["quantities"] == [{"name": "available", "quantity": 8}]


async def test_the_same_key_adjusts_once_and_answers_alike(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    async with at_till(path) as till:
        first = await adjust(till, "a", wish(till))
        await till.heard()
        assert await adjust(till, "a", wish(till)) == first
        assert till.held() == 8 and await till.topics() == []
        other = await adjust(till, "a", wish(till, -3))
        assert codes(other) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
        assert other["inventoryAdjustmentGroup"] is None and till.held() == 8
        again = await adjust(till, "b", wish(till))
        assert again["userErrors"] == [] and till.held() == 6
    async with at_till(path) as till:
        await adjust(till, "a", wish(till))
        assert till.held() == 10, "the test's own filling up, and nothing of the old key"


async def test_a_failed_attempt_keeps_its_key() -> None:
    async with at_till() as till:
        stale = wish(till, -1, changeFromQuantity=9)
        payload = await adjust(till, "a", stale)
        assert codes(payload) == ["CHANGE_FROM_QUANTITY_STALE"]
        assert payload["userErrors"][0]["field"] == ["input", "changes", "0", "changeFromQuantity"]
        assert codes(await adjust(till, "a", stale)) == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
        assert codes(await adjust(till, "b", wish(till, -1, changeFromQuantity=10))) == []
        assert till.held() == 9


async def test_a_key_is_of_its_own_field_alone() -> None:
    async with at_till() as till:
        made = "inventoryAdjustQuantities(input: $input)"
        text = (
            "mutation Two($input: InventoryAdjustQuantitiesInput!) { "
            f'a: {made} @idempotent(key: "a") {{ userErrors {{ code }} }} '
            f"b: {made} {{ userErrors {{ code }} }} }}"
        )
        told = await till.app.ask(text, input=wish(till))
        assert told["data"] == {"a": {"userErrors": []}, "b": None}
        assert told["errors"][0]["path"] == ["b"] and till.held() == 8


async def test_a_key_in_use_can_be_tried_again() -> None:
    async with at_till() as till:
        await till.app.steer(concurrent_next=1)
        assert codes(await adjust(till, "a", wish(till))) == ["IDEMPOTENCY_CONCURRENT_REQUEST"]
        assert till.held() == 10
        assert codes(await adjust(till, "a", wish(till))) == [] and till.held() == 8


async def test_more_may_be_sold_than_there_was() -> None:
    async with at_till() as till:
        assert codes(await adjust(till, "a", wish(till, -13))) == [] and till.held() == -3


async def test_a_change_by_nothing_is_none() -> None:
    async with at_till() as till:
        payload = await adjust(till, "a", wish(till, 0))
        assert payload == {"inventoryAdjustmentGroup": None, "userErrors": []}
        assert await till.topics() == []


async def test_an_item_can_come_to_a_new_place() -> None:
    async with at_till() as till:
        item = till.variants[0].item_id
        other = next(place for place in till.shop.locations if place != till.place)
        till.shop.drop(till.shop.levels[item, other])
        assert codes(await adjust(till, "a", wish(till, 4, locationId=gid("Location", other)))) == []
        assert till.level(0, other).available == 4
        assert (await till.topics())[:2] == ["inventory_levels/connect", "inventory_levels/update"]


async def test_no_key_and_no_expected_quantity_are_errors_of_the_request() -> None:
    async with at_till() as till:
        bare = ADJUST.text.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
        told = await till.app.ask(bare, input=wish(till))
        message = "The @idempotent directive is required for this mutation but was not provided."
        assert told["errors"][0]["message"] == message
        assert told["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
        assert told["data"] == {"inventoryAdjustQuantities": None}
        unsure = wish(till)
        del unsure["changes"][0]["changeFromQuantity"]
        told = await till.app.ask(ADJUST, input=unsure, key="a")
        message = "InventoryChangeInput must include the following argument: changeFromQuantity."
        assert told["errors"][0]["message"] == message
        assert told["errors"][0]["extensions"] == {"code": "INVALID_FIELD_ARGUMENTS"}
        assert till.held() == 10 and till.shop.attempts == {}


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"name": "on_hand"}, ["input", "name"], "INVALID_QUANTITY_NAME"),
        ({"reason": "theft"}, ["input", "reason"], "INVALID_REASON"),
        (
            {"inventoryItemId": gid("InventoryItem", 1)},
            ["input", "changes", "0", "inventoryItemId"],
            "INVALID_INVENTORY_ITEM",
        ),
        ({"locationId": gid("Location", 1)}, ["input", "changes", "0", "locationId"], "INVALID_LOCATION"),
        (
            {"ledgerDocumentUri": "https://till.example/1"},
            ["input", "changes", "0", "ledgerDocumentUri"],
            "INVALID_AVAILABLE_DOCUMENT",
        ),
        (
            {"name": "damaged"},
            ["input", "changes", "0", "ledgerDocumentUri"],
            "INVALID_QUANTITY_DOCUMENT",
        ),
        ({"delta": 2_000_000_001}, ["input", "changes", "0", "delta"], "INVALID_QUANTITY_TOO_HIGH"),
        ({"delta": -2_000_000_001}, ["input", "changes", "0", "delta"], "INVALID_QUANTITY_TOO_LOW"),
    ],
)
async def test_what_cannot_be_adjusted(changed: dict[str, Any], field: list[str], code: str) -> None:
    async with at_till() as till:
        payload = await adjust(till, "a", wish(till, **({"delta": -2} | changed)))
        assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [(field, code)]
        assert payload["inventoryAdjustmentGroup"] is None and till.held() == 10
