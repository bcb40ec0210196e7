"""Mutations whose answer never comes: done or not, the caller cannot tell; and those without the scope."""

from typing import Any

import aiohttp
import pytest

from connector.simulator.installation import NEEDED, WRITES
from connector.simulator.wire import gid
from tests.simulator.admin.test_pickups_at_the_till import prepared
from tests.simulator.admin.test_stock_at_the_till import wish
from tests.simulator.admin.till import Till, at_till, told_in_full


async def fails(till: Till, file: str, name: str, **variables: Any) -> bool:
    """Whether no answer came."""
    try:
        await till.ask(file, name, **variables)
    except (aiohttp.ClientError, AssertionError):
        return True
    return False


@pytest.mark.parametrize("how", ["drop", "502"])
async def test_done_but_never_answered(how: str) -> None:
    async with at_till() as till:
        order = till.buy()
        await till.app.steer(lost_next=2, lost_as=how)
        assert await fails(till, "pickup", "PickupPrepare", input=prepared(order))
        assert order.fulfillment_orders[0].mails == 1
        assert await fails(till, "stock", "StockAdjust", input=wish(till, -2), key="a")
        held = till.held()
        payload = await till.ask("stock", "StockAdjust", input=wish(till, -2), key="a")
        assert payload["userErrors"] == [] and till.held() == held, "the key made it happen once"
        assert payload["inventoryAdjustmentGroup"]["changes"][0]["delta"] == -2


@pytest.mark.parametrize("how", ["drop", "502"])
async def test_lost_before_anything_was_done(how: str) -> None:
    async with at_till() as till:
        order = till.buy()
        await till.app.steer(unheard_next=1, lost_as=how)
        assert await fails(till, "pickup", "PickupPrepare", input=prepared(order))
        assert order.fulfillment_orders[0].mails == 0
        assert (await till.ask("pickup", "PickupPrepare", input=prepared(order)))["userErrors"] == []
        assert order.fulfillment_orders[0].mails == 1


async def test_hanging_until_the_caller_gives_up() -> None:
    async with at_till() as till:
        order = till.buy()
        await till.app.steer(lost_next=1, lost_as="hang")
        body = {
            "query": told_in_full("pickup", "PickupPrepare").text,
            "variables": {"input": prepared(order)},
        }
        headers = {"X-Shopify-Access-Token": f"shpat_{7:032x}"}
        with pytest.raises(TimeoutError):
            await till.app.client.post(
                "/admin/api/2026-10/graphql.json",
                json=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=0.3),
            )
        assert order.fulfillment_orders[0].mails == 1


async def test_only_the_named_mutation_is_lost_and_no_question() -> None:
    async with at_till() as till:
        order = till.buy()
        await till.app.steer(lost_next=1, lost_of="PickupHandOver")
        assert not await fails(till, "pickup", "PickupPrepare", input=prepared(order))
        assert not await fails(till, "pickup", "PickupsOfOrder", id=gid("Order", order.id))
        wished = {
            "lineItemsByFulfillmentOrder": prepared(order)["lineItemsByFulfillmentOrder"],
        }
        assert await fails(till, "pickup", "PickupHandOver", fulfillment=wished)
        assert len(order.fulfillments) == 1


WISHES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("pickup", "PickupPrepare", "write_merchant_managed_fulfillment_orders", {"input": prepared()}),
    (
        "pickup",
        "PickupHandOver",
        "write_merchant_managed_fulfillment_orders",
        {"fulfillment": {"lineItemsByFulfillmentOrder": []}},
    ),
    ("pickup", "PickupReopen", "write_merchant_managed_fulfillment_orders", {"id": "gid://shopify/F/1"}),
    ("pickup", "PickupTakeBack", "write_merchant_managed_fulfillment_orders", {"id": "gid://shopify/F/1"}),
    (
        "returns",
        "ReturnOpen",
        "write_returns",
        {"input": {"orderId": "gid://shopify/Order/1", "returnLineItems": []}},
    ),
    ("returns", "ReturnProcess", "write_returns", {"input": {"returnId": "gid://shopify/Return/1"}}),
    ("returns", "ReturnClose", "write_returns", {"id": "gid://shopify/Return/1"}),
    (
        "stock",
        "StockAdjust",
        "write_inventory",
        {"input": {"name": "available", "reason": "other", "changes": []}, "key": "a"},
    ),
]


@pytest.mark.parametrize(("file", "name", "scope", "variables"), WISHES, ids=[wish[1] for wish in WISHES])
async def test_without_the_scope_nothing_is_done(
    file: str, name: str, scope: str, variables: dict[str, Any]
) -> None:
    async with at_till() as till:
        await till.app.steer(scopes=[*NEEDED, *(other for other in WRITES if other != scope)])
        told = await till.app.ask(told_in_full(file, name), **variables)
        [error] = told["errors"]
        assert error["extensions"]["code"] == "ACCESS_DENIED"
        assert f"`{scope}`" in error["extensions"]["requiredAccess"]
        [(field, value)] = told["data"].items()
        assert value is None and error["message"].startswith(f"Access denied for {field} field.")


async def test_to_write_includes_to_read() -> None:
    async with at_till() as till:
        order = till.sell()
        await till.app.steer(scopes=["write_returns", "read_orders", "read_all_orders"])
        told = await till.app.data(told_in_full("returns", "ReturnsOfOrder"), id=gid("Order", order.id))
        assert told["node"]["returns"]["nodes"] == []
        assert len(told["returnableFulfillments"]["nodes"]) == 1
