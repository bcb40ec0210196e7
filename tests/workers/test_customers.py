"""What is known of customers follows them through changes, merges and their end, by whatever road."""

from __future__ import annotations

from collections.abc import AsyncIterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from connector import queue, shops
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.acts import customers
from tests.conftest import SHOP
from tests.deliveries import envelope
from tests.workers.connected import Connected, connected
from tests.workers.test_find_customers import ADA, found, tell
from workers.batch import Batches


async def test_a_number_that_changed_or_went_is_not_found_any_more(pool: Pool) -> None:
    await tell(pool, ADA)
    await tell(pool, {"id": 5, "note": "tea"})
    assert await found(pool, "030 12345678") == [(5, "phone")]
    await tell(pool, ADA | {"phone": "+493087654321"})
    assert await found(pool, "030 12345678") == []
    assert await found(pool, "030 87654321") == [(5, "phone")]
    late = envelope("customers/update", ADA, at=0.2)
    assert await Batches(pool).settle([late]) == ["superseded"]
    assert await found(pool, "030 12345678") == []
    await tell(pool, {"id": 5}, "customers/delete")
    for typed in ("030 87654321", "zoe", "ada@example.com"):
        assert await found(pool, typed) == []
    row = await pool.fetchrow("select * from connector.customers where id = 5")
    assert row is not None
    kept = {"shop_id", "id", "updated_at", "triggered_at", "deleted_at", "state", "tax_exempt", "created_at"}
    assert {name for name, value in row.items() if value is not None} <= kept


async def test_whoever_was_merged_is_found_as_who_they_are_now(pool: Pool) -> None:
    await tell(pool, ADA)
    await tell(
        pool, ADA | {"id": 6, "first_name": "Zoë", "phone": "+493011111111", "email": "zoe@example.com"}
    )
    await tell(
        pool, ADA | {"id": 7, "first_name": "Ada", "phone": "+493022222222", "email": "other@example.com"}
    )
    await pool.execute("delete from connector.refetches")
    for gone, kept in ((5, 6), (6, 7)):
        merge = {
            "admin_graphql_api_customer_kept_id": f"gid://shopify/Customer/{kept}",
            "admin_graphql_api_customer_deleted_id": f"gid://shopify/Customer/{gone}",
            "status": "completed",
        }
        await tell(pool, merge, "customers/merge")
    for typed, way in (
        ("030 12345678", "phone"),
        ("zoe", "name"),
        ("ada@example.com", "email"),
        ("mull", "name"),
    ):
        assert await found(pool, typed) == [(7, way)]
    asked = await pool.fetch("select kind, id from connector.refetches order by id")
    assert [tuple(row) for row in asked] == [("Customer", 6), ("Customer", 7)]
    await tell(pool, {"id": 7}, "customers/delete")
    assert await found(pool, "030 12345678") == []


async def test_a_merge_that_goes_round_ends(pool: Pool) -> None:
    await tell(pool, ADA)
    shop_id = await shops.add(pool, SHOP)
    await pool.execute(
        "insert into connector.customer_merges (shop_id, customer_id, updated_at, triggered_at, merged_into) "
        "values ($1, 5, now(), now(), 6), ($1, 6, now(), now(), 5)",
        shop_id,
    )
    assert await pool.fetchval("select connector.surviving_customer($1, 5)", shop_id) in (5, 6)
    assert await pool.fetchval("select connector.surviving_customer($1, null)", shop_id) is None


async def test_all_addresses_stand_with_the_default_one_first(pool: Pool) -> None:
    home, work, old = (
        {"id": number, "city": city} for number, city in ((1, "Bonn"), (2, "Köln"), (3, "Trier"))
    )
    listed = [work | {"default": False}, home | {"default": True}, old | {"default": False}]
    await tell(pool, ADA | {"default_address": home | {"default": True}, "addresses": listed})
    addresses = "select addresses from pos.customers where customer_id = 5"
    assert [each["city"] for each in await pool.fetchval(addresses)] == ["Bonn", "Köln", "Trier"]
    # As a customer is read from the Admin API: the default address alone, which is another one now.
    await pool.execute(
        "update connector.customers set default_address = $1", work | {"city": "Kiel", "default": True}
    )
    told = await pool.fetchval(addresses)
    assert [(each["city"], each["default"]) for each in told] == [
        ("Kiel", True),
        ("Bonn", False),
        ("Trier", False),
    ]
    await tell(pool, ADA | {"default_address": None, "addresses": []})
    assert await pool.fetchval(addresses) == []


async def test_each_channel_has_its_consent(pool: Pool) -> None:
    await tell(pool, ADA)
    await tell(pool, {"customer_id": 5, "email_marketing_consent": {"state": "subscribed"}},
               "customers_email_marketing_consent/update")  # fmt: skip
    await tell(
        pool, {"id": 5, "sms_marketing_consent": {"state": "pending"}}, "customers_marketing_consent/update"
    )
    await tell(pool, {"customer_id": 5, "whats_app_marketing_consent": {"state": "unsubscribed"}},
               "customers_whats_app_marketing_consent/update")  # fmt: skip
    row = await pool.fetchrow("select email_consent, sms_consent, whats_app_consent from pos.customers")
    assert row is not None
    assert tuple(row) == ("subscribed", "pending", "unsubscribed")


@pytest.fixture
async def shop(settings: Settings, pool: Pool, redis: queue.Redis) -> AsyncIterator[Connected]:
    async with connected(settings, pool, redis, acts=60) as shop:
        yield shop


async def digits(pool: Pool) -> dict[int, list[str]]:
    rows = await pool.fetch("select id, phone_digits from connector.customers where deleted_at is null")
    return {row["id"]: row["phone_digits"] for row in rows}


async def test_imported_refetched_compared_and_told_customers_are_found_alike(shop: Connected) -> None:
    pool, register = shop.api.pool, shop.app.shop
    assert (await shop.sync("customers")).state == "done"
    imported = await digits(pool)
    assert any(imported.values())
    for customer in register.customers.values():
        for number in filter(None, [customer.phone, *[each.phone for each in customer.addresses[:1]]]):
            typed = phonenumbers.format_number(phonenumbers.parse(number, "PA"), PhoneNumberFormat.NATIONAL)
            assert customer.id in [each for each, _ in await found(pool, typed, register.domain)]
    # What was forgotten comes back by a refetch, and by a webhook.
    await pool.execute("update connector.customers set phone_digits = null, updated_at = '-infinity'")
    await pool.execute("insert into connector.refetches (shop_id, kind, id, due_at) "
                       "select shop_id, 'Customer', id, now() from connector.customers")  # fmt: skip
    await shop.read_anew()
    assert await digits(pool) == imported
    await pool.execute("update connector.customers set phone_digits = null, updated_at = '-infinity'")
    events = [
        event
        for number in list(register.customers)
        for event in shop.app.simulation.perform(
            lambda number=number: customers.edit_customer(register, number, note="here again")
        )
    ]
    await shop.hear(shop.webhooks(events, "customers/update"))
    assert await digits(pool) == imported
