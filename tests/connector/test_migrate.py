"""Migrations: whole or not at all, once, and the views they promise."""
# ruff: noqa: E501  one line per view, as the contract lists them

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from connector import migrate, postgres
from connector.errors import ConfigurationError
from connector.migrate import Migration
from connector.postgres import Pool

#: What the POS builds on; a view may have more.
VIEWS = {
    "products": "product_id title handle vendor product_type status tags published_at updated_at",
    "variants": """variant_id product_id title sku barcode price compare_at_price currency position option1 option2
        option3 inventory_item_id tracked taxable weight_grams image_url""",
    "collections": "collection_id title handle kind updated_at",
    "collection_products": "collection_id product_id position",
    "locations": "location_id name active address1 address2 city zip province country_code phone",
    "inventory": "inventory_item_id location_id available on_hand committed updated_at",
    "orders": """order_id name customer_id email phone financial_status fulfillment_status currency subtotal
        total_discounts total_tax total total_refunded outstanding presentment_currency presentment_total is_pickup
        test note tags source created_at cancelled_at cancel_reason closed_at updated_at""",
    "order_lines": """order_id line_id variant_id product_id sku title quantity current_quantity
        fulfilled_quantity refunded_quantity returnable_quantity price total_discount total_tax""",
    "pickups": """fulfillment_order_id order_id order_name location_id status customer_name ready_at
        picked_up_at lines""",
    "returns": "return_id order_id name status lines updated_at",
    "refunds": "refund_id order_id return_id amount currency restocked lines note created_at",
    "customers": """customer_id first_name last_name email phone state tags note tax_exempt default_address
        email_consent sms_consent orders_count total_spent merged_into updated_at""",
}
TYPES = {"_id": "bigint", "_at": "timestamp with time zone"}
MONEY = """price compare_at_price subtotal total_discounts total_discount total_tax total total_refunded outstanding
    presentment_total amount total_spent"""


@pytest.fixture
async def empty(dsn: str) -> AsyncIterator[Pool]:
    """A database in which nothing was ever made."""
    pool = await postgres.connect(dsn, size=2)
    await pool.execute("drop schema connector cascade; drop schema pos cascade")
    yield pool
    await pool.close()


async def made(pool: Pool) -> set[str]:
    found = await pool.fetch(
        "select oid::regclass::text as name from pg_class "
        "where relnamespace::regnamespace::text in ('connector', 'pos')"
    )
    return {row["name"] for row in found}


async def test_a_fresh_database_is_brought_here_once(empty: Pool) -> None:
    with pytest.raises(ConfigurationError, match=r"at 0, .* run `connector migrate`"):
        await migrate.require_current(empty)
    numbers = [migration.number for migration in await migrate.migrate(empty)]
    assert numbers == list(range(1, len(numbers) + 1))
    await migrate.require_current(empty)
    assert await migrate.migrate(empty) == []


async def test_a_migration_that_fails_half_way_leaves_nothing(
    empty: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = migrate.migrations()
    number = good[-1].number + 1
    bad = Migration(number, "bad", "create table connector.half (id int); select 1 / 0")
    monkeypatch.setattr(migrate, "migrations", lambda: [*good, bad])
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate.migrate(empty)
    assert "connector.half" not in await made(empty)
    assert await empty.fetchval("select max(number) from connector.migrations") == good[-1].number
    with pytest.raises(ConfigurationError, match=f"at {good[-1].number}, this release needs {number}"):
        await migrate.require_current(empty)
    mended = Migration(number, "mended", "create table connector.whole (id int)")
    monkeypatch.setattr(migrate, "migrations", lambda: [*good, mended])
    assert await migrate.migrate(empty) == [mended]


async def test_hosts_take_turns_and_may_take_their_time(
    empty: Pool, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Migration(1, "slow", "select pg_sleep(1.2)")
    monkeypatch.setattr(migrate, "migrations", lambda: [slow])
    # As short for the pool's other statements as a minute is for a large table.
    hosts = [await asyncpg.create_pool(dsn, min_size=1, max_size=1, command_timeout=0.5) for _ in range(5)]
    ran = await asyncio.gather(*[migrate.migrate(host) for host in hosts])
    assert sorted(map(len, ran)) == [0, 0, 0, 0, 1]
    for host in hosts:
        await host.close()


async def test_a_newer_schema_is_left_alone(pool: Pool) -> None:
    await pool.execute("insert into connector.migrations (number, name) values (9999, 'later')")
    before = await made(pool)
    for refuses in (migrate.migrate, migrate.require_current):
        with pytest.raises(
            ConfigurationError, match=r"at 9999, newer than this release's .* another database"
        ):
            await refuses(pool)
    assert await made(pool) == before


@pytest.mark.parametrize("view", VIEWS)
async def test_a_view_has_the_columns_that_the_pos_builds_on(pool: Pool, view: str) -> None:
    rows = await pool.fetch(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'pos' and table_name = $1",
        view,
    )
    found = {row["column_name"]: row["data_type"] for row in rows}
    wanted = ["shop", *VIEWS[view].split()]
    assert [name for name in wanted if name not in found] == []
    for name, data_type in found.items():
        if name in MONEY.split():
            assert data_type == "numeric", name
        elif name[-3:] in TYPES:
            assert data_type == TYPES[name[-3:]], name
    assert {found[name] for name in found if name == "lines"} <= {"jsonb"}
    assert {found[name] for name in found if name == "tags"} <= {"ARRAY"}


async def test_customers_of_before_are_found_and_read_anew(
    empty: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their phones as they stand at once; the forms at home when Python has read them."""
    release = migrate.migrations()
    monkeypatch.setattr(migrate, "migrations", lambda: [each for each in release if each.number < 8])
    await migrate.migrate(empty)
    for number, domain in ((1, "one.myshopify.com"), (2, "two.myshopify.com")):
        await empty.execute("insert into connector.shops (domain) values ($1)", domain)
        await empty.execute(
            "insert into connector.customers (shop_id, id, updated_at, triggered_at, phone, default_address) "
            "values ($1, 5, now(), now(), '+49 30 12345678', null), "
            """($1, 6, now(), now(), null, '{"phone": "030 87654321"}'), ($1, 7, now(), now(), null, '{}')""",
            number,
        )
    await empty.execute(
        "insert into connector.credentials (shop_id, kind, api_key, sealed) values (2, 'token', 'k', '')"
    )
    monkeypatch.setattr(migrate, "migrations", lambda: release)
    await migrate.migrate(empty)
    for typed, customer in (("+493012345678", 5), ("03087654321", 6), ("03012345678", None)):
        find = "select customer_id from pos.find_customers('two.myshopify.com', $1)"
        assert await empty.fetchval(find, typed) == customer
    asked = await empty.fetch("select shop_id, kind, id from connector.refetches order by id")
    assert [tuple(row) for row in asked] == [(2, "Customer", 5), (2, "Customer", 6)]
