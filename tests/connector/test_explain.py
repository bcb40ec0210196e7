"""Who wrote what: each way to a row is told, with what was superseded and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from connector import dead_letters, history, shops
from connector.dead_letters import Failure
from connector.errors import ConfigurationError, ConnectorError
from connector.explain import Explanation, explain
from connector.postgres import Pool
from connector.timeline import THIN
from tests.conftest import SHOP
from tests.deliveries import NOON, envelope, stamp
from workers.batch import Batches


def order(at: float, **changed: Any) -> Any:
    """An order as of ``at``, sold to a person."""
    told = {
        "id": 1001,
        "name": "#1001",
        "email": "sample@example.com",
        "note": "ring twice",
        "financial_status": "paid",
        "updated_at": stamp(at),
        "created_at": stamp(0),
        "line_items": [],
    }
    return told | changed


def outcomes(found: Explanation) -> list[tuple[str, str, str | None]]:
    return [(entry.by.source, entry.outcome, entry.by.reference) for entry in found.timeline]


async def test_an_older_webhook_is_superseded_by_the_one_that_came_first(pool: Pool) -> None:
    newer, older = envelope("orders/updated", order(3), at=3), envelope("orders/create", order(1), at=1)
    assert await Batches(pool).settle([newer]) == ["applied"]
    assert await Batches(pool).settle([older, newer]) == ["superseded", "duplicate"]
    found = await explain(pool, "order", "1001")
    late, first = found.timeline
    assert (late.outcome, late.stands, first.outcome, first.stands) == ("superseded", False, "applied", True)
    assert late.why == f"an older version: 12:00:01 < 12:00:03 by webhook orders/updated {newer.webhook_id}"
    assert late.delivery and (late.delivery["topic"], late.delivery["outcome"]) == (
        "orders/create",
        "superseded",
    )
    assert first.delivery and first.delivery["repeats"] == 1
    (part,) = found.parts
    assert (part.record, part.updated_at) == ("orders/1001", NOON + timedelta(seconds=3))
    assert part.written_by and part.written_by.reference == newer.webhook_id


async def test_what_came_later_still_is_no_reason(pool: Pool) -> None:
    sent = [envelope("orders/updated", order(at), at=at) for at in (2, 1, 3)]
    for each in sent:
        await Batches(pool).settle([each])
    lost = (await explain(pool, "order", "1001")).timeline[1]
    assert lost.why and lost.why.endswith(
        f"12:00:01 < 12:00:02 by webhook orders/updated {sent[0].webhook_id}"
    )


async def test_within_one_second_the_moments_of_telling_say_why(pool: Pool) -> None:
    newer, older = (envelope("orders/updated", order(1, note=str(at)), at=at) for at in (1.5, 1.2))
    await Batches(pool).settle([newer])
    await Batches(pool).settle([older])
    late, _ = (await explain(pool, "order", "#1001")).timeline
    assert late.why and "told earlier: 12:00:01.200000 < 12:00:01.500000" in late.why


async def test_two_of_one_batch_are_two_entries(pool: Pool) -> None:
    first, second = envelope("orders/updated", order(1), at=1), envelope("orders/updated", order(2), at=2)
    assert await Batches(pool).settle([second, first]) == ["applied", "superseded"]
    found = await explain(pool, "order", "1001")
    assert outcomes(found) == [
        ("webhook", "applied", second.webhook_id),
        ("webhook", "superseded", first.webhook_id),
    ]


async def test_a_delivery_that_told_several_rows_says_which_of_them_were_written(pool: Pool) -> None:
    refund = {"id": 7, "order_id": 1001, "created_at": stamp(1), "refund_line_items": [], "transactions": []}
    newer = envelope("orders/updated", order(3), at=3)
    older = envelope("orders/updated", order(2, refunds=[refund]), at=2)
    await Batches(pool).settle([newer])
    assert await Batches(pool).settle([older]) == ["applied"]
    late = (await explain(pool, "order", "1001")).timeline[0]
    assert {each.record: each.outcome for each in late.records} == {
        "orders/1001": "superseded",
        "refunds/7": "applied",
    }
    assert (late.outcome, late.stands) == ("applied", True)
    of_refund = await explain(pool, "refund", "gid://shopify/Refund/7")
    assert [each.record for entry in of_refund.timeline for each in entry.records] == ["refunds/7"]
    assert [row["refund_id"] for row in of_refund.rows] == [7]


async def test_a_replay_is_told_beside_its_original(pool: Pool) -> None:
    came = envelope("orders/updated", order(1), at=1)
    await Batches(pool).settle([came])
    await Batches(pool).settle([envelope("orders/updated", order(2), at=2)])
    assert await Batches(pool).settle([msgspec.structs.replace(came, replay=True)]) == ["superseded"]
    found = await explain(pool, "order", "1001")
    assert [(entry.by.source, entry.outcome) for entry in found.timeline] == [
        ("replay", "superseded"),
        ("webhook", "applied"),
        ("webhook", "applied"),
    ]
    assert found.timeline[0].by.reference == found.timeline[2].by.reference == came.webhook_id


async def test_a_tombstone_stands_and_says_who_put_it(pool: Pool) -> None:
    await Batches(pool).settle([envelope("products/update", {"id": 5, "updated_at": stamp(1)}, at=1)])
    gone = envelope("products/delete", {"id": 5}, at=4)
    await Batches(pool).settle([gone])
    assert await Batches(pool).settle(
        [envelope("products/update", {"id": 5, "updated_at": stamp(2)}, at=2)]
    ) == ["superseded"]
    found = await explain(pool, "product", "5")
    assert found.rows == []
    assert found.parts[0].deleted_at == NOON + timedelta(seconds=4)
    late, deleted, _ = found.timeline
    assert (deleted.gone, deleted.stands, deleted.by.topic) == (True, True, "products/delete")
    assert late.why and late.why.endswith(f"products/delete {gone.webhook_id}, which told that it is gone")


async def test_merged_customers_stay_explained(pool: Pool) -> None:
    told = {"id": 8, "email": "sample@example.com", "updated_at": stamp(1)}
    merge = {
        "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/9",
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/8",
        "status": "COMPLETED",
    }
    came = envelope("customers/merge", merge, at=2)
    await Batches(pool).settle([envelope("customers/create", told, at=1), came])
    found = await explain(pool, "customer", "Sample@Example.com")
    assert (found.id, found.rows[0]["merged_into"], found.rows[0]["email"]) == (8, 9, "•••")
    by = {part.record: part.written_by and part.written_by.reference for part in found.parts}
    assert by["merges/8"] == came.webhook_id


async def test_a_stock_level_is_explained_with_its_item_and_its_variant(pool: Pool) -> None:
    variant = {"id": 50, "sku": "TEA-1", "barcode": "4006381333931", "inventory_item_id": 60}
    product = {"id": 5, "updated_at": stamp(1), "variants": [variant]}
    level = {"inventory_item_id": 60, "location_id": 2, "available": 4, "updated_at": stamp(2)}
    came = envelope("inventory_levels/update", level, at=2)
    await Batches(pool).settle([envelope("products/update", product, at=1), came])
    item = await explain(pool, "inventory-item", "60")
    assert [(part.record, str(part.written_by)) for part in item.parts] == [
        ("inventory_levels/60/2", f"webhook inventory_levels/update {came.webhook_id}")
    ]
    assert [row["available"] for row in item.rows] == [4]
    # It is read anew, for what is on hand; the webhook asked for that.
    assert [(row["kind"], row["asked_by"]) for row in item.waiting] == [("InventoryItem", came.webhook_id)]
    for named in ("50", "gid://shopify/ProductVariant/50", "TEA-1", "4006381333931"):
        found = await explain(pool, "variant", named)
        assert (found.id, found.rows[0]["sku"]) == (50, "TEA-1")
        assert {part.record for part in found.parts} == {"products/5", "inventory_levels/60/2"}
        assert len(found.timeline) == 2


async def test_a_level_taken_off_with_its_item_says_by_whom(pool: Pool) -> None:
    level = {"inventory_item_id": 60, "location_id": 2, "available": 4, "updated_at": stamp(1)}
    gone = envelope("inventory_items/delete", {"id": 60}, at=3)
    await Batches(pool).settle([envelope("inventory_levels/update", level, at=1)])
    await Batches(pool).settle([gone])
    found = await explain(pool, "inventory-item", "60")
    assert {str(part.written_by) for part in found.parts} == {
        f"webhook inventory_items/delete {gone.webhook_id}"
    }


async def test_a_thin_webhook_is_told_as_what_it_is(pool: Pool) -> None:
    closed = {"id": 3, "admin_graphql_api_id": "gid://shopify/Return/3", "order": {"id": 1001}}
    held = {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/4"}}
    assert await Batches(pool).settle(
        [
            envelope("returns/close", closed, at=1),
            envelope("fulfillment_orders/placed_on_hold", held, at=2),
            envelope("orders/updated", order(0), at=0),
        ]
    ) == ["deferred", "deferred", "applied"]
    found = await explain(pool, "order", "1001")
    deferred = next(entry for entry in found.timeline if entry.outcome == "deferred")
    assert (deferred.by.topic, deferred.why, deferred.records) == ("returns/close", THIN, [])
    waiting = {(row["kind"], row["id"]) for row in found.waiting}
    assert waiting == {("Fulfillments", 1001)}
    # Whose order is not known yet is explained by itself.
    pickup = await explain(pool, "fulfillment-order", "4")
    assert [entry.by.topic for entry in pickup.timeline] == ["fulfillment_orders/placed_on_hold"]


async def test_what_cannot_be_applied_is_found_by_the_ids_in_it(pool: Pool) -> None:
    letters = [
        envelope("orders/updated", b'{"id": 1001, "updated_at": []}'),
        envelope("orders/edited", b'{"order_edit": {"order_id":1001, "x": "secret"'),
        envelope("orders/edited", b'{"order_edit": {"order_id":10010'),
        envelope("returns/close", rb'{"order": "gid:\/\/shopify\/Order\/1001"'),
        envelope("products/update", b'{"id": 1001'),
    ]
    async with pool.acquire() as connection:
        await dead_letters.bury(connection, [(each, Failure("suspect", "OverflowError")) for each in letters])
    found = await explain(pool, "order", "1001")
    assert (found.rows, found.parts, found.timeline) == ([], [], [])
    assert {row["webhook_id"] for row in found.dead_letters} == {
        letters[number].webhook_id for number in (0, 1, 3)
    }
    assert b"secret" not in msgspec.json.encode(found, enc_hook=str)


async def test_personal_data_is_shown_only_when_asked_for(pool: Pool) -> None:
    address = {"name": "A. Sample", "city": "Sampleton", "zip": 12345}
    customer = {
        "id": 8, "first_name": "Alex", "last_name": "Sample", "email": "sample@example.com",
        "phone": "+15550100", "note": "calls", "updated_at": stamp(1), "default_address": address,
    }  # fmt: skip
    await Batches(pool).settle(
        [envelope("customers/create", customer, at=1), envelope("orders/create", order(1), at=1)]
    )
    planted = ("Alex", "Sample", "sample@example.com", "+15550100", "calls", "12345", "ring twice")
    for name, named in (("customer", "8"), ("order", "1001")):
        hidden = msgspec.json.encode(await explain(pool, name, named), enc_hook=str).decode()
        assert [word for word in planted if word in hidden] == []
        shown = await explain(pool, name, named, show_personal=True)
        assert shown.rows[0]["email"] == "sample@example.com"
    assert (await explain(pool, "order", "1001")).rows[0]["name"] == "#1001"
    # What is kept to explain it holds none either.
    kept = await pool.fetch("select history::text as words from connector.history")
    assert [row["words"] for row in kept if any(word in row["words"] for word in planted)] == []


async def test_of_several_shops_one_must_be_named_where_both_have_it(pool: Pool) -> None:
    other = "second-shop.myshopify.com"
    await shops.add(pool, other)
    await Batches(pool).settle(
        [
            envelope("orders/create", order(1), at=1),
            envelope("orders/create", order(1), at=1, shop=other),
            envelope("orders/create", order(1, id=1002, name="#1002"), at=1, shop=other),
        ]
    )
    with pytest.raises(ConfigurationError, match=f"name one with --shop: {SHOP}, {other}"):
        await explain(pool, "order", "1001")
    assert (await explain(pool, "order", "1001", "second-shop")).shop == other
    assert (await explain(pool, "order", "1002")).shop == other
    with pytest.raises(ConfigurationError, match="not connected"):
        await explain(pool, "order", "1001", "third-shop")


@pytest.mark.parametrize(
    ("name", "named", "words"),
    [
        ("order", "77", "nothing is known here of such an order"),
        ("order", "no such name", "nothing is known here of such an order"),
        ("customer", "nobody@example.com", "nothing is known here of such a customer"),
        ("order", "9" * 30, "nothing is known here"),
        ("order", "gid://shopify/Product/1", "gid://shopify/Order/number"),
        ("order", "gid://shopify/Order/" + "9" * 30, "so large"),
    ],
)
async def test_what_is_not_known_is_said_plainly(pool: Pool, name: str, named: str, words: str) -> None:
    with pytest.raises(ConnectorError, match=words) as told:
        await explain(pool, name, named)
    assert "example.com" not in str(told.value)


async def test_one_name_on_two_things_asks_for_the_number(pool: Pool) -> None:
    variants = [{"id": number, "sku": "TWICE"} for number in (50, 51)]
    await Batches(pool).settle(
        [envelope("products/update", {"id": 5, "updated_at": stamp(1), "variants": variants}, at=1)]
    )
    with pytest.raises(ConnectorError, match="give the number of one: 50, 51"):
        await explain(pool, "variant", "TWICE")


async def test_only_so_much_is_shown(pool: Pool) -> None:
    for at in range(4):
        await Batches(pool).settle([envelope("orders/updated", order(at), at=at)])
    found = await explain(pool, "order", "1001", limit=3)
    assert (len(found.timeline), found.more) == (3, True)
    assert not (await explain(pool, "order", "1001", limit=4)).more


async def test_the_history_is_kept_by_days_as_the_ledger_is(pool: Pool) -> None:
    await Batches(pool).settle([envelope("orders/updated", order(1), at=1)])
    where = "select tableoid::regclass::text from connector.history"
    assert (await pool.fetchval(where)).endswith("history_other_days")
    today = await pool.fetchval("select at::date from connector.history")
    await history.keep_days(pool, 7, today)
    assert (await pool.fetchval(where)).endswith(f"history_{today:%Y%m%d}")
    await Batches(pool).settle([envelope("orders/updated", order(2), at=2)])
    found = await explain(pool, "order", "1001")
    assert [entry.outcome for entry in found.timeline] == ["applied", "applied"]
    await history.keep_days(pool, 7, today + timedelta(days=8))
    later = await explain(pool, "order", "1001")
    assert (later.timeline, later.parts[0].written_by) == ([], None)
