"""What queries answer with: the same shop that webhooks tell of, page by page, within the app's rights."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.simulator.acts.inventory import connect_level, disconnect_level
from connector.simulator.acts.products import delete_product
from connector.simulator.admin.fields.values import at
from connector.simulator.truth import truth
from connector.simulator.wire import gid
from tests.simulator.admin.app import App, installed, ours


def number(node: dict[str, Any] | None) -> int | None:
    return None if node is None else int(node["id"].partition("?")[0].rpartition("/")[2])


async def paged(app: App, root: str, fields: str, *, size: int = 7, query: str | None = None) -> list[Any]:
    """All rows of a root connection, a page at a time."""
    found, after = [], None
    text = (
        f"query($first: Int, $after: String, $query: String) {{ {root}(first: $first, after: $after, "
        f"query: $query) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    while True:
        await app.steer(refill=True)
        page = (await app.data(text, first=size, after=after, query=query))[root]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def test_pages_hold_every_row_once() -> None:
    async with installed(acts=120) as app:
        tables: dict[str, dict[int, Any]] = {
            "products": app.shop.products,
            "collections": app.shop.collections,
            "inventoryItems": app.shop.items,
            "customers": app.shop.customers,
            "orders": app.shop.orders,
        }
        for root, table in tables.items():
            rows = await paged(app, root, "id updatedAt")
            assert [number(row) for row in rows] == sorted(table), root
            assert {row["updatedAt"] for row in rows} == {at(record.updated_at) for record in table.values()}


async def test_a_page_goes_on_behind_a_row_that_is_gone() -> None:
    text = (
        "query($after: String) { products(first: 2, after: $after, sortKey: ID) "
        "{ nodes { id } pageInfo { endCursor } } }"
    )
    async with installed() as app:
        page = (await app.data(text))["products"]
        ids = sorted(app.shop.products)
        delete_product(app.shop, ids[1])
        rest = (await app.data(text, after=page["pageInfo"]["endCursor"]))["products"]
        assert [number(row) for row in rest["nodes"]] == ids[2:4]
        refused = await app.ask(text, after="nonsense")
        assert refused["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_orders_are_worth_what_the_truth_says() -> None:
    money = {"subtotal": "subtotalPriceSet", "total": "totalPriceSet", "outstanding": "totalOutstandingSet"}
    async with installed(acts=200) as app:
        lines = {row["line_id"]: row for row in truth(app.shop)["order_lines"]}
        for row in truth(app.shop)["orders"]:
            await app.steer(refill=True)
            [node] = (await app.data(ours("orders", "OrdersRefetch"), ids=[gid("Order", row["order_id"])]))[
                "nodes"
            ]
            for name, field in money.items():
                overpaid = float(row["overpaid"]) if name == "outstanding" else 0
                assert float(node[field]["shopMoney"]["amount"]) == float(row[name]) - overpaid
            shown = node["totalPriceSet"]["presentmentMoney"]["amount"]
            assert float(shown) == float(row["presentment_total"])
            assert node["displayFinancialStatus"].lower() == row["financial_status"]
            assert number(node["customer"]) == row["customer_id"]
            told = node["email"] or "", node["note"], node["tags"]
            assert told == (row["email"], row["note"], row["tags"])
            for line in node["lineItems"]["nodes"]:
                known = lines[int(line["id"].rpartition("/")[2])]
                assert line["currentQuantity"] == known["current_quantity"]
                parts = [
                    part["allocatedAmountSet"]["shopMoney"]["amount"] for part in line["discountAllocations"]
                ]
                assert round(sum(map(float, parts)), 2) == float(known["total_discount"])


async def test_nodes_that_are_gone_are_null() -> None:
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    async with installed(acts=80) as app:
        product = next(iter(app.shop.products))
        order = next(order for order in app.shop.orders.values() if order.fulfillments)
        ids = [
            gid("Product", product),
            gid("Product", 1),
            gid("Order", 1),
            gid("FulfillmentOrder", order.fulfillment_orders[0].id),
            gid("Fulfillment", order.fulfillments[0].id),
            gid("FulfillmentOrder", order.fulfillments[0].id),
            gid("ReverseFulfillmentOrder", 5),
        ]
        found = (await app.data(text, ids=ids))["nodes"]
        kinds = [node and node["__typename"] for node in found]
        assert kinds == ["Product", None, None, "FulfillmentOrder", "Fulfillment", None, None]
        told = await app.ask(text, ids=["nonsense"])
        assert told["data"] == {"nodes": [None]} and told["errors"][0]["path"] == ["nodes", 0]


async def test_fulfillments_hang_on_the_fulfillment_orders_they_were_made_from() -> None:
    fields = (
        "id fulfillments { id } "
        "fulfillmentOrders(first: 9) { nodes { id status fulfillments(first: 9) { nodes { id } } } }"
    )
    async with installed(acts=300) as app:
        for row in await paged(app, "orders", fields, size=5):
            made = {made["id"] for made in row["fulfillments"]}
            routes = row["fulfillmentOrders"]["nodes"]
            assert made == {made["id"] for routed in routes for made in routed["fulfillments"]["nodes"]}
        pending = await paged(app, "fulfillmentOrders", "status", size=100)
        assert {node["status"] for node in pending} <= {"OPEN", "IN_PROGRESS", "ON_HOLD"}


async def test_stock_on_hand_is_what_is_for_sale_and_what_is_promised() -> None:
    async with installed(acts=200) as app:
        promised = 0
        for item in app.shop.items:
            await app.steer(refill=True)
            found = await app.data(ours("inventory", "InventoryRefetch"), ids=[gid("InventoryItem", item)])
            for level in found["nodes"][0]["inventoryLevels"]["nodes"]:
                counted = {q["name"]: q["quantity"] for q in level["quantities"]}
                assert counted["on_hand"] == counted["available"] + counted["committed"]
                assert counted["committed"] >= 0
                promised += counted["committed"]
        tracked = [key for key, level in app.shop.levels.items() if level.available is not None]
        assert promised == sum(app.shop.committed[key] for key in tracked) > 0


async def test_without_its_scope_a_root_is_denied_and_a_field_is_null() -> None:
    async with installed(acts=40) as app:
        await app.steer(scopes=["read_orders", "write_products"])
        both = await app.ask("{ products(first: 1) { nodes { id } } customers(first: 1) { nodes { id } } }")
        assert both["data"] is None
        [error] = both["errors"]
        assert error["path"] == ["customers"] and error["extensions"]["code"] == "ACCESS_DENIED"
        assert "`read_customers` access scope" in error["message"]
        bought = next(order for order in app.shop.orders.values() if order.customer_id)
        text = "query($id: ID!) { node(id: $id) { ... on Order { name customer { id } } } }"
        told = await app.ask(text, id=gid("Order", bought.id))
        assert told["data"] == {"node": {"name": bought.name, "customer": None}}
        assert told["errors"][0]["path"] == ["node", "customer"]
        hidden = await app.data("{ fulfillmentOrders(first: 9, includeClosed: true) { nodes { id } } }")
        assert hidden == {"fulfillmentOrders": {"nodes": []}}


async def test_old_orders_do_not_exist_without_the_scope_for_them() -> None:
    async with installed(acts=40) as app:
        order = next(iter(app.shop.orders.values()))
        order.created_at -= timedelta(days=61)
        everything = app.shop.register.app.scopes
        await app.steer(scopes=[scope for scope in everything if scope != "read_all_orders"])
        assert order.id not in [number(row) for row in await paged(app, "orders", "id", size=50)]
        text = "query($id: ID!) { node(id: $id) { id } }"
        assert await app.data(text, id=gid("Order", order.id)) == {"node": None}
        await app.steer(scopes=everything)
        assert order.id in [number(row) for row in await paged(app, "orders", "id", size=50)]


async def test_protected_customer_data() -> None:
    async with installed(acts=40) as app:
        await app.steer(protected="fields")
        told = await app.data(ours("shop", "ProtectedData"))
        assert told["orders"]["nodes"]
        assert told["customers"]["nodes"][0]["firstName"] is None
        assert told["customers"]["nodes"][0]["defaultEmailAddress"] is None
        await app.steer(protected="objects")
        refused = await app.ask(ours("shop", "ProtectedData"))
        assert refused["data"] is None
        assert "not approved to access the Order object" in refused["errors"][0]["message"]


async def test_searches() -> None:
    async with installed(acts=150) as app:
        orders = app.shop.orders
        later = sorted(order.updated_at for order in orders.values())[len(orders) // 2]
        found = {
            number(row)
            for row in await paged(app, "orders", "id", size=99, query=f"updated_at:>='{at(later)}'")
        }
        assert found == {order.id for order in orders.values() if order.updated_at >= later}
        ids = sorted(orders)
        rows = await paged(app, "orders", "id", query=f"id:>{ids[3]} AND id:<={ids[6]}")
        assert [number(row) for row in rows] == ids[4:7]
        rows = await paged(app, "orders", "id", query=f"(id:{ids[0]} OR id:{ids[2]}) -id:{ids[0]}")
        assert [number(row) for row in rows] == [ids[2]]
        cancelled = await paged(app, "orders", "cancelledAt", query="status:cancelled")
        assert cancelled and all(row["cancelledAt"] for row in cancelled)
        asked = "return_status:in_progress OR return_status:return_requested"
        returned = await paged(app, "orders", "id returnStatus", query=asked)
        assert returned, "somebody returned something"
        assert {row["returnStatus"] for row in returned} <= {"IN_PROGRESS", "RETURN_REQUESTED"}


@pytest.mark.parametrize(
    ("root", "query", "field"),
    [
        ("orders", "updated_att:>'2026-11-24'", "updated_att"),
        ("locations", "updated_at:>'2026-11-24'", "updated_at"),
        ("products", "updated_at:>=2099-01-01T00:00:00Z", "00"),
    ],
)
async def test_what_a_search_does_not_know_it_ignores_with_a_warning(
    root: str, query: str, field: str
) -> None:
    """An unquoted time is cut at its first colon, and the rest of it taken for a filter."""
    async with installed(acts=40) as app:
        text = f"query($q: String) {{ {root}(first: 250, query: $q) {{ nodes {{ id }} }} }}"
        told = await app.ask(text, q=query)
        found = {"orders": len(app.shop.orders), "locations": len(app.shop.locations), "products": 0}
        assert len(told["data"][root]["nodes"]) == found[root]
        [search] = told["extensions"]["search"]
        assert (search["path"], search["query"]) == ([root], query)
        warning = {"field": field, "message": "Invalid search field for this query.", "code": "invalid_field"}
        assert search["warnings"] == [warning]


async def test_times_without_a_zone_are_the_shops_own() -> None:
    async with installed(acts=20) as app:
        order = next(iter(app.shop.orders.values()))
        order.updated_at = datetime(2030, 1, 1, 4, 59, 59, tzinfo=UTC)
        assert await paged(app, "orders", "id", query="updated_at:>='2030-01-01T00:00:00'") == []
        order.updated_at += timedelta(seconds=1)
        assert len(await paged(app, "orders", "id", query="updated_at:>='2030-01-01T00:00:00'")) == 1


@pytest.mark.parametrize("arguments", ["", "first: 251", "first: -1", "first: 1, last: 1"])
async def test_pages_that_cannot_be_had(arguments: str) -> None:
    async with installed() as app:
        named = f"({arguments})" if arguments else ""
        told = await app.ask(f"{{ bulkOperations{named} {{ nodes {{ id }} }} }}")
        assert told["data"] is None and told["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_levels_of_a_location_tell_which_were_disconnected() -> None:
    async with installed(acts=10) as app:
        level = next(iter(app.shop.levels.values()))
        place, item = gid("Location", level.location_id), gid("InventoryItem", level.item_id)
        disconnect_level(app.shop, level.item_id, level.location_id)
        [gone] = app.shop.register.disconnected
        since = f"updated_at:>='{at(gone.updated_at)}'"
        asked = ours("inventory", "InventoryLevelsChanged")
        found = (await app.data(asked, location=place, query=since))["location"]["inventoryLevels"]["nodes"]
        assert [node["isActive"] for node in found if node["item"]["id"] == item] == [False]
        everything = (await app.data(asked, location=place))["location"]["inventoryLevels"]["nodes"]
        there = [key for key in app.shop.levels if key[1] == level.location_id]
        assert len(everything) == len(there) + 1 > len(found)
        connect_level(app.shop, level.item_id, level.location_id)
        again = (await app.data(asked, location=place))["location"]["inventoryLevels"]["nodes"]
        assert [node["isActive"] for node in again if node["item"]["id"] == item] == [True]
