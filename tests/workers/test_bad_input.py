"""Broken and hostile payloads: applied right, or dead-lettered with a reason that names the field."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connector import deliveries
from connector.postgres import Pool
from tests.deliveries import envelope, stamp
from workers.batch import Batches


def product(**changed: Any) -> dict[str, Any]:
    return {"id": 7, "title": "Tea", "tags": "", "updated_at": stamp(0), "variants": []} | changed


def order(**changed: Any) -> dict[str, Any]:
    return {"id": 9, "name": "#9", "currency": "EUR", "updated_at": stamp(0), "line_items": []} | changed


DEAD = [
    ("products/update", b'{"id": 7', "not JSON"),
    ("products/update", b"", "not JSON"),
    ("products/update", b"[1, 2]", "object"),
    ("products/update", b'{"id":7,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ("products/update", {"title": "no id"}, "id"),
    ("products/update", product(id=0), "$.id"),
    ("products/update", product(id="7"), "$.id"),
    ("products/update", b'{"id": 9223372036854775808}', "$.id"),
    ("products/update", product(title=5), "$.title"),
    ("products/update", product(updated_at="yesterday"), "$.updated_at"),
    ("products/update", product(updated_at="2026-11-20T12:00:00"), "$.updated_at"),
    ("products/update", product(updated_at="10000-01-01T00:00:00Z"), "$.updated_at"),
    ("products/update", product(variants=[{"id": 1, "price": "1,50"}]), "$.variants[0].price"),
    ("products/update", product(variants=[{"id": 1, "price": "NaN"}]), "$.variants[0].price"),
    ("products/update", product(variants=[{"id": None}]), "$.variants[0].id"),
    ("orders/updated", order(line_items=[{"id": 1, "quantity": "two"}]), "$.line_items[0].quantity"),
    ("orders/updated", b'{"id":9,"line_items":[{"id":1,"quantity":99999999999999999999}]}', "quantity"),
    ("refunds/create", {"id": 3, "refund_line_items": []}, "order_id"),
    ("inventory_levels/update", {"inventory_item_id": 1, "available": 2}, "location_id"),
    ("customer.tags_added", {"customerId": "7", "tags": ["a"]}, "gid"),
]


@pytest.mark.parametrize(("topic", "payload", "reason"), DEAD)
async def test_it_is_dead_lettered_with_a_reason_and_its_neighbour_is_applied(
    pool: Pool, topic: str, payload: Any, reason: str
) -> None:
    bad = envelope(topic, payload)
    outcomes = await Batches(pool).settle([bad, envelope("products/create", product(id=8))])
    assert outcomes == ["dead", "applied"]
    letter = await pool.fetchrow("select * from connector.dead_letters")
    assert letter is not None
    assert (letter["webhook_id"], letter["kind"], letter["attempts"]) == (bad.webhook_id, "permanent", 1)
    assert reason in letter["error"]
    assert await pool.fetchval("select count(*) from pos.products") == 1


async def test_ids_above_2_to_the_53_are_exact(pool: Pool) -> None:
    await Batches(pool).settle([envelope("products/create", product(id=820982911946154509))])
    assert await pool.fetchval("select product_id from pos.products") == 820982911946154509


async def test_negative_money_numbers_for_strings_and_nulls_are_kept(pool: Pool) -> None:
    lines = [{"id": 1, "price": "-5.10", "quantity": None}, {"id": 2, "price": 89.99, "sku": None}]
    await Batches(pool).settle(
        [envelope("orders/create", order(line_items=lines, total_price="-5.10", note=None))]
    )
    rows = await pool.fetch("select price::text, quantity, sku from pos.order_lines order by line_id")
    assert [tuple(row) for row in rows] == [("-5.10", None, None), ("89.99", None, None)]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (rb"a\u0000b", "a\ufffdb"),
        (rb"a\\u0000b", "a\\u0000b"),
        (rb"half \ud83d a pair", "half \ufffd a pair"),
        (b"not \xff utf-8", "not \ufffd utf-8"),
        ("🫖 شاي".encode(), "🫖 شاي"),
    ],
)
async def test_text_that_cannot_be_kept_is_replaced_and_the_bytes_are_in_the_ledger(
    pool: Pool, raw: bytes, kept: str
) -> None:
    body = b'{"id": 7, "title": "' + raw + b'", "updated_at": "2026-11-20T12:00:00Z"}'
    delivery = envelope("products/update", body)
    assert await Batches(pool).settle([delivery]) == ["applied"]
    assert await pool.fetchval("select title from pos.products") == kept
    (found,) = await deliveries.find(pool, delivery.webhook_id)
    assert found.envelope.body == body


async def test_an_order_of_1000_lines_and_5_megabytes(pool: Pool) -> None:
    lines = [
        {"id": number, "title": "x" * 5_000, "quantity": 1, "price": "1.00"} for number in range(1, 1001)
    ]
    body = msgspec.json.encode(order(line_items=lines))
    assert len(body) > 5_000_000
    assert await Batches(pool).settle([envelope("orders/create", body)]) == ["applied"]
    assert await pool.fetchval("select count(*) from pos.order_lines") == 1000


async def test_an_unknown_topic_is_ignored_and_a_thin_one_deferred(pool: Pool) -> None:
    outcomes = await Batches(pool).settle(
        [envelope("carts/create", {"id": "x"}), envelope("returns/update", {"admin_graphql_api_id": "gid"})]
    )
    assert outcomes == ["ignored", "deferred"]
    assert await pool.fetchval("select count(*) from connector.deliveries") == 2


async def test_a_time_at_the_edge_of_the_calendar_is_no_crash(pool: Pool) -> None:
    early = product(published_at="0001-01-01T00:00:00+14:00")
    assert await Batches(pool).settle([envelope("products/update", early)]) == ["applied"]
