"""What single topics mean for the rows: patches, tombstones, facets, sets of children."""

from __future__ import annotations

from typing import Any

from connector.postgres import Pool
from tests.deliveries import envelope, stamp
from workers.batch import Batches

CUSTOMER = {"id": 5, "first_name": "Ada", "email": "ada@example.com", "note": "tea", "updated_at": stamp(0)}


async def settle(pool: Pool, topic: str, payload: Any, *, at: float) -> str:
    (outcome,) = await Batches(pool).settle([envelope(topic, payload, at=at)])
    return outcome


async def test_an_absent_field_leaves_the_value_alone_and_a_null_clears_it(pool: Pool) -> None:
    await settle(pool, "customers/create", CUSTOMER, at=0.1)
    await settle(pool, "customers/update", {"id": 5, "note": None, "updated_at": stamp(1)}, at=1.1)
    row = await pool.fetchrow("select first_name, email, note from pos.customers")
    assert row is not None
    assert tuple(row) == ("Ada", "ada@example.com", None)


async def test_two_thin_payloads_in_one_batch_both_count(pool: Pool) -> None:
    later = envelope("customers/update", {"id": 5, "note": "milk", "updated_at": stamp(2)}, at=2.1)
    outcomes = await Batches(pool).settle([later, envelope("customers/create", CUSTOMER, at=0.1)])
    assert outcomes == ["applied", "applied"]
    row = await pool.fetchrow("select email, note from pos.customers")
    assert row is not None
    assert tuple(row) == ("ada@example.com", "milk")


async def test_a_full_payload_of_an_older_version_fills_tags_totals_and_consents(pool: Pool) -> None:
    full = CUSTOMER | {
        "tags": "vip, tea",
        "orders_count": 3,
        "total_spent": "12.50",
        "email_marketing_consent": {"state": "subscribed", "opt_in_level": None},
    }
    await settle(pool, "customers/update", full, at=0.1)
    added = {"customerId": "gid://shopify/Customer/5", "tags": ["new"], "occurredAt": stamp(3)}
    await settle(pool, "customer.tags_added", added, at=3.1)
    removed = {"customerId": "gid://shopify/Customer/5", "tags": ["tea"], "occurredAt": stamp(4)}
    await settle(pool, "customer.tags_removed", removed, at=4.1)
    row = await pool.fetchrow(
        "select tags, orders_count, total_spent::text, email_consent from pos.customers"
    )
    assert row is not None
    assert tuple(row) == (["new", "vip"], 3, "12.50", "subscribed")


async def test_a_late_update_does_not_raise_the_dead_and_a_later_one_does(pool: Pool) -> None:
    product = {"id": 7, "title": "Tea", "updated_at": stamp(1), "variants": [{"id": 1}]}
    await settle(pool, "products/delete", {"id": 7}, at=2.5)
    assert await settle(pool, "products/update", product, at=1.2) == "superseded"
    assert await pool.fetchval("select count(*) from pos.products") == 0
    assert await settle(pool, "products/update", product | {"updated_at": stamp(3)}, at=3.1) == "applied"
    assert await pool.fetchval("select count(*) from pos.variants") == 1
    await settle(pool, "products/delete", {"id": 7}, at=4.0)
    assert await pool.fetchval("select count(*) from pos.variants") == 0


async def test_a_level_reconnected_in_the_same_second_stands(pool: Pool) -> None:
    level = {"inventory_item_id": 1, "location_id": 2}
    await settle(pool, "inventory_levels/disconnect", level, at=0.7)
    assert await settle(
        pool, "inventory_levels/connect", level | {"available": 3, "updated_at": stamp(0)}, at=0.9
    )
    assert await pool.fetchval("select available from pos.inventory") == 3
    late = level | {"available": 9, "updated_at": stamp(0)}
    assert await settle(pool, "inventory_levels/update", late, at=0.3) == "superseded"


async def test_a_variant_missing_from_a_whole_list_is_gone_and_from_a_cut_one_is_not(pool: Pool) -> None:
    many = [{"id": number} for number in range(1, 101)]
    gids = [{"admin_graphql_api_id": f"gid://shopify/ProductVariant/{number}"} for number in range(1, 121)]
    product = {"id": 7, "updated_at": stamp(0), "variants": [{"id": 101}, {"id": 102}]}
    await settle(pool, "products/create", product, at=0.1)
    await settle(
        pool,
        "products/update",
        {"id": 7, "updated_at": stamp(1), "variants": many, "variant_gids": gids},
        at=1.1,
    )
    assert await pool.fetchval("select count(*) from pos.variants") == 102
    await settle(pool, "products/update", {"id": 7, "updated_at": stamp(2), "variants": many[:3]}, at=2.1)
    assert await pool.fetchval("select count(*) from pos.variants") == 3
    await settle(pool, "products/update", {"id": 7, "updated_at": stamp(3), "title": "no list"}, at=3.1)
    assert await pool.fetchval("select count(*) from pos.variants") == 3


async def test_a_refund_may_come_before_its_order_and_keeps_its_return(pool: Pool) -> None:
    refund = {
        "id": 3,
        "order_id": 9,
        "created_at": stamp(5),
        "refund_line_items": [{"id": 1, "line_item_id": 11, "quantity": 1, "restock_type": "return"}],
        "transactions": [{"kind": "refund", "status": "success", "amount": "5.00", "currency": "EUR"}],
    }
    order = {
        "id": 9,
        "currency": "EUR",
        "total_price": "10.00",
        "updated_at": stamp(6),
        "line_items": [{"id": 11, "quantity": 2, "current_quantity": 1, "fulfillable_quantity": 1}],
        "refunds": [refund],
    }
    await settle(pool, "orders/updated", order, at=6.1)
    # Triggered before the order's update, so older than the refund inside it: yet it alone tells the return.
    assert await settle(pool, "refunds/create", refund | {"return": {"id": 44}}, at=5.1) == "applied"
    told = await pool.fetchrow("select amount::text, return_id, restocked from pos.refunds")
    assert told is not None
    assert tuple(told) == ("5.00", 44, True)
    assert await pool.fetchval("select total_refunded::text from pos.orders") == "5.00"
    assert await pool.fetchval("select refunded_quantity from pos.order_lines") == 1


async def test_merged_customers_both_resolve_and_orders_move(pool: Pool) -> None:
    await settle(pool, "customers/create", CUSTOMER, at=0.1)
    await settle(pool, "orders/create", {"id": 9, "customer": {"id": 5}, "updated_at": stamp(1)}, at=1.1)
    merge = {
        "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/6",
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/5",
        "status": "completed",
    }
    assert await settle(pool, "customers/merge", merge | {"status": "failed"}, at=2.1) == "ignored"
    assert await settle(pool, "customers/merge", merge, at=3.1) == "applied"
    again = merge | {
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/6",
        "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/8",
    }
    await settle(pool, "customers/merge", again, at=4.1)
    assert await pool.fetchval("select merged_into from pos.customers where customer_id = 5") == 8
    assert await pool.fetchval("select customer_id from pos.orders") == 8


async def test_a_deleted_customer_leaves_nothing_personal(pool: Pool) -> None:
    await settle(pool, "customers/create", CUSTOMER, at=0.1)
    await settle(pool, "customers/delete", {"id": 5}, at=1.1)
    row = await pool.fetchrow("select first_name, email, note from connector.customers")
    assert row is not None
    assert tuple(row) == (None, None, None)
    assert await pool.fetchval("select count(*) from pos.customers") == 0


async def test_the_shop_tells_its_currency_and_its_end(pool: Pool) -> None:
    await settle(pool, "shop/update", {"id": 1, "currency": "EUR", "updated_at": stamp(0)}, at=0.1)
    await settle(pool, "app/uninstalled", {"id": 1, "currency": "EUR", "updated_at": None}, at=5.1)
    row = await pool.fetchrow("select currency, uninstalled_at is not null from connector.shops")
    assert row is not None
    assert tuple(row) == ("EUR", True)
