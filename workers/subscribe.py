"""Keeps a shop's webhook subscriptions: missing ones made again, their gaps compared, and why they went."""

from __future__ import annotations

from connector import connected, heard, log, public_url, queue, subscriptions
from connector.postgres import Pool
from connector.settings import Settings
from connector.shopify import check
from connector.shopify.client import Admin
from connector.vault import Vault

logger = log.get("subscriptions")


async def subscribe(config: Settings, pool: Pool, redis: queue.Redis, admin: Admin, shop_id: int) -> None:
    """Look once and mend; nothing where no public URL is set, or the operator removed the subscriptions.

    Raises ConfigurationError for a public URL that Shopify would not take, else as ``Admin.ask`` does.
    """
    uri = public_url.webhook_address(config)
    if uri is None or not await subscriptions.wanted(pool, shop_id):
        return
    found = await check.check(admin)
    await connected.note(pool, Vault(config), admin.shop, found)
    kept = await subscriptions.keep(pool, redis, admin, shop_id, uri, found.scopes)
    for loss in kept.losses:
        logger.warning("a subscription was lost", shop=admin.shop, topic=loss.topic, why=loss.words)
    for topic, why in kept.done.refused.items():
        logger.error("Shopify refuses a subscription", shop=admin.shop, topic=topic, why=why)
    if changed := [*kept.done.created, *kept.done.updated]:
        logger.info("subscribed", shop=admin.shop, topics=len(changed))


async def subscribe_all(pool: Pool, redis: queue.Redis) -> None:
    """Have every connected shop looked at, and the deliveries of the hour counted."""
    for shop_id in await subscriptions.to_register(pool):
        await subscriptions.soon(redis, shop_id)
    await heard.count(pool)
    await heard.forget(pool)
