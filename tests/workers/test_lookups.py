"""A till's other look-ups: what is scanned, which order is asked for, what waits to be collected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector import shops
from connector.postgres import Pool
from tests.conftest import SHOP
from tests.deliveries import envelope, stamp
from workers.batch import Batches

CODES: list[tuple[int, str | None, str | None]] = [
    (1, "4006381333931", "TEA-1"),
    (2, "036000291452", "Tea-2"),  # a UPC-A
    (3, "978-3-16 148410-0", "036000291452"),
    (4, "00000", ""),
    (5, None, None),
    (6, "A-0042", "tea-1"),
]


@pytest.fixture
async def shelf(pool: Pool) -> AsyncIterator[Pool]:
    """A product with a variant of each kind of code, two of each here and none stocked elsewhere."""
    variants = [
        {"id": number, "title": str(number), "barcode": barcode, "sku": sku, "price": "9.95",
         "inventory_item_id": 100 + number}
        for number, barcode, sku in CODES
    ]  # fmt: skip
    product = {"id": 7, "title": "Tea", "updated_at": stamp(0), "variants": variants}
    levels = [
        {"inventory_item_id": 100 + number, "location_id": 1, "available": number, "updated_at": stamp(0)}
        for number, _, _ in CODES
    ]
    told = [envelope("inventory_levels/update", level, at=0.2) for level in levels]
    await Batches(pool).settle([envelope("products/create", product, at=0.1), *told])
    yield pool


async def scanned(
    pool: Pool, code: str | None, *, location: int = 1, shop: str = SHOP
) -> list[tuple[int, str]]:
    rows = await pool.fetch("select * from pos.find_variants($1, $2, $3)", shop, location, code)
    return [(row["variant_id"], row["matched"]) for row in rows]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("4006381333931", [(1, "barcode")]),
        ("04006381333931", [(1, "barcode")]),
        ("036000291452", [(2, "barcode"), (3, "sku")]),
        ("0036000291452", [(2, "barcode")]),
        ("36000291452", [(2, "barcode")]),
        ("00036000291452", [(2, "barcode")]),
        ("9783161484100", [(3, "barcode")]),
        (" 978-3-16-148410-0", [(3, "barcode")]),
        ("TEA-1", [(1, "sku"), (6, "sku")]),
        ("tea-1", [(6, "sku"), (1, "sku")]),  # as it stands before in another case
        ("TEA-2 ", [(2, "sku")]),
        ("A0042", [(6, "barcode")]),
        *[(code, []) for code in ("00000", "0", "", " ", "400638133393", "TEA", "%", None)],
    ],
)
async def test_a_variant_is_found_by_what_is_scanned(
    shelf: Pool, code: str | None, wanted: list[tuple[int, str]]
) -> None:
    assert await scanned(shelf, code) == wanted


async def test_what_is_found_has_its_price_and_the_stock_here(shelf: Pool) -> None:
    find = "select * from pos.find_variants($1, $2, '4006381333931')"
    here, there = await shelf.fetchrow(find, SHOP, 1), await shelf.fetchrow(find, SHOP, 2)
    assert here is not None and there is not None
    assert (here["product_id"], here["product_title"], str(here["price"]), here["available"]) == (
        7,
        "Tea",
        "9.95",
        1,
    )
    assert there["available"] is None
    await Batches(shelf).settle([envelope("products/delete", {"id": 7}, at=9.1)])
    assert await scanned(shelf, "4006381333931") == []
    assert await scanned(shelf, "4006381333931", shop="nobody.myshopify.com") == []


FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FEW
@given(stored=st.text("00012AB- ", max_size=15), zeros=st.integers(0, 2))
async def test_zeros_and_hyphens_never_hide_a_barcode(pool: Pool, stored: str, zeros: int) -> None:
    await pool.execute("delete from connector.variants; delete from connector.products")
    product = {"id": 7, "title": "Tea", "updated_at": stamp(0), "variants": [{"id": 1, "barcode": stored}]}
    await Batches(pool).settle([envelope("products/create", product, at=0.1)])
    plain = stored.replace("-", "").replace(" ", "").lstrip("0")
    for code in (stored, plain, "0" * zeros + plain, "0" * zeros + stored):
        assert await scanned(pool, code) == ([(1, "barcode")] if plain else [])


async def test_codes_on_two_variants_are_reported(shelf: Pool) -> None:
    twice = [{"id": 11, "barcode": "36000291452", "sku": "new"}, {"id": 12, "barcode": "1", "sku": " TEA-2"}]
    product = {"id": 8, "title": "Other", "updated_at": stamp(1), "variants": twice}
    await Batches(shelf).settle([envelope("products/create", product, at=1.1)])
    report = "select kind, code, variant_ids, product_ids from pos.duplicate_codes order by kind, code"
    assert [tuple(row) for row in await shelf.fetch(report)] == [
        ("barcode", "36000291452", [2, 11], [7, 8]),
        ("sku", "TEA-1", [1, 6], [7]),
        ("sku", "TEA-2", [2, 12], [7, 8]),
    ]
    await Batches(shelf).settle([envelope("products/delete", {"id": 8}, at=9.1)])
    assert [row["code"] for row in await shelf.fetch(report)] == ["TEA-1"]


ORDERS: list[tuple[int, str, str | None]] = [
    (1, "#1001", "ada@example.com"),
    (2, "#1002", "Ada@Example.com"),
    (3, "EN1003", None),
    (4, "DE24-1004", None),
    (5, "1005", None),
    (6, "#1006-NL", None),
]


@pytest.fixture
async def ordered(pool: Pool) -> Pool:
    orders = [
        {"id": number, "name": name, "email": email, "created_at": stamp(number), "updated_at": stamp(number),
         "line_items": [], "refunds": [], "fulfillments": []}
        for number, name, email in ORDERS
    ]  # fmt: skip
    await Batches(pool).settle([envelope("orders/create", order, at=9.1) for order in orders])
    return pool


async def orders(pool: Pool, typed: str | None) -> list[tuple[int, str]]:
    rows = await pool.fetch("select order_id, matched from pos.find_orders($1, $2)", SHOP, typed)
    return [(row["order_id"], row["matched"]) for row in rows]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("1001", [1]), ("#1001", [1]), (" # 1001 ", [1]), ("1003", [3]), ("en1003", [3]), ("1004", [4]),
        ("de24-1004", [4]), ("1005", [5]), ("#1005", [5]), ("1006", [6]), ("1006-nl", [6]),
        ("100", []), ("FR1003", []), ("1006-DE", []), ("24", []), ("", []), ("#", []), ("%", []), (None, []),
    ],
)  # fmt: skip
async def test_an_order_is_found_by_its_number(ordered: Pool, typed: str | None, wanted: list[int]) -> None:
    assert await orders(ordered, typed) == [(number, "number") for number in wanted]


async def test_orders_are_found_by_who_bought_newest_first(ordered: Pool) -> None:
    assert await orders(ordered, " ADA@example.com") == [(2, "email"), (1, "email")]
    assert await orders(ordered, "nobody@example.com") == []
    newest = await ordered.fetch("select order_id from pos.find_orders($1, 'ada@example.com', 1)", SHOP)
    assert [row["order_id"] for row in newest] == [2]
    await Batches(ordered).settle([envelope("orders/delete", {"id": 2}, at=20.0)])
    assert await orders(ordered, "1002") == []
    assert await orders(ordered, "ada@example.com") == [(1, "email")]


async def test_what_waits_at_a_location_is_listed(ordered: Pool) -> None:
    shop_id = await shops.add(ordered, SHOP)
    rows: list[tuple[int, int, int, str, str, str | None]] = [
        (1, 1, 1, "PICK_UP", "OPEN", None),
        (2, 2, 1, "PICK_UP", "OPEN", "2026-11-20T12:00:00Z"),
        (3, 3, 1, "PICK_UP", "IN_PROGRESS", "2026-11-20T11:00:00Z"),
        (4, 4, 1, "PICK_UP", "CLOSED", None),
        (5, 5, 1, "PICK_UP", "CANCELLED", None),
        (6, 6, 1, "SHIPPING", "OPEN", None),
        (7, 6, 2, "PICK_UP", "OPEN", None),
    ]
    await ordered.executemany(
        "insert into connector.fulfillment_orders (shop_id, id, updated_at, triggered_at, order_id, "
        "location_id, delivery_method, status, ready_at, lines) "
        "values ($1, $2, now(), now(), $3, $4, $5, $6, $7::text::timestamptz, '[]')",
        [(shop_id, *row) for row in rows],
    )
    waiting = await ordered.fetch("select fulfillment_order_id, status from pos.pickup_list($1, 1)", SHOP)
    assert [tuple(row) for row in waiting] == [(3, "ready"), (2, "ready"), (1, "open")]
    assert await ordered.fetch("select * from pos.pickup_list($1, 3)", SHOP) == []


LOOKUPS: dict[str, tuple[Any, ...]] = {
    "find_variants($1, 1, $2)": (SHOP, "TEA-1"),
    "find_orders($1, $2)": (SHOP, "1001"),
    "find_customers($1, $2)": (SHOP, "ada"),
    "pickup_list($1, $2)": (SHOP, 1),
}


async def test_a_till_needs_no_more_than_what_it_was_granted(shelf: Pool) -> None:
    async with shelf.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "create role till; grant usage on schema pos to till; "
            "grant select on all tables in schema pos to till; set local role till"
        )
        for call, arguments in LOOKUPS.items():
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with connection.transaction():
                    await connection.fetch(f"select * from pos.{call}", *arguments)
        await connection.execute(
            "reset role; grant execute on all functions in schema pos to till; set local role till"
        )
        for call, arguments in LOOKUPS.items():
            await connection.fetch(f"select * from pos.{call}", *arguments)
        views = await connection.fetch("select viewname from pg_views where schemaname = 'pos'")
        for view in views:
            await connection.fetch(f"select * from pos.{view['viewname']}")
        await transaction.rollback()
