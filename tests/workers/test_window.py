"""Orders that the app may not see: that Shopify does not show them proves nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector import queue, reconciles, refetches
from connector.changes import Refetch
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.installation import NEEDED
from tests.deliveries import envelope
from tests.simulator.shops import DOMAIN
from tests.workers.connected import Connected, connected
from workers.batch import Batches

OLD, RECENT = 7001, 7002


async def stand(pool: Pool) -> set[int]:
    rows = await pool.fetch(
        "select id from connector.orders where id = any($1) and deleted_at is null", [OLD, RECENT]
    )
    return {row["id"] for row in rows}


async def told_of_both(pool: Pool) -> None:
    """Both were told by webhooks, and Shopify shows neither."""
    now = datetime.now(UTC)
    for order_id, age in ((OLD, 70), (RECENT, 10)):
        at = now - timedelta(days=age)
        body = {
            "id": order_id,
            "name": f"#{order_id}",
            "created_at": at.isoformat(),
            "updated_at": at.isoformat(),
        }
        await Batches(pool).settle([envelope("orders/create", body, shop=DOMAIN, triggered_at=at)])


async def refetched(shop: Connected) -> None:
    async with shop.api.pool.acquire() as connection:
        things = [Refetch("Order", OLD), Refetch("Order", RECENT)]
        await refetches.ask(connection, shop.shop_id, things, now=True)
    await queue.call(shop.api.redis, "refetch", shop.shop_id)
    await shop.work()


async def compared(shop: Connected) -> None:
    await reconciles.want(shop.api.pool, shop.shop_id, ["orders"], "full")
    await queue.call(shop.api.redis, "reconcile", shop.shop_id)
    await shop.work()


async def imported(shop: Connected) -> None:
    assert (await shop.sync("orders")).state == "done"


async def test_only_orders_that_would_be_seen_are_taken_for_gone(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    async with connected(settings, pool, redis) as shop:
        await shop.app.steer(scopes=[scope for scope in NEEDED if scope != "read_all_orders"])
        await imported(shop)  # and with it, what the app may
        for look in (refetched, compared, imported):
            await pool.execute("delete from connector.orders")
            await told_of_both(pool)
            assert await stand(pool) == {OLD, RECENT}
            await look(shop)
            assert await stand(pool) == {OLD}, look.__name__
        await shop.app.steer(scopes=list(NEEDED))
        await imported(shop)
        assert await stand(pool) == set()
