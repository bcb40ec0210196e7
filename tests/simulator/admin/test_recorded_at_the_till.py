"""What Shopify was recorded to refuse a till, ours refuses in the same words, fields and codes."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connector.simulator.acts.returns import request_return
from connector.simulator.wire import gid
from tests.simulator.admin.recorded import needs_recordings, recorded
from tests.simulator.admin.test_pickups_at_the_till import handed
from tests.simulator.admin.test_returns_at_the_till import asked
from tests.simulator.admin.test_stock_at_the_till import ADJUST, wish
from tests.simulator.admin.till import Till, at_till, routed_gid, told_in_full

pytestmark = needs_recordings
Body = dict[str, Any]
Scene = Callable[[Till], Awaitable[Body]]


def hand_over(whole: bool, units: int, *, line: bool = True, twice: bool = False) -> Scene:
    async def scene(till: Till) -> Body:
        order = till.sell(1) if twice else till.buy(1)
        [part] = order.fulfillment_orders[0].lines
        routed = routed_gid(order) if whole else gid("FulfillmentOrder", 9)
        chosen = handed(routed, *(() if twice else [(part.id if line else 9, units)]))
        return await till.ask("pickup", "PickupHandOver", fulfillment=chosen)

    return scene


def open_return(units: int, **changed: Any) -> Scene:
    async def scene(till: Till) -> Body:
        return await till.ask("returns", "ReturnOpen", input=asked(till.sell(1), units, **changed))

    return scene


def adjust(**changed: Any) -> Scene:
    async def scene(till: Till) -> Body:
        return await till.ask("stock", "StockAdjust", input=wish(till, **({"delta": 1} | changed)), key="a")

    return scene


async def close_requested(till: Till) -> Body:
    order = till.sell(1)
    till.app.simulation.perform(lambda: request_return(till.shop, order.id, [(order.lines[0].id, 1)]))
    return await till.ask("returns", "ReturnClose", id=gid("Return", order.returns[0].id))


async def close_unknown(till: Till) -> Body:
    return await till.ask("returns", "ReturnClose", id=gid("Return", 9))


async def process_unknown(till: Till) -> Body:
    return await till.ask("returns", "ReturnProcess", input={"returnId": gid("Return", 9)})


async def process_foreign_line(till: Till) -> Body:
    order = till.sell(1)
    await till.ask("returns", "ReturnOpen", input=asked(order, 1))
    line = {"id": gid("ReturnLineItem", 9), "quantity": 1}
    made = gid("Return", order.returns[0].id)
    return await till.ask("returns", "ReturnProcess", input={"returnId": made, "returnLineItems": [line]})


async def reopen_closed(till: Till) -> Body:
    return await till.ask("pickup", "PickupReopen", id=routed_gid(till.sell(1)))


CREATE = "orders/fulfillment-create-preconditions"
STATES = "orders/returnClose-Reopen-Cancel-state-preconditions"
REASONS = "orders/return-reason-validation"
PROGRESS = "shipping-fulfillments/fulfillment-order-open-report-progress-preconditions"
QUANTITIES = "products/inventory-quantity-contracts-2026-04"
CASES: list[tuple[str, str, Scene]] = [
    (CREATE, "cases/nonPositiveQuantity", hand_over(True, 0)),
    (CREATE, "cases/overFulfill", hand_over(True, 2)),
    (CREATE, "cases/missingFulfillmentOrder", hand_over(False, 1)),
    (CREATE, "cases/closed", hand_over(True, 1, twice=True)),
    ("orders/return-quantity-validation", "returnCreateQuantityCap", open_return(2)),
    (REASONS, "missingReasonCreate", open_return(1, returnReason=None)),
    (REASONS, "otherBlankNoteCreate", open_return(1, returnReason="OTHER")),
    (STATES, "requestedCase/returnCloseInvalid", close_requested),
    (STATES, "notFoundCase/returnClose", close_unknown),
    (STATES, "notFoundCase/returnProcess", process_unknown),
    (STATES, "processedCase/returnProcessInvalidLine", process_foreign_line),
    (PROGRESS, "closed/open", reopen_closed),
    (
        QUANTITIES,
        "unknownIdValidation/adjustUnknownInventoryItem",
        adjust(inventoryItemId=gid("InventoryItem", 9)),
    ),
    (QUANTITIES, "unknownIdValidation/adjustUnknownLocation", adjust(locationId=gid("Location", 9))),
    (
        "products/inventory-reason-validation",
        "invalidReasonCases/unknownReasonAdjust",
        adjust(reason="completely_made_up"),
    ),
    ("products/inventory-adjust-name-allowlist", "cases/adjustOnHand", adjust(name="on_hand")),
    ("products/inventory-adjust-ledger-document-validation", "missingLedgerDocument", adjust(name="damaged")),
    (
        "products/inventory-adjust-ledger-document-validation",
        "availableLedgerDocument",
        adjust(ledgerDocumentUri="https://till.example/1"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("file", "path", "scene"), CASES, ids=[path for _, path, _ in CASES])
async def test_the_same_words(file: str, path: str, scene: Scene) -> None:
    case = recorded(f"captured/{file}.json")
    for step in path.split("/"):
        case = case[step]
    answer = (case.get("mutation") or case)["response"]
    data = (answer.get("payload") or answer)["data"]
    [payload] = data.values()
    async with at_till() as till:
        told = await scene(till)
    assert len(told["userErrors"]) == len(payload["userErrors"])
    for own, real in zip(told["userErrors"], payload["userErrors"], strict=True):
        assert _masked(own["message"]) == _masked(real["message"])
        assert {name: own[name] for name in real if name != "message"} == {
            name: value for name, value in real.items() if name != "message"
        }
    made = {name: value for name, value in told.items() if name != "userErrors"}
    assert all(value is None for value in made.values())


async def test_errors_of_the_request() -> None:
    contracts = recorded(f"captured/{QUANTITIES}.json")
    async with at_till() as till:
        bare = ADJUST.text.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
        _same(await till.app.ask(bare, input=wish(till)), contracts["missingAdjustIdempotency"]["response"])
        unsure = wish(till)
        del unsure["changes"][0]["changeFromQuantity"]
        told = await till.app.ask(ADJUST, input=unsure, key="a")
        _same(told, contracts["missingAdjustChangeFromQuantity"]["response"])


async def test_a_success_looks_alike() -> None:
    wanted = recorded(f"captured/{QUANTITIES}.json")["inventoryAdjustQuantities"]["response"]["data"]
    changes = wanted["inventoryAdjustQuantities"]["inventoryAdjustmentGroup"]["changes"]
    async with at_till() as till:
        told = await adjust(delta=2)(till)
    found = told["inventoryAdjustmentGroup"]["changes"]
    assert [(c["name"], c["delta"], c["quantityAfterChange"]) for c in found] == [
        (c["name"], c["delta"], c["quantityAfterChange"]) for c in changes
    ]


async def test_access_is_denied_alike() -> None:
    async with at_till() as till:
        await till.app.steer(scopes=["read_returns"])
        told = await till.app.ask(told_in_full("returns", "ReturnClose"), id=gid("Return", 9))
        wanted = recorded("access_denied.json")["errors"][0]
        assert told["errors"][0].keys() == wanted.keys()
        assert told["errors"][0]["extensions"].keys() == wanted["extensions"].keys()


def _same(told: Body, wanted: Body) -> None:
    [error], [real] = told["errors"], wanted["errors"]
    assert {k: error[k] for k in ("message", "extensions", "path")} == {
        k: real[k] for k in ("message", "extensions", "path")
    }
    assert told["data"] == wanted["data"]


def _masked(text: str) -> str:
    return re.sub(r"\d+", "N", text)
