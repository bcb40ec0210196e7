"""Things as Shopify was recorded to tell of them become rows, with their ids, times and amounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connector.changes import Change, Origin
from connector.errors import Permanent
from connector.families import collections as collection_family
from connector.families import inventory as inventory_family
from connector.families.nodes import (
    collections,
    customers,
    fulfillments,
    inventory,
    locations,
    orders,
    products,
    refunds,
)
from tests.connector.shopify.recordings import needs_recordings, things

pytestmark = needs_recordings
ORIGIN = Origin(1, datetime(2026, 11, 24, 12, tzinfo=UTC))
#: Added where a recorded question did not ask for it and ours do.
TIME = "2026-07-01T00:00:00Z"
ORDER = {"id": "gid://shopify/Order/1", "updatedAt": TIME}

Node = dict[str, Any]


def _timed(node: Node) -> Node:
    return {"updatedAt": TIME} | node


def _ordered(node: Node) -> Node:
    owner = (node.get("order") or ORDER)["id"]
    return {"orderId": owner, "updatedAt": TIME} | node


def _stocked(node: Node) -> Node:
    """An item; its levels are given a time where they were asked for without one."""
    levels = [_timed(level) for level in (node.get("inventoryLevels") or {}).get("nodes") or ()]
    return {"tracked": True} | _timed(node) | ({"inventoryLevels": {"nodes": levels}} if levels else {})


def _level(node: Node) -> Node:
    item = node.get("item") or {"id": "gid://shopify/InventoryItem/1"}
    return _stocked({"id": item["id"], "inventoryLevels": {"nodes": [node]}})


def _traded(node: Node) -> Node:
    """An order as far as what hangs on it goes."""
    made = _timed(node)
    made["fulfillments"] = [_timed(each) for each in node.get("fulfillments") or ()]
    held = (node.get("fulfillmentOrders") or {}).get("nodes") or ()
    made["fulfillmentOrders"] = {"nodes": [_ordered(each) for each in held]}
    made["returns"] = {"nodes": (node.get("returns") or {}).get("nodes") or []}
    return made


def _paid(node: Node) -> Node:
    """A refund of a shop whose customers pay in its own currency: only that was asked for."""
    bag = node["totalRefundedSet"]
    return {"processedAt": TIME} | node | {"totalRefundedSet": {"presentmentMoney": bag["shopMoney"]} | bag}


READERS: dict[str, tuple[str, Callable[[Node], Node], Any, int]] = {
    "Product": ("Product", _timed, products.read, 1500),
    "ProductVariant": (
        "ProductVariant",
        lambda node: {"id": "gid://shopify/Product/1", "updatedAt": TIME, "variants": {"nodes": [node]}},
        products.read, 80,
    ),
    "Location": ("Location", _timed, locations.read, 400),
    "InventoryItem": ("InventoryItem", _stocked, inventory.read, 150),
    "InventoryLevel": ("InventoryLevel", _level, inventory.read, 90),
    "Customer": ("Customer", _timed, customers.read, 50),
    "Order": ("Order", _timed, orders.read, 450),
    "an order's parts": ("Order", _traded, fulfillments.read, 400),
    "Refund": ("Refund", lambda node: ORDER | {"refunds": [_paid(node)]}, refunds.read, 3),
    "Fulfillment": (
        "Fulfillment", lambda node: ORDER | {"fulfillments": [_timed(node)]}, fulfillments.read, 60,
    ),
    "FulfillmentOrder": ("FulfillmentOrder", _ordered, fulfillments.read_fulfillment_order, 380),
    "Return": ("Return", lambda node: ORDER | {"returns": {"nodes": [node]}}, fulfillments.read, 130),
    "a collection's products": (
        "Product",
        lambda node: {"id": "gid://shopify/Collection/1", "updatedAt": TIME, "products": {"nodes": [node]}},
        collections.read, 1500,
    ),
}  # fmt: skip


def _read(name: str) -> Iterator[tuple[Node, list[Change]]]:
    """What was recorded with the changes that it means; without those that lack what we always ask for."""
    kind, made, read, _ = READERS[name]
    for node in things(kind):
        try:
            yield node, list(read(msgspec.json.encode(made(node)), ORIGIN))
        except Permanent as error:
            assert "missing required field" in str(error), (error, node)


@pytest.mark.parametrize("name", READERS)
def test_whatever_was_recorded_is_read(name: str) -> None:
    read = list(_read(name))
    assert len(read) >= READERS[name][3]
    assert all(changes for _, changes in read) or name == "an order's parts"


def _number(gid: str) -> int:
    return int(gid.partition("?")[0].rpartition("/")[2])


def _at(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


@pytest.mark.parametrize("name", ["Product", "Location", "InventoryItem", "Customer", "Order"])
def test_ids_and_times_come_through(name: str) -> None:
    seen: Counter[str] = Counter()
    for node, changes in _read(name):
        (record,) = [
            change.record
            for change in changes
            if getattr(change.record, "id", None) == _number(node["id"])
            and type(change.record).__name__ == name
        ]
        for field, told in (
            ("updated_at", "updatedAt"), ("created_at", "createdAt"), ("processed_at", "processedAt"),
            ("cancelled_at", "cancelledAt"), ("closed_at", "closedAt"),
        ):  # fmt: skip
            if told in node and hasattr(record, field):
                assert getattr(record, field) == _at(node[told])
                seen[field] += bool(node[told])
    assert seen["updated_at"] or name in ("Product", "InventoryItem")


def test_amounts_of_orders_come_through() -> None:
    fields = {
        "totalPriceSet": "total_price", "currentTotalPriceSet": "current_total_price",
        "totalOutstandingSet": "total_outstanding", "subtotalPriceSet": "subtotal_price",
        "totalTaxSet": "total_tax",
    }  # fmt: skip
    seen: Counter[str] = Counter()
    for node, changes in _read("Order"):
        record: Any = changes[0].record
        for told, field in fields.items():
            if node.get(told):
                assert getattr(record, field) == node[told]["shopMoney"]["amount"]
                seen[field] += 1
        lines = (node.get("lineItems") or {}).get("nodes") or ()
        for line, kept in zip(lines, record.line_items or (), strict=True):
            assert kept.id == _number(line["id"]) and kept.quantity == line.get("quantity")
            if line.get("originalUnitPriceSet"):
                assert kept.price == line["originalUnitPriceSet"]["shopMoney"]["amount"]
                seen["lines"] += 1
    assert seen["total_price"] > 20 and seen["current_total_price"] > 20 and seen["lines"]


def test_refunds_tell_what_was_paid_back_and_in_which_currency() -> None:
    for node, changes in _read("Refund"):
        refund: Any
        (refund,) = [c.record for c in changes if type(c.record).__name__ == "Refund"]
        money = node["totalRefundedSet"]["shopMoney"]
        assert (refund.id, refund.amount) == (_number(node["id"]), money["amount"])
        assert refund.currency == money.get("currencyCode")


def test_stock_comes_through_by_name() -> None:
    seen: Counter[str] = Counter()
    for node, changes in _read("InventoryLevel"):
        (level,) = [c.record for c in changes if isinstance(c.record, inventory_family.InventoryLevel)]
        assert level.location_id == _number(node["location"]["id"])
        told = {each["name"]: each["quantity"] for each in node.get("quantities") or ()}
        for name in ("available", "on_hand", "committed"):
            assert getattr(level, name) == told.get(name)
            seen[name] += name in told
    assert min(seen.values()) > 20


def test_what_is_held_for_pickup_comes_through() -> None:
    seen: Counter[str] = Counter()
    for node, changes in _read("FulfillmentOrder"):
        held: Any = changes[0].record
        assert (held.id, held.status) == (_number(node["id"]), node.get("status"))
        place = (node.get("assignedLocation") or {}).get("location")
        assert held.location_id == (_number(place["id"]) if place else None)
        lines = (node.get("lineItems") or {}).get("nodes") or []
        assert [(line.line_id, line.quantity, line.remaining) for line in held.lines] == [
            (_number(line["lineItem"]["id"]), line.get("totalQuantity"), line.get("remainingQuantity"))
            for line in lines
        ]
        seen[held.status] += 1
        seen["lines"] += len(lines)
    assert {"OPEN", "IN_PROGRESS", "ON_HOLD", "CLOSED"} <= seen.keys() and seen["lines"] > 100


def test_returns_and_customers_come_through() -> None:
    states = set()
    for node, changes in _read("Return"):
        record: Any = changes[0].record
        assert (record.id, record.name) == (_number(node["id"]), node.get("name"))
        assert record.status == (node["status"].lower() if "status" in node else None)
        states.add(record.status)
    assert {"requested", "open", "closed", "declined", "canceled"} <= states
    spent = 0
    for node, changes in _read("Customer"):
        by_name: dict[str, Any] = {type(c.record).__name__: c.record for c in changes}
        assert by_name["Customer"].first_name == node.get("firstName")
        assert by_name["CustomerTags"].tags == ", ".join(node.get("tags") or ())
        if "amountSpent" in node:
            assert by_name["CustomerTotals"].total_spent == node["amountSpent"]["amount"]
            spent += 1
        if email := node.get("defaultEmailAddress"):
            assert by_name["Customer"].email == email.get("emailAddress")
    assert spent


def test_a_collection_holds_the_products_it_is_told_to() -> None:
    for node, changes in _read("a collection's products"):
        (record,) = [change.record for change in changes]
        assert isinstance(record, collection_family.Collection)
        assert record.members == [collection_family.Member(_number(node["id"]), 1)]
