"""What webhooks do not tell, or not wholly, is read anew: once, later if it must be, and never for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connector import queue
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.acts import checkout, fulfillments, inventory, orders, products, returns
from connector.simulator.acts.products import NewVariant
from connector.simulator.sales import Order
from connector.simulator.shop import Shop
from connector.simulator.wire import gid
from tests.simulator.admin.app import App
from tests.simulator.shops import ticking
from tests.workers.connected import Connected, connected, webhook
from tests.workers.processes import until

ROUTED = "fulfillment_orders/order_routing_complete"
PREPARED = "fulfillment_orders/line_items_prepared_for_pickup"
LEVEL = ("inventory_levels/update", "products/update")


@pytest.fixture
async def shop(settings: Settings, pool: Pool, redis: queue.Redis) -> AsyncIterator[Connected]:
    """Connected, imported, and so slow that much happens within a second of its clock."""
    clock = ticking(timedelta(milliseconds=1), datetime.now(UTC) - timedelta(days=1))
    changed = {"shopify_patience": 0.3}
    async with connected(settings, pool, redis, acts=40, clock=clock, changed=changed) as shop:
        assert (await shop.sync()).state == "done"
        assert await left(shop) == []
        yield shop


async def read_anew(shop: Connected) -> None:
    """Have all of it read now. What happens later is of a later second, on the shop's clock as on ours."""
    await shop.read_anew()
    for _ in range(1000):
        shop.app.shop.clock()


async def left(shop: Connected) -> list[str]:
    return [str(each) for each in await shop.differences()]


async def long_shelf(shop: Connected, count: int = 260) -> int:
    """A product of more variants than a webhook shows; returns its id."""
    place = next(iter(shop.app.shop.locations))
    specs = [NewVariant((f"No. {n}",), Decimal(n + 1), stock=((place, n),)) for n in range(count)]
    events = products.create_product(shop.app.shop, "Shelf", specs)
    await shop.hear(shop.webhooks(events))
    return next(reversed(shop.app.shop.products))


def sold(app: App, *, pickup: bool = False, quantity: int = 2) -> tuple[Order, list[object]]:
    events = checkout.place_order(app.shop, [tracked(app.shop)], location_id=place_of(app), pickup=pickup)
    return next(reversed(app.shop.orders.values())), list(events)


def place_of(app: App) -> int:
    return next(iter(app.shop.locations))


def tracked(shop: Shop, quantity: int = 2) -> tuple[int, int]:
    """A variant whose stock is counted, and how many of it."""
    place = next(iter(shop.locations))
    for variant_id in shop.homes:
        _, variant = shop.variant(variant_id)
        level = shop.levels.get((variant.item_id, place))
        if level is not None and (level.available or 0) > 4:
            return variant_id, quantity
    raise AssertionError("nothing is in stock")


async def test_variants_that_a_webhook_does_not_show_are_read_over_several_pages(shop: Connected) -> None:
    number = await long_shelf(shop)
    view = "select count(*) from pos.variants where product_id = $1"
    assert await shop.api.pool.fetchval(view, number) == 100
    await read_anew(shop)
    assert await shop.asked("ProductsRefetchVariants") >= 2
    assert await left(shop) == []
    last = shop.app.shop.products[number].variants[-1]
    gone = products.remove_variant(shop.app.shop, last.id)
    await shop.hear(shop.webhooks(gone))
    await read_anew(shop)
    assert await left(shop) == []
    assert await shop.waiting() == {}


async def test_a_burst_for_one_product_is_one_refetch(shop: Connected) -> None:
    number = await long_shelf(shop, 101)
    await read_anew(shop)
    before = await shop.asked("ProductsRefetch")
    for n in range(50):
        events = products.rename_product(shop.app.shop, number, f"Shelf {n}")
        await shop.hear(shop.webhooks(events), waking=True)
    assert await shop.waiting() == {"Product": 1}
    await shop.work()
    assert await shop.asked("ProductsRefetch") - before == 1
    assert await left(shop) == []
    assert await shop.waiting() == {}


async def test_what_changes_an_order_without_carrying_it_is_read_anew(shop: Connected) -> None:
    app = shop.app
    order, events = sold(app)
    await shop.hear(shop.webhooks(events))  # type: ignore[arg-type]
    edited = orders.edit_order(app.shop, order.id, *tracked(app.shop, 1))
    thin = shop.webhooks(edited, "orders/edited", ROUTED, *LEVEL)
    assert len(thin) >= 4
    await shop.hear(thin)
    assert await left(shop) != []
    await read_anew(shop)
    assert await left(shop) == []
    assert await shop.waiting() == {}


async def test_fulfillment_orders_are_followed_though_their_ids_change(shop: Connected) -> None:
    app = shop.app
    order, events = sold(app, pickup=True)
    await shop.hear(shop.webhooks(events))  # type: ignore[arg-type]
    await read_anew(shop)
    prepared = fulfillments.prepare_pickup(app.shop, order.id)
    await shop.hear(shop.webhooks(prepared, PREPARED))
    await read_anew(shop)
    assert await left(shop) == []
    before = order.fulfillment_orders[-1].id
    handed = fulfillments.fulfill(app.shop, order.id, [(order.lines[0].id, 1)])
    assert order.fulfillment_orders[-1].id != before
    # A split names the one it was, and not those that take its place.
    split = {"fulfillment_order": {"id": gid("FulfillmentOrder", before), "status": "closed"}}
    thin = shop.webhooks(handed, "fulfillments/create", *LEVEL)
    await shop.hear([*thin, webhook("fulfillment_orders/split", split, app.shop.clock())])
    await read_anew(shop)
    assert {view for view in await views_left(shop) if view in ("pickups", "returns")} == set()
    moved = {"original_fulfillment_order": {"id": gid("FulfillmentOrder", 1)}}
    await shop.hear([webhook("fulfillment_orders/moved", moved, app.shop.clock())])
    await read_anew(shop)
    assert await shop.waiting() == {}


async def views_left(shop: Connected) -> set[str]:
    return {each.view for each in await shop.differences()}


async def test_returns_are_read_with_their_order_however_little_is_told(shop: Connected) -> None:
    app = shop.app
    order, events = sold(app)
    events += fulfillments.fulfill(app.shop, order.id)
    await shop.hear(shop.webhooks(events))  # type: ignore[arg-type]
    await read_anew(shop)
    asked = returns.request_return(app.shop, order.id, [(order.lines[0].id, 1)])
    await shop.hear(shop.webhooks(asked, "returns/request"))
    await read_anew(shop)
    assert await views_left(shop) <= {"orders"}
    number = order.returns[-1].id
    returns.approve_return(app.shop, order.id, number)
    updated = {"admin_graphql_api_id": gid("Return", number), "return_line_items": []}
    await shop.hear([webhook("returns/update", updated, app.shop.clock())])
    assert await shop.waiting() == {"Return": 1}
    await read_anew(shop)
    assert "returns" not in await views_left(shop)
    second = returns.request_return(app.shop, order.id, [(order.lines[0].id, 1)])
    assert second
    await shop.hear([webhook("returns/process", {}, app.shop.clock())])
    assert await shop.waiting() == {"Returns": 1}
    await read_anew(shop)
    assert "returns" not in await views_left(shop)
    closed = returns.close_return(app.shop, order.id, number)
    await shop.hear(shop.webhooks(closed, "returns/close", "orders/updated"))
    await read_anew(shop)
    assert await left(shop) == []
    assert await shop.waiting() == {}


async def test_stock_is_counted_again_when_a_level_changes_or_goes(shop: Connected) -> None:
    app = shop.app
    _, events = sold(app)
    await shop.hear(shop.webhooks(events))  # type: ignore[arg-type]
    # What is committed to an order no webhook tells.
    assert {each.column for each in await shop.differences({"inventory"})} == {"committed"}
    await read_anew(shop)
    assert await left(shop) == []
    item = app.shop.variant(tracked(app.shop)[0])[1].item_id
    gone = shop.webhooks(inventory.disconnect_level(app.shop, item, place_of(app)))
    back = shop.webhooks(inventory.connect_level(app.shop, item, place_of(app), 7))
    # The removal carries no time, and comes after the return of the same second.
    await shop.hear(back)
    await shop.hear(gone)
    wrong = {each.column for each in await shop.differences({"inventory"})}
    assert wrong
    assert None not in wrong  # neither missing nor too many
    await read_anew(shop)
    assert await left(shop) == []
    gone = shop.webhooks(inventory.disconnect_level(app.shop, item, place_of(app)))
    await shop.hear(gone)
    await read_anew(shop)
    assert await left(shop) == []
    assert await shop.waiting() == {}


async def test_a_webhook_that_tells_no_time_is_checked(shop: Connected) -> None:
    number = next(iter(shop.app.shop.products))
    (first,) = shop.webhooks(products.rename_product(shop.app.shop, number, "Before"))
    (second,) = shop.webhooks(products.rename_product(shop.app.shop, number, "After"))
    await shop.hear([second])
    (late,) = [webhook("products/update", first.body, None)]
    await shop.hear([late])
    assert await left(shop) != []
    await read_anew(shop)
    assert await left(shop) == []


async def test_two_webhooks_of_one_version_are_settled_by_looking(shop: Connected) -> None:
    number = next(iter(shop.app.shop.products))
    (first,) = shop.webhooks(products.rename_product(shop.app.shop, number, "Before"))
    (second,) = shop.webhooks(products.rename_product(shop.app.shop, number, "After"))
    assert first.triggered_at
    tie = [
        webhook("products/update", second.body, first.triggered_at),
        webhook("products/update", first.body, first.triggered_at),
    ]
    await shop.hear(tie)
    assert await shop.waiting() == {"Product": 1}
    await read_anew(shop)
    assert await left(shop) == []


async def test_what_is_not_there_any_more_is_gone_and_asked_for_no_longer(shop: Connected) -> None:
    app = shop.app
    number = await long_shelf(shop, 101)
    products.delete_product(app.shop, number)
    order, events = sold(app)
    await shop.hear(shop.webhooks(events))  # type: ignore[arg-type]
    orders.cancel(app.shop, order.id)
    edited = {"order_edit": {"order_id": order.id}}
    orders.delete_order(app.shop, order.id)
    unknown = [
        webhook("orders/edited", edited, app.shop.clock()),
        webhook("returns/update", {"admin_graphql_api_id": gid("Return", 1)}, app.shop.clock()),
        webhook("fulfillment_orders/placed_on_hold", {"id": gid("FulfillmentOrder", 2)}, app.shop.clock()),
    ]
    assert set(await shop.hear(unknown)) == {"deferred"}
    await read_anew(shop)
    assert await shop.waiting() == {}
    for view, column, gone in (("products", "product_id", number), ("orders", "order_id", order.id)):
        count = f"select count(*) from pos.{view} where {column} = $1"
        assert await shop.api.pool.fetchval(count, gone) == 0
    assert (
        await shop.api.pool.fetchval("select count(*) from pos.variants where product_id = $1", number) == 0
    )


async def test_what_the_app_may_not_read_is_put_off_and_holds_up_nothing_else(shop: Connected) -> None:
    app = shop.app
    number = await long_shelf(shop, 101)
    order, events = sold(app)
    events += orders.edit_order(app.shop, order.id, *tracked(app.shop, 1))
    events += fulfillments.fulfill(app.shop, order.id)
    events += returns.request_return(app.shop, order.id, [(order.lines[0].id, 1)])
    thin = ("orders/edited", "returns/request", ROUTED, *LEVEL, "products/update")
    named = {"admin_graphql_api_id": gid("Return", order.returns[-1].id)}
    await shop.hear(
        [
            *shop.webhooks(events, *thin),  # type: ignore[arg-type]
            webhook("returns/update", named, app.shop.clock()),
            webhook("returns/update", {}, app.shop.clock()),
        ]
    )
    told = await app.steer()
    await app.steer(scopes=["read_products", "read_inventory", "read_locations", "read_customers"])
    await read_anew(shop)
    view = "select count(*) from pos.variants where product_id = $1"
    assert await shop.api.pool.fetchval(view, number) == 101
    assert await shop.differences({"products", "variants"}) == []
    rows = await shop.api.pool.fetch(
        "select kind, error, attempts, due_at > clock_timestamp() + interval '30 minutes' as later "
        "from connector.refetches"
    )
    assert {"Order"} <= {row["kind"] for row in rows} <= {
        "Order", "Fulfillments", "FulfillmentOrder", "Return", "Returns",
    }  # fmt: skip
    for row in rows:
        assert row["later"], row
        assert row["error"], row
        assert row["attempts"] == 1
    await app.steer(scopes=told["scopes"])
    await read_anew(shop)
    assert await shop.waiting() == {}
    assert await left(shop) == []


async def test_a_shopify_that_is_away_leaves_all_of_it_for_later(shop: Connected) -> None:
    await long_shelf(shop, 101)
    waited = await shop.waiting()
    assert waited["Product"] == 1
    await shop.app.steer(status=502, status_next=1_000_000)
    reading = asyncio.create_task(read_anew(shop))

    async def refused() -> bool:
        return bool((await shop.app.steer())["faults"]["status_next"] <= 999_998)

    await until(refused)
    assert await shop.waiting() == waited
    assert not reading.done()
    await shop.app.steer(status_next=0)
    await asyncio.wait_for(reading, 20)
    assert await shop.waiting() == {}
    assert await left(shop) == []


async def test_without_credentials_nothing_is_lost(shop: Connected) -> None:
    await long_shelf(shop, 101)
    waited = await shop.waiting()
    kept = await shop.api.pool.fetch("delete from connector.credentials returning *")
    shop.api.admins.clear()
    await asyncio.wait_for(read_anew(shop), 5)
    assert await shop.waiting() == waited
    (row,) = kept
    columns = ", ".join(row.keys())
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await shop.api.pool.execute(f"insert into connector.credentials ({columns}) values ({places})", *row)
    await read_anew(shop)
    assert await shop.waiting() == {}
    assert await left(shop) == []
