"""Subscriptions on a schedule: made, made again, why one was gone, and its gap handed to the comparison."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connector import queue, reconciles, subscriptions
from connector.losses import RETRIED_FOR
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.installation import NEEDED
from connector.topics import TOPICS
from tests.connector.door import opened, stored
from tests.simulator.shops import DOMAIN
from tests.workers.connected import Connected, connected
from workers import jobs
from workers.main import make_worker
from workers.schedule import API_SCHEDULE

URL = "https://till.example"
URI = f"{URL}/webhooks/shopify"
LONG_AGO = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
async def shop(settings: Settings, pool: Pool, redis: queue.Redis) -> AsyncIterator[Connected]:
    async with connected(settings, pool, redis, changed={"public_url": URL}) as shop:
        yield shop


async def look(shop: Connected) -> None:
    """One round of the schedule's, without the comparison that it may call for."""
    await subscriptions.soon(shop.api.redis, shop.shop_id)
    await shop.work()


async def there(shop: Connected, uri: str = URI) -> set[str]:
    return {each["topic"] for each in (await shop.app.steer())["subscriptions"] if each["uri"] == uri}


async def states(shop: Connected) -> dict[str, str]:
    return {row["topic"]: row["state"] for row in await subscriptions.standing(shop.api.pool)}


async def causes(shop: Connected) -> dict[str, str]:
    return {row["topic"]: row["cause"] for row in await subscriptions.lost(shop.api.pool)}


async def backdate(shop: Connected, **columns: datetime) -> None:
    for column, moment in columns.items():
        await shop.api.pool.execute(f"update connector.subscriptions set {column} = $1", moment)


async def test_all_are_made_and_a_second_look_changes_nothing(shop: Connected) -> None:
    await look(shop)
    assert await there(shop) == set(TOPICS)
    assert set((await states(shop)).values()) == {"present"}
    asked = (await shop.app.steer())["requests"]["SubscriptionCreate"]
    assert asked == len(TOPICS)
    await look(shop)
    assert (await shop.app.steer())["requests"]["SubscriptionCreate"] == asked
    assert await causes(shop) == {}
    versions = await shop.api.pool.fetch("select distinct api_version, uri from connector.subscriptions")
    assert [tuple(row) for row in versions] == [("2026-10", URI)]


async def test_a_lost_one_is_made_again_and_its_gap_is_compared(shop: Connected) -> None:
    await look(shop)
    await shop.app.steer(drop_subscriptions=["orders/create", "returns/approve", "shop/update"])
    seen_at = datetime.now(UTC) - timedelta(minutes=15)
    await backdate(shop, seen_at=seen_at, looked_at=seen_at)
    await reconciles.covered(shop.api.pool, shop.shop_id, "orders", datetime.now(UTC), full=True)
    await reconciles.covered(shop.api.pool, shop.shop_id, "products", datetime.now(UTC), full=True)
    await subscriptions.soon(shop.api.redis, shop.shop_id)
    admin = await shop.api.admin(shop.shop_id)
    kept = await subscriptions.keep(shop.api.pool, shop.api.redis, admin, shop.shop_id, URI, NEEDED)
    assert await there(shop) == set(TOPICS)
    assert {loss.topic for loss in kept.losses} == {"orders/create", "returns/approve", "shop/update"}
    assert {loss.cause for loss in kept.losses} == {"deleted"}
    assert kept.looked_back == {"orders": seen_at - RETRIED_FOR}
    reached = await reconciles.reached(shop.api.pool, shop.shop_id, "orders")
    assert reached.until == seen_at - RETRIED_FOR
    untouched = await reconciles.reached(shop.api.pool, shop.shop_id, "products")
    assert untouched.until and untouched.until > seen_at
    waiting = {job.function for job in await shop.api.redis.queued_jobs(queue_name=queue.API_QUEUE)}
    assert waiting == {"subscribe", "reconcile"}
    rows = await subscriptions.lost(shop.api.pool, shop.shop_id)
    assert all(row["restored_at"] for row in rows)
    assert {row["topic"]: row["looked_back_to"] for row in rows}["orders/create"] == seen_at - RETRIED_FOR


async def test_what_was_deleted_meanwhile_is_found_by_comparing_everything(shop: Connected) -> None:
    await look(shop)
    await shop.app.steer(drop_subscriptions=["products/delete", "customers/update", "app/uninstalled"])
    admin = await shop.api.admin(shop.shop_id)
    await subscriptions.keep(shop.api.pool, shop.api.redis, admin, shop.shop_id, URI, NEEDED)
    wanted = {
        family: (await reconciles.reached(shop.api.pool, shop.shop_id, family)).wanted
        for family in ("products", "customers", "orders")
    }
    assert wanted == {"products": "full", "customers": None, "orders": None}


async def test_a_gap_is_compared_from_the_last_delivery_where_that_was_earlier(shop: Connected) -> None:
    await look(shop)
    await shop.api.pool.execute(
        "insert into connector.heard values ($1, 'orders/paid', date_trunc('hour', $2::timestamptz), 1, $2)",
        shop.shop_id,
        LONG_AGO,
    )
    await backdate(shop, since=LONG_AGO - timedelta(days=1))
    await shop.app.steer(drop_subscriptions=["orders/create"])
    admin = await shop.api.admin(shop.shop_id)
    kept = await subscriptions.keep(shop.api.pool, shop.api.redis, admin, shop.shop_id, URI, NEEDED)
    assert [loss.cause for loss in kept.losses] == ["unreachable"]
    assert kept.looked_back == {"orders": LONG_AGO - RETRIED_FOR}


async def test_a_loss_stays_open_until_its_gap_was_handed_over(
    shop: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program ends between making it again and calling for the comparison."""
    await look(shop)
    await shop.app.steer(drop_subscriptions=["orders/create"])
    admin = await shop.api.admin(shop.shop_id)

    class Killed(BaseException):
        pass

    async def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(reconciles, "look_back", killed)
        with pytest.raises(Killed):
            await subscriptions.keep(shop.api.pool, shop.api.redis, admin, shop.shop_id, URI, NEEDED)
    assert "orders/create" in await there(shop)
    assert [row["restored_at"] for row in await subscriptions.lost(shop.api.pool)] == [None]
    kept = await subscriptions.keep(shop.api.pool, shop.api.redis, admin, shop.shop_id, URI, NEEDED)
    assert set(kept.looked_back) == {"orders"}
    again = await subscriptions.keep(shop.api.pool, shop.api.redis, admin, shop.shop_id, URI, NEEDED)
    assert again.looked_back == {}


async def test_a_lost_scope_is_named_and_its_return_compares_the_gap(shop: Connected) -> None:
    await look(shop)
    await shop.app.steer(scopes=[scope for scope in NEEDED if "customer" not in scope])
    await look(shop)
    lacking = {topic for topic, state in (await states(shop)).items() if state == "lacking"}
    assert lacking == {topic for topic in TOPICS if TOPICS[topic].family == "customers"}
    assert set((await causes(shop)).values()) == {"scope"}
    await shop.app.steer(scopes=list(NEEDED))
    admin = await shop.api.admin(shop.shop_id)
    kept = await subscriptions.keep(shop.api.pool, shop.api.redis, admin, shop.shop_id, URI, NEEDED)
    assert set(kept.looked_back) == {"customers"}
    assert set((await states(shop)).values()) == {"present"}


async def test_an_app_installed_anew_gets_all_of_them_again(shop: Connected) -> None:
    await look(shop)
    await shop.app.steer(tokens="revoke")
    await shop.app.steer(tokens="restore")
    await look(shop)
    assert await there(shop) == set(TOPICS)
    assert set((await causes(shop)).values()) == {"reinstalled"}


async def test_another_public_url_moves_them(shop: Connected, settings: Settings) -> None:
    await look(shop)
    ids = await subscriptions.known_ids(shop.api.pool, shop.shop_id)
    other = "https://new.example/webhooks/shopify"
    admin = await shop.api.admin(shop.shop_id)
    kept = await subscriptions.keep(shop.api.pool, shop.api.redis, admin, shop.shop_id, other, NEEDED)
    assert (set(kept.done.updated), kept.done.created) == (set(TOPICS), {})
    assert (await there(shop, other), await there(shop)) == (set(TOPICS), set())
    assert await subscriptions.known_ids(shop.api.pool, shop.shop_id) == ids
    assert {loss.cause for loss in kept.losses} == {"moved"}


async def test_removed_ones_stay_away_and_others_stay(shop: Connected) -> None:
    await shop.app.steer(foreign_subscriptions=[("orders/create", "https://other.example/hook")])
    await look(shop)
    admin = await shop.api.admin(shop.shop_id)
    gone = await subscriptions.remove(shop.api.pool, admin, shop.shop_id, URI)
    assert len(gone) == len(TOPICS)
    await look(shop)
    assert await there(shop) == set()
    assert await there(shop, "https://other.example/hook") == {"orders/create"}
    assert await subscriptions.to_register(shop.api.pool) == []


async def test_shopify_being_away_puts_it_off(settings: Settings, pool: Pool, redis: queue.Redis) -> None:
    changed = {"public_url": URL, "shopify_patience": 0.1}
    async with connected(settings, pool, redis, changed=changed) as shop:
        await shop.app.steer(status=503, status_next=2)
        await look(shop)  # the job is put off until it succeeds
        assert await there(shop) == set(TOPICS)


@pytest.mark.parametrize("url", [None, "http://till.example"])
async def test_without_an_address_nothing_is_made(
    settings: Settings, pool: Pool, redis: queue.Redis, url: str | None
) -> None:
    async with connected(settings, pool, redis, changed={"public_url": url}) as shop:
        await look(shop)
        assert (await shop.app.steer())["subscriptions"] == []


async def test_the_schedule_looks_after_every_connected_shop(shop: Connected) -> None:
    (cron,) = [each for each in API_SCHEDULE if each.name == "subscribe_all"]
    await cron.coroutine({"api": shop.api})
    await shop.work()
    assert await there(shop) == set(TOPICS)


async def test_what_is_subscribed_is_delivered_and_dropped_after_eight_failures(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    """The whole way: told to our door, lost while it is shut, noticed, made again."""
    known = settings.model_copy(update={"shop_url": DOMAIN, "webhook_secret": SecretStr("secret")})
    async with opened(known, redis) as (_, port):
        changed = {"public_url": f"http://127.0.0.1:{port}"}
        async with connected(settings, pool, redis, changed=changed, backoff=0.001) as shop:
            await look(shop)
            trade = shop.app.simulation
            trade.perform(trade.trader.step)
            assert await trade.courier.drain(10) == 0
            assert await stored(redis)
            parts = jobs.context(shop.api.settings, pool, redis)
            await make_worker(parts, burst=True).async_run()
            assert await pool.fetchval("select count(*) from connector.deliveries") > 0

            before = await there(shop, f"http://127.0.0.1:{port}/webhooks/shopify")
            await redis.config_set("maxmemory", 1)
            try:
                for _ in range(5):
                    trade.perform(trade.trader.step)
                assert await trade.courier.drain(20) == 0
            finally:
                await redis.config_set("maxmemory", 0)
            after = await there(shop, f"http://127.0.0.1:{port}/webhooks/shopify")
            assert after < before
            await look(shop)
            assert await there(shop, f"http://127.0.0.1:{port}/webhooks/shopify") == before
            assert set(await causes(shop)) == before - after


async def test_what_was_missed_while_they_were_gone_is_there_in_the_end(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    """Lost, noticed, made again, compared: no difference is left."""
    known = settings.model_copy(update={"shop_url": DOMAIN, "webhook_secret": SecretStr("secret")})
    async with opened(known, redis) as (_, port):
        changed = {"public_url": f"http://127.0.0.1:{port}"}
        async with connected(settings, pool, redis, changed=changed, acts=10) as shop:
            await shop.sync()
            await look(shop)
            assert await shop.differences() == []
            await shop.app.steer(drop_subscriptions=["*"])
            trade = shop.app.simulation
            for _ in range(10):
                trade.perform(trade.trader.step)
            assert await trade.courier.drain(10) == 0
            assert await shop.differences() != []
            assert not await stored(redis)
            await look(shop)
            assert set(await causes(shop)) == set(TOPICS)
            assert await shop.differences() == []
