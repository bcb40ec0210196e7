"""Bulk operations: from the wish to the file, and everything that may be wrong with either."""

import json
from collections import Counter
from typing import Any

import aiohttp
import pytest

from connector.shopify.documents import bulk_query
from connector.simulator.acts.products import rename_product
from connector.simulator.truth import truth
from tests.simulator.admin.app import App, installed, ours

ENDED = {"COMPLETED", "FAILED", "CANCELED"}


async def begin(app: App, query: str) -> dict[str, Any]:
    payload = (await app.data(ours("bulk", "BulkRun"), query=query))["bulkOperationRunQuery"]
    assert payload["userErrors"] == []
    operation: dict[str, Any] = payload["bulkOperation"]
    return operation


async def status(app: App, operation: dict[str, Any]) -> dict[str, Any]:
    await app.steer(refill=True)
    found: dict[str, Any] = (await app.data(ours("bulk", "BulkRead"), id=operation["id"]))["bulkOperation"]
    return found


async def end(app: App, operation: dict[str, Any]) -> dict[str, Any]:
    """Ask until it is over."""
    found = operation
    while found["status"] not in ENDED:
        found = await status(app, operation)
    return found


async def download(app: App, url: str, **headers: str) -> tuple[int, bytes]:
    async with app.client.session.get(url, headers=headers) as answer:
        return answer.status, await answer.read()


async def result(app: App, file: str, name: str) -> list[dict[str, Any]]:
    """The objects of one of our own bulk queries."""
    ended = await end(app, await begin(app, bulk_query(file, name)))
    assert ended["status"] == "COMPLETED", ended
    if ended["url"] is None:
        return []
    _, body = await download(app, ended["url"])
    return [json.loads(line) for line in body.splitlines()]


def kinds(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(row["id"].split("/")[3] for row in rows)


async def test_a_result_holds_everything_flat() -> None:
    async with installed(acts=60) as app:
        begun = await begin(app, bulk_query("products", "ProductsBulk"))
        assert (begun["status"], begun["objectCount"], begun["fileSize"]) == ("CREATED", "0", None)
        ended = await end(app, begun)
        _, body = await download(app, ended["url"])
        rows = [json.loads(line) for line in body.splitlines()]
        assert ended["status"] == "COMPLETED" and ended["completedAt"]
        assert (ended["objectCount"], ended["rootObjectCount"]) == (
            str(len(rows)),
            str(len(app.shop.products)),
        )
        assert ended["fileSize"] == str(len(body)) and body.endswith(b"\n")
        assert b'"id":"gid:\\/\\/shopify\\/Product\\/' in body and b"//" not in body
        told = truth(app.shop)
        variants = {int(row["id"].rpartition("/")[2]): row for row in rows if "ProductVariant" in row["id"]}
        assert {row["variant_id"]: row["product_id"] for row in told["variants"]} == {
            i: int(row["__parentId"].rpartition("/")[2]) for i, row in variants.items()
        }
        media = {row["__parentId"] for row in rows if "MediaImage" in row["id"]}
        assert media <= {row["id"] for row in variants.values()}


async def test_every_stream_is_whole() -> None:
    async with installed(acts=150) as app:
        shop = app.shop
        orders = kinds(await result(app, "orders", "OrdersBulk"))
        assert orders == {
            "Order": len(shop.orders),
            "LineItem": sum(len(o.lines) for o in shop.orders.values()),
        }
        stock = kinds(await result(app, "inventory", "InventoryBulk"))
        assert stock == {"InventoryItem": len(shop.items), "InventoryLevel": len(shop.levels)}
        routes = await result(app, "orders", "FulfillmentsBulk")
        made = {row["id"] for row in routes if "/Fulfillment/" in row["id"]}
        assert len(made) == sum(len(o.fulfillments) for o in shop.orders.values())
        assert kinds(routes)["FulfillmentOrder"] == sum(
            len(o.fulfillment_orders) for o in shop.orders.values()
        )
        back = kinds(await result(app, "orders", "ReturnsBulk"))
        assert back["Return"] == sum(len(o.returns) for o in shop.orders.values()) > 0
        assert len(await result(app, "customers", "CustomersBulk")) == len(shop.customers)
        assert len(await result(app, "locations", "LocationsBulk")) == len(shop.locations)
        members = kinds(await result(app, "collections", "CollectionsBulk"))
        assert members["Product"] == len(truth(shop, admin=True)["collection_products"])


async def test_nothing_found_is_no_file() -> None:
    async with installed(products=1) as app:
        ended = await end(app, await begin(app, bulk_query("orders", "OrdersBulk")))
        assert (ended["status"], ended["url"], ended["objectCount"]) == ("COMPLETED", None, "0")


async def test_it_tells_the_shop_while_it_runs() -> None:
    async with installed() as app:
        await app.steer(bulk_created=0.2)
        begun = await begin(app, bulk_query("products", "ProductsBulk"))
        product = next(iter(app.shop.products))
        rename_product(app.shop, product, "Changed after it was begun")
        ended = await end(app, begun)
        _, body = await download(app, ended["url"])
        assert b"Changed after it was begun" in body


async def test_five_at_once() -> None:
    query = bulk_query("products", "ProductsVersionsBulk")
    async with installed() as app:
        await app.steer(bulk_stuck_next=5)
        begun = [await begin(app, query) for _ in range(5)]
        refused = (await app.data(ours("bulk", "BulkRun"), query=query))["bulkOperationRunQuery"]
        [error] = refused["userErrors"]
        assert (refused["bulkOperation"], error["code"], error["field"]) == (
            None,
            "OPERATION_IN_PROGRESS",
            None,
        )
        assert all(operation["id"] in error["message"] for operation in begun)
        for operation in begun:
            while (await status(app, operation))["status"] == "CREATED":
                pass
        running = await app.data(ours("bulk", "BulkUnfinished"), query="status:running operation_type:query")
        assert {row["id"] for row in running["bulkOperations"]["nodes"]} == {row["id"] for row in begun}
        cancelled = (await app.data(ours("bulk", "BulkCancel"), id=begun[0]["id"]))["bulkOperationCancel"]
        assert cancelled["bulkOperation"]["status"] == "CANCELING"
        assert (await end(app, begun[0]))["status"] == "CANCELED"
        again = (await app.data(ours("bulk", "BulkCancel"), id=begun[0]["id"]))["bulkOperationCancel"]
        assert again["userErrors"] and again["bulkOperation"]["status"] == "CANCELED"
        await end(app, await begin(app, query))


async def test_failed_operations() -> None:
    query = bulk_query("products", "ProductsBulk")
    async with installed() as app:
        await app.steer(bulk_fail_next=2, bulk_error="TIMEOUT")
        failed = await end(app, await begin(app, query))
        assert (failed["status"], failed["errorCode"], failed["url"]) == ("FAILED", "TIMEOUT", None)
        _, body = await download(app, failed["partialDataUrl"])
        assert 0 < len(body.splitlines()) == int(failed["objectCount"])
        await app.steer(bulk_partial=False)
        assert (await end(app, await begin(app, query)))["partialDataUrl"] is None
        await app.steer(scopes=["read_orders"])
        denied = await end(app, await begin(app, query))
        assert (denied["status"], denied["errorCode"]) == ("FAILED", "ACCESS_DENIED")


async def spoiled(app: App, **faults: Any) -> tuple[dict[str, Any], list[bytes], bytes]:
    await app.steer(**faults)
    ended = await end(app, await begin(app, bulk_query("products", "ProductsBulk")))
    _, body = await download(app, ended["url"])
    await app.steer(**{name: type(value)() for name, value in faults.items()})
    return ended, body.splitlines(), body


async def test_spoiled_files() -> None:
    async with installed(products=20) as app:
        good, lines, _ = await spoiled(app)
        _, shuffled, _ = await spoiled(app, reorder=True)
        assert sorted(shuffled) == sorted(lines) and shuffled != lines
        ids = [json.loads(line)["id"] for line in shuffled]
        parents = [json.loads(line).get("__parentId") for line in shuffled]
        assert any(parent and ids.index(parent) > n for n, parent in enumerate(parents))
        repeated, twice, _ = await spoiled(app, duplicate=5)
        assert len(twice) == len(lines) + len(lines) // 5 and set(twice) == set(lines)
        assert int(repeated["objectCount"]) == len(twice)
        short, cut, body = await spoiled(app, cut_mid_line=7)
        assert cut[:6] == lines[:6] and len(cut) == 7 and lines[6].startswith(cut[6])
        assert not body.endswith(b"\n") and short["objectCount"] == good["objectCount"]
        _, ended, body = await spoiled(app, cut_at_line=7)
        assert ended == lines[:7] and body.endswith(b"\n")
        _, foreign, _ = await spoiled(app, foreign_lines=2, not_json=1)
        assert [json.loads(line)["__typename"] for line in foreign[-3:-1]] == ["Unheard", "Unheard"]
        with pytest.raises(json.JSONDecodeError):
            json.loads(foreign[-1])
        _, long, _ = await spoiled(app, long_line=True)
        assert len(long[0]) > 1_000_000 and json.loads(long[0])["id"] == json.loads(lines[0])["id"]


async def test_downloads_in_parts() -> None:
    async with installed(products=20) as app:
        ended = await end(app, await begin(app, bulk_query("products", "ProductsBulk")))
        url = ended["url"]
        whole, body = await download(app, url)
        assert whole == 200 and len(body) > 6000
        assert await download(app, url, Range="bytes=1000-") == (206, body[1000:])
        assert await download(app, url, Range="bytes=10-19") == (206, body[10:20])
        assert (await download(app, url, Range=f"bytes={len(body)}-"))[0] == 416
        await app.steer(break_next=1, break_after_bytes=3000)
        with pytest.raises(aiohttp.ClientPayloadError):
            await download(app, url)
        assert await download(app, url, Range="bytes=3000-") == (206, body[3000:])
        assert (await download(app, url.replace(".jsonl", "x.jsonl")))[0] == 404


async def test_addresses_expire() -> None:
    query = bulk_query("products", "ProductsBulk")
    async with installed() as app:
        await app.steer(expire_after_downloads=1)
        ended = await end(app, await begin(app, query))
        assert [(await download(app, ended["url"]))[0] for _ in range(2)] == [200, 403]
        await app.steer(expire_after_downloads=0, expire_after_bytes=500, expired_status=404)
        ended = await end(app, await begin(app, query))
        with pytest.raises(aiohttp.ClientPayloadError):
            await download(app, ended["url"])
        assert (await download(app, ended["url"], Range="bytes=500-"))[0] == 404


async def test_a_bigger_shops_results() -> None:
    async with installed() as app:
        shapes = [
            {frozenset(row) for row in await result(app, file, name) if "MediaImage" not in row["id"]}
            for file, name in (("products", "ProductsBulk"), ("inventory", "InventoryBulk"))
        ]
        await app.steer(catalogue=[30, 4, 1])
        products = await result(app, "products", "ProductsBulk")
        stock = await result(app, "inventory", "InventoryBulk")
        assert [{frozenset(row) for row in rows} for rows in (products, stock)] == shapes
        assert kinds(products) == {"Product": 30, "ProductVariant": 120}
        assert kinds(stock) == {"InventoryItem": 120, "InventoryLevel": 360}
        parents = {row["id"] for row in products + stock}
        assert {row["__parentId"] for row in products + stock if "__parentId" in row} <= parents


async def test_no_file_is_left() -> None:
    async with installed() as app:
        await end(app, await begin(app, bulk_query("products", "ProductsBulk")))
        [ran] = app.admin.operations()
        assert ran.file.exists()
    assert not ran.file.parent.exists()
