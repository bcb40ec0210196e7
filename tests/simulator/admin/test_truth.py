"""Whoever imports by bulk alone knows what the truth for importers says."""

import json
from decimal import Decimal
from typing import Any

from connector.simulator.compare import KEYS, differences
from connector.simulator.journal import Journal
from connector.simulator.truth import truth
from tests.simulator.admin.app import installed
from tests.simulator.admin.test_bulk import result
from tests.simulator.shops import ticking, trading_shop

Row = dict[str, Any]


def number(gid: str) -> int:
    return int(gid.partition("?")[0].rpartition("/")[2])


async def test_an_import_tells_what_webhooks_do_not() -> None:
    waits = {"CANCELLED": "cancelled", "CLOSED": "picked_up", "IN_PROGRESS": "ready"}
    async with installed(acts=400, products=8) as app:
        told = truth(app.shop, admin=True)
        tracked = {row["inventory_item_id"]: row["available"] is not None for row in told["inventory"]}
        inventory = [
            {
                "inventory_item_id": number(row["__parentId"]),
                "location_id": number(row["location"]["id"]),
                "updated_at": row["updatedAt"],
            }
            | {
                q["name"]: q["quantity"] if tracked[number(row["__parentId"])] else None
                for q in row["quantities"]
            }
            for row in await result(app, "inventory", "InventoryBulk")
            if "InventoryLevel" in row["id"]
        ]
        members = [
            {"collection_id": number(row["__parentId"]), "product_id": number(row["id"])}
            for row in await result(app, "collections", "CollectionsBulk")
            if "__parentId" in row
        ]
        shown = {row["fulfillment_order_id"] for row in told["pickups"]}
        cancelled = {order.id for order in app.shop.orders.values() if order.cancelled_at}
        pickups = [
            {
                "fulfillment_order_id": number(row["id"]),
                "order_id": number(row["orderId"]),
                "order_name": app.shop.orders[number(row["orderId"])].name,
                "location_id": number(row["assignedLocation"]["location"]["id"]),
                "status": "cancelled"
                if number(row["orderId"]) in cancelled
                else waits.get(row["status"], "open"),
            }
            for row in await result(app, "orders", "FulfillmentsBulk")
            if "deliveryMethod" in row and number(row["id"]) in shown
        ]
        returns = [
            {
                "return_id": number(row["id"]),
                "order_id": number(row["__parentId"]),
                "name": row["name"],
                "status": row["status"].lower(),
            }
            for row in await result(app, "orders", "ReturnsBulk")
            if "/Return/" in row["id"]
        ]
        views = {
            "inventory": inventory,
            "collection_products": members,
            "pickups": pickups,
            "returns": returns,
        }
        basic = {view: [{name: row[name] for name in views[view][0]} for row in told[view]] for view in views}
        assert differences(basic, views) == []
        assert all(views.values()), "each of them has something to tell"


def test_only_importers_are_held_to_it() -> None:
    shop, trader, _ = trading_shop(acts=60)
    while not shop.register.merged:
        trader.step()
    plain, full = truth(shop), truth(shop, admin=True)
    assert plain.keys() < full.keys() == KEYS.keys()
    assert "on_hand" not in plain["inventory"][0] and "is_pickup" in full["orders"][0]
    gone = set(shop.register.merged)
    assert gone <= {row["customer_id"] for row in plain["customers"]}
    assert not gone & {row["customer_id"] for row in full["customers"]}
    assert differences(full, plain | {"customers": plain["customers"]}) != []
    told = {view: full[view] for view in ("customers",)}
    assert differences(told, {"customers": plain["customers"]}) == []


def test_an_order_of_an_older_journal_can_still_be_read() -> None:
    shop, _, _ = trading_shop(acts=60)
    journal = Journal()
    journal.record(shop, ())
    for key in shop.orders:
        shop.changed["orders", key] = None
    order = next(order for order in shop.orders.values() if order.fulfillments)
    journal.record(shop, ())
    found = journal._db.execute("select body from record where kind = 'orders'").fetchall()
    for (body,) in found:
        old = json.loads(body)
        for routed in old["fulfillment_orders"]:
            del routed["lines"], routed["updated_at"]
        for made in old["fulfillments"]:
            del made["routed_ids"]
        journal._db.execute("update record set body = ? where key = ?", (json.dumps(old), str(old["id"])))
    register = json.loads(journal._db.execute("select body from register").fetchone()[0])
    del register["app"]
    journal._db.execute("update register set body = ?", (json.dumps(register),))
    again = journal.load(ticking())
    assert again is not None and again.register.app.scopes
    assert again.orders[order.id].fulfillment_orders[0].lines == []
    assert not again.committed
    assert truth(again)["orders"] == truth(shop)["orders"]
    journal.close()


def test_what_is_promised_is_what_is_pending() -> None:
    """After any trade, fulfillment orders hold exactly what is still to be handed over."""
    from connector.simulator.balance import fulfillable
    from connector.simulator.routes import pending

    for seed in range(6):
        shop, _, _ = trading_shop(seed, acts=250)
        for order in shop.orders.values():
            held: dict[int, int] = {}
            for routed in pending(order):
                for part in routed.lines:
                    held[part.line_id] = held.get(part.line_id, 0) + part.remaining
            left = {} if order.cancelled_at else {line.id: fulfillable(order, line) for line in order.lines}
            assert {i: q for i, q in held.items() if q} == {i: q for i, q in left.items() if q}
        items = {line.id: line.item_id for order in shop.orders.values() for line in order.lines}
        assert sum(shop.committed.values()) == sum(
            part.remaining
            for order in shop.orders.values()
            for routed in pending(order)
            for part in routed.lines
            if items[part.line_id] is not None  # a custom line has no stock to bind
        )
        assert all(Decimal(units) > 0 for units in shop.committed.values())
