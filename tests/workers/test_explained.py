"""Rows that Shopify was asked for: who wrote them is told of imports, refetches and comparisons too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connector import queue, reconciles, shops
from connector.explain import Explanation, explain
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.acts import customers, inventory, orders, products
from connector.timeline import COVERED
from tests.cli import Terminal
from tests.conftest import SHOP
from tests.simulator.shops import ticking
from tests.workers.connected import Connected, connected


@pytest.fixture
async def shop(settings: Settings, pool: Pool, redis: queue.Redis) -> AsyncIterator[Connected]:
    """Imported, and so slow that much happens within a second of its clock."""
    await shops.remove(pool, SHOP)  # the only one is the simulated one
    clock = ticking(timedelta(milliseconds=1), datetime.now(UTC) - timedelta(days=1))
    async with connected(settings, pool, redis, acts=40, clock=clock) as shop:
        assert (await shop.sync()).state == "done"
        yield shop


def pass_time(shop: Connected) -> None:
    """What happens later is of a later second."""
    for _ in range(2000):
        shop.app.shop.clock()


def newest(found: Explanation) -> tuple[str, str, bool]:
    entry = found.timeline[0]
    return entry.by.source, entry.outcome, entry.stands


async def test_an_import_is_told_from_the_rows_own_versions(shop: Connected) -> None:
    pool = shop.api.pool
    stored = (
        ("product", next(iter(shop.app.shop.products)), "products"),
        ("customer", next(iter(shop.app.shop.customers)), "customers"),
        ("location", next(iter(shop.app.shop.locations)), "locations"),
        ("collection", next(iter(shop.app.shop.collections)), "collections"),
        ("inventory-item", next(iter(shop.app.shop.items)), "inventory"),
    )
    # Not one row for each of the imported ones: only what was read by itself afterwards.
    assert await pool.fetch("select from connector.history where source <> 'refetch'") == []
    asked = await shop.streams()
    for name, number, stream in stored:
        found = await explain(pool, name, str(number))
        assert found.parts
        for part in found.parts:
            by = part.written_by
            assert by and (by.source, by.topic, by.reference) == ("import", stream, "1"), (name, part)
            assert part.triggered_at == asked[stream].asked_at
        assert newest(found) == ("import", "applied", True)


async def test_an_order_is_told_part_by_part(shop: Connected) -> None:
    refunded = next(each for each in shop.app.shop.orders.values() if each.refunds)
    found = await explain(shop.api.pool, "order", refunded.name)
    assert found.id == refunded.id
    by = {part.record.partition("/")[0]: part.written_by for part in found.parts}
    assert str(by["orders"]) == "import orders 1"
    assert str(by["fulfillment_orders"]) == "import fulfillments 1"
    # Refunds stand in no file: they were read order by order.
    assert str(by["refunds"]) == "refetch of Refunds"


async def test_what_an_import_wrote_and_a_webhook_replaced_is_only_covered(shop: Connected) -> None:
    number = next(iter(shop.app.shop.products))
    pass_time(shop)
    events = products.rename_product(shop.app.shop, number, "Renamed")
    (came,) = shop.webhooks(events, "products/update")
    came = msgspec.structs.replace(came, triggered_at=datetime.now(UTC))
    assert await shop.hear([came]) == ["applied"]
    found = await explain(shop.api.pool, "product", str(number))
    assert newest(found) == ("webhook", "applied", True)
    covered = found.timeline[-1]
    assert (covered.by.source, covered.outcome, covered.why) == ("import", "covered", COVERED)
    # Of its variants the import still wrote the stock.
    variant = shop.app.shop.products[number].variants[0]
    rest = [
        entry
        for entry in (await explain(shop.api.pool, "variant", str(variant.id))).timeline
        if entry.by.source == "import"
    ]
    assert [(entry.by.topic, entry.outcome) for entry in rest] == [("inventory", "applied")]
    # A webhook older than the import loses to it.
    old = msgspec.structs.replace(came, webhook_id="an-old-one", triggered_at=came.moment - timedelta(days=9))
    old = msgspec.structs.replace(old, body=old.body.replace(b'"updated_at":"2', b'"updated_at":"1'))
    other = str(number).encode()
    another = next(each for each in shop.app.shop.products if each != number)
    old = msgspec.structs.replace(old, body=old.body.replace(other, str(another).encode()))
    assert await shop.hear([old]) == ["superseded"]
    late = (await explain(shop.api.pool, "product", str(another))).timeline
    lost = next(entry for entry in late if entry.outcome == "superseded")
    assert lost.why and lost.why.startswith("an older version") and lost.why.endswith("of the row")


async def test_a_refetch_says_which_delivery_asked_for_it(shop: Connected) -> None:
    number = next(iter(shop.app.shop.customers))
    pass_time(shop)
    events = customers.edit_customer(shop.app.shop, number, first_name="Robin")
    (came,) = shop.webhooks(events, "customers/update")
    await shop.hear([came])
    waits = await explain(shop.api.pool, "customer", str(number))
    assert [(row["kind"], row["asked_by"]) for row in waits.waiting] == [("Customer", came.webhook_id)]
    await shop.read_anew()
    found = await explain(shop.api.pool, "customer", str(number))
    assert found.waiting == []
    by = found.timeline[0].by
    assert (by.source, by.topic, by.reference) == ("refetch", "Customer", came.webhook_id)
    assert all(part.written_by == by for part in found.parts if not part.record.startswith("tags/"))


async def test_a_list_that_finds_nothing_to_do_is_not_superseded(shop: Connected) -> None:
    number, place = next(iter(shop.app.shop.levels))
    pass_time(shop)
    events = inventory.set_available(shop.app.shop, number, place, 7)
    await shop.hear(shop.webhooks(events, "inventory_levels/update"))
    await shop.read_anew()
    found = await explain(shop.api.pool, "inventory-item", str(number))
    assert newest(found) == ("refetch", "applied", True)
    assert {record.outcome for record in found.timeline[0].records} == {"applied"}


async def test_the_last_who_wrote_a_row_is_named_also_after_an_import(shop: Connected) -> None:
    number = next(iter(shop.app.shop.products))
    events = products.rename_product(shop.app.shop, number, "Renamed")
    await shop.hear(shop.webhooks(events, "products/update"))
    pass_time(shop)
    assert (await shop.sync("products")).state == "done"
    found = await explain(shop.api.pool, "product", str(number))
    assert str(found.parts[0].written_by) == "import products 2"
    assert [(entry.by.source, entry.stands) for entry in found.timeline][:2] == [
        ("webhook", False),
        ("import", True),
    ]


async def test_a_comparison_says_what_it_found_and_why(shop: Connected) -> None:
    order = next(each for each in shop.app.shop.orders.values() if not each.cancelled_at)
    pass_time(shop)
    orders.annotate(shop.app.shop, order.id, "nobody tells")
    await reconciles.want(shop.api.pool, shop.shop_id, ["orders"], "incremental")
    await queue.call(shop.api.redis, "reconcile", shop.shop_id)
    await shop.work()
    found = await explain(shop.api.pool, "order", str(order.id))
    compared = [entry for entry in found.timeline if entry.by.source == "compare"]
    assert {entry.by.topic for entry in compared} == {"orders"}
    assert compared[-1].why == "no webhook of these topics came since"
    assert [(row["difference"], "note" in row["fields"]) for row in compared[-1].drift] == [("stale", True)]
    assert any(entry.stands for entry in compared)


async def test_a_person_at_a_terminal_asks(shop: Connected) -> None:
    owner = Terminal(shop.api.settings)
    customer = next(each for each in shop.app.shop.customers.values() if each.email)
    order = next(iter(shop.app.shop.orders.values()))
    told = await owner.types("explain", "order", order.name.removeprefix("#"))
    assert told.code == 0, told
    assert f"order {order.id} of" in told.told and f"orders/{order.id}" in told.told
    assert "import orders 1" in told.told and "applied, stands" in told.told
    hidden = await owner.types("explain", "customer", str(customer.email), "--json")
    assert hidden.code == 0, hidden
    document = msgspec.json.decode(hidden.told)
    assert set(document) == {
        "entity", "id", "shop", "rows", "parts", "timeline", "more", "waiting", "dead_letters",
    }  # fmt: skip
    assert (document["id"], document["rows"][0]["email"]) == (customer.id, "•••")
    assert set(document["timeline"][0]) == {
        "at", "triggered_at", "by", "outcome", "why", "stands", "gone", "records", "delivery", "drift",
    }  # fmt: skip
    assert str(customer.email) not in hidden.told
    shown = await owner.types("explain", "customer", str(customer.id), "--show-personal")
    assert str(customer.email) in shown.told
    unknown = await owner.types("explain", "pickup", "77")
    assert (unknown.code, unknown.complained.strip()) == (
        1,
        "connector: nothing is known here of such a fulfillment-order",
    )
    assert (await owner.types("explain", "thing", "77")).code == 2
    assert (await owner.types("explain", "order")).code == 2
