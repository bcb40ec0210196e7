"""Pickups by mutation: prepared once, handed over whole or in part, opened again, taken back."""

from typing import Any

import pytest

from connector.simulator.acts.routing import route
from connector.simulator.sales import Order
from connector.simulator.wire import gid
from tests.simulator.admin.till import Till, at_till, routed_gid, told_in_full


def prepared(*orders: Order) -> dict[str, Any]:
    return {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": routed_gid(order)} for order in orders]}


def handed(routed: str, *lines: tuple[int, int]) -> dict[str, Any]:
    chosen = [{"id": gid("FulfillmentOrderLineItem", i), "quantity": units} for i, units in lines]
    group = {"fulfillmentOrderId": routed, "fulfillmentOrderLineItems": chosen}
    return {"lineItemsByFulfillmentOrder": [group], "notifyCustomer": False}


async def actions(till: Till, order: Order) -> list[list[str]]:
    node = await till.ask("pickup", "PickupsOfOrder", id=gid("Order", order.id))
    routed = node["fulfillmentOrders"]["nodes"]
    return [[each["action"] for each in found["supportedActions"]] for found in routed]


async def test_a_pickup_is_prepared_once_and_its_customer_told_once() -> None:
    async with at_till() as till:
        order = till.buy()
        await till.heard()
        payload = await till.ask("pickup", "PickupPrepare", input=prepared(order))
        assert payload == {"userErrors": []}
        assert await till.topics() == ["fulfillment_orders/line_items_prepared_for_pickup"]
        again = await till.ask("pickup", "PickupPrepare", input=prepared(order))
        [error] = again["userErrors"]
        assert error["field"] == ["input", "lineItemsByFulfillmentOrder", "0", "fulfillmentOrderId"]
        assert error["code"] == "NO_LINE_ITEMS_TO_PREPARE_FOR_FULFILLMENT_ORDER"
        assert await till.topics() == []
        told = await till.app.steer()
        assert told["mails"] == {str(order.fulfillment_orders[0].id): 1}
        assert await actions(till, order) == [
            ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"]
        ]


async def test_only_pickups_are_prepared_and_all_or_none() -> None:
    async with at_till() as till:
        parcel, pickup = till.buy(pickup=False), till.buy()
        for wish in (prepared(pickup, parcel), prepared(parcel)):
            payload = await till.ask("pickup", "PickupPrepare", input=wish)
            assert [error["code"] for error in payload["userErrors"]] == ["FULFILLMENT_ORDER_INVALID"]
        unknown = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": gid("FulfillmentOrder", 5)}]}
        payload = await till.ask("pickup", "PickupPrepare", input=unknown)
        assert [error["code"] for error in payload["userErrors"]] == ["FULFILLMENT_ORDER_INVALID"]
        assert (await till.app.steer())["mails"] == {}
        assert pickup.fulfillment_orders[0].status == "open"


async def test_put_back_it_can_be_prepared_again_and_mails_again() -> None:
    async with at_till() as till:
        order = till.buy()
        refused = await till.ask("pickup", "PickupReopen", id=routed_gid(order))
        told = "Expected fulfillment order status to be valid but it was open."
        assert refused == {"fulfillmentOrder": None, "userErrors": [{"field": None, "message": told}]}
        await till.ask("pickup", "PickupPrepare", input=prepared(order))
        await till.heard()
        payload = await till.ask("pickup", "PickupReopen", id=routed_gid(order))
        assert payload["fulfillmentOrder"] == {"id": routed_gid(order), "status": "OPEN"}
        [(topic, body)] = await till.heard()
        assert topic == "fulfillment_orders/manually_reported_progress_stopped"
        assert body["fulfillment_order"] == {"id": routed_gid(order), "status": "open"}
        await till.ask("pickup", "PickupPrepare", input=prepared(order))
        assert order.fulfillment_orders[0].mails == 2


async def test_handed_over_whole() -> None:
    async with at_till() as till:
        order = till.buy(3)
        before = till.held()
        await till.heard()
        wish = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": routed_gid(order)}]}
        payload = await till.ask("pickup", "PickupHandOver", fulfillment=wish)
        assert payload["userErrors"] == [] and payload["fulfillment"]["status"] == "SUCCESS"
        assert await till.topics() == [
            "fulfillments/create",
            "orders/fulfilled",
            "orders/updated",
            "inventory_levels/update",
        ]
        assert till.held() == before, "what was sold had left the shelf already"
        contents = await till.ask("pickup", "PickupContents", id=routed_gid(order))
        assert contents["status"] == "CLOSED" and contents["orderId"] == gid("Order", order.id)
        assert [row["id"] for row in contents["fulfillments"]["nodes"]] == [payload["fulfillment"]["id"]]
        again = await till.ask("pickup", "PickupHandOver", fulfillment=wish)
        told = f"Fulfillment order {order.fulfillment_orders[0].id} has an unfulfillable status= closed."
        assert again["userErrors"] == [{"field": ["fulfillment"], "message": told}]
        assert len(order.fulfillments) == 1 and await actions(till, order) == [[]]


async def test_handed_over_in_part_the_rest_is_another_fulfillment_order() -> None:
    async with at_till() as till:
        order = till.buy(3)
        [part] = order.fulfillment_orders[0].lines
        wish = handed(routed_gid(order), (part.id, 1))
        assert (await till.ask("pickup", "PickupHandOver", fulfillment=wish))["userErrors"] == []
        first, second = order.fulfillment_orders
        assert [(first.status, second.status), second.lines[0].remaining] == [("closed", "open"), 2]
        assert second.id != first.id and (second.method, second.location_id) == ("pick_up", till.place)


async def test_only_the_named_one_is_handed_over() -> None:
    async with at_till() as till:
        order = till.buy(3, lines=2)
        first = order.fulfillment_orders[0]
        kept = first.lines.pop()
        other = next(place for place in till.shop.locations if place != till.place)
        act = till.shop.begin()
        second = route(act, order, other, "shipping", {kept.line_id: 3})
        act.touch(order)
        both = handed(gid("FulfillmentOrder", first.id))["lineItemsByFulfillmentOrder"]
        both += handed(gid("FulfillmentOrder", second.id))["lineItemsByFulfillmentOrder"]
        refused = await till.ask(
            "pickup", "PickupHandOver", fulfillment={"lineItemsByFulfillmentOrder": both}
        )
        told = (
            "All fulfillment orders must be assigned to a single location. "
            f"Multiple locations with ids [{till.place}, {other}] were found."
        )
        assert refused["userErrors"] == [{"field": ["fulfillment"], "message": told}]
        wish = handed(gid("FulfillmentOrder", first.id))
        assert (await till.ask("pickup", "PickupHandOver", fulfillment=wish))["userErrors"] == []
        assert (first.status, second.status) == ("closed", "open") and len(order.fulfillment_orders) == 2
        made = order.fulfillments[-1]
        payload = await till.ask("pickup", "PickupTakeBack", id=gid("Fulfillment", made.id))
        assert payload["fulfillment"] == {"id": gid("Fulfillment", made.id), "status": "CANCELLED"}
        third = order.fulfillment_orders[2]
        assert (third.method, third.location_id, third.status) == ("pick_up", till.place, "open")
        assert second.status == "open" and [part.remaining for part in second.lines] == [3]


async def test_of_two_orders_at_once_none_is_handed_over() -> None:
    async with at_till() as till:
        orders = [till.buy(), till.buy()]
        groups = [{"fulfillmentOrderId": routed_gid(order)} for order in orders]
        payload = await till.ask(
            "pickup", "PickupHandOver", fulfillment={"lineItemsByFulfillmentOrder": groups}
        )
        told = (
            "All fulfillment orders must belong to the same order. "
            f"Multiple orders with ids [{orders[0].id}, {orders[1].id}] were found."
        )
        assert payload["userErrors"] == [{"field": ["fulfillment"], "message": told}]
        assert not orders[0].fulfillments and not orders[1].fulfillments


@pytest.mark.parametrize(
    ("units", "unknown", "message"),
    [
        (0, "", "Quantity must be greater than 0"),
        (4, "", "Invalid fulfillment order line item quantity requested."),
        (1, "line", "Fulfillment order line item does not exist."),
        (1, "whole", "Fulfillment order does not exist."),
        (0, "whole", "Quantity must be greater than 0"),
    ],
)
async def test_what_cannot_be_handed_over(units: int, unknown: str, message: str) -> None:
    async with at_till() as till:
        order = till.buy(3)
        [part] = order.fulfillment_orders[0].lines
        whole = gid("FulfillmentOrder", 99) if unknown == "whole" else routed_gid(order)
        wish = handed(whole, (7 if unknown else part.id, units))
        payload = await till.ask("pickup", "PickupHandOver", fulfillment=wish)
        assert [error["message"] for error in payload["userErrors"]] == [message]
        assert payload["fulfillment"] is None and order.fulfillments == []


async def test_a_handing_over_is_taken_back_once() -> None:
    async with at_till() as till:
        order = till.sell(3)
        made = gid("Fulfillment", order.fulfillments[0].id)
        await till.heard()
        payload = await till.ask("pickup", "PickupTakeBack", id=made)
        assert payload == {"fulfillment": {"id": made, "status": "CANCELLED"}, "userErrors": []}
        assert (await till.topics())[:2] == ["fulfillments/update", "orders/updated"]
        first, second = order.fulfillment_orders
        assert (first.status, second.status) == ("closed", "open") and second.method == "pick_up"
        again = await till.ask("pickup", "PickupTakeBack", id=made)
        assert again["fulfillment"] is None and len(again["userErrors"]) == 1
        assert len(order.fulfillment_orders) == 2


async def test_ids_of_another_kind_are_no_user_errors() -> None:
    async with at_till() as till:
        order = till.buy()

        told = await till.app.ask(told_in_full("pickup", "PickupReopen"), id=gid("Order", order.id))
        assert told["errors"][0]["message"] == f"Invalid id: {gid('Order', order.id)}"
        assert told["errors"][0]["extensions"] == {"code": "RESOURCE_NOT_FOUND"}
        assert told["data"] == {"fulfillmentOrderOpen": None}
