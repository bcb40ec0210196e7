"""How each topic stands at Shopify now: subscribed, missing and why, lacking a scope, or told to others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from connector import heard, subscriptions
from connector.postgres import Pool
from connector.shopify.client import Admin
from connector.shopify.subscriptions import Subscription, listed, ours
from connector.shopify.topics import enum_of, lacking
from connector.topics import TOPICS


class TopicState(msgspec.Struct, frozen=True):
    """One topic of one shop. ``lost`` says when it was last found gone, and why."""

    shop: str
    topic: str
    state: str
    last_delivery_at: datetime | None = None
    api_version: str | None = None
    lost: str | None = None
    lost_at: datetime | None = None
    restored_at: datetime | None = None


async def look(
    pool: Pool, admin: Admin, shop_id: int, uri: str | None, scopes: Iterable[str]
) -> list[TopicState]:
    """Every topic that we want, then what this app subscribed to for other addresses."""
    present = await listed(admin)
    mine = ours(present, uri, await subscriptions.known_ids(pool, shop_id))
    standing = {made.topic: made for made in sorted(mine, key=lambda made: made.uri == uri)}
    last = await heard.last(pool, shop_id)
    lost = {row["topic"]: row for row in reversed(await subscriptions.lost(pool, shop_id))}
    refused = {
        row["topic"]: row["note"]
        for row in await subscriptions.standing(pool)
        if row["shop"] == admin.shop and row["state"] == "refused"
    }
    granted = set(scopes)
    found = []
    for topic in TOPICS:
        made, loss = standing.get(enum_of(topic)), lost.get(topic)
        found.append(
            TopicState(
                shop=admin.shop,
                topic=topic,
                state=_state(made, uri, lacking(topic, granted), refused.get(topic)),
                last_delivery_at=last.get(topic),
                api_version=made.api_version.handle if made and made.api_version else None,
                lost=loss and loss["words"],
                lost_at=loss and loss["noticed_at"],
                restored_at=loss and loss["restored_at"],
            )
        )
    names = {enum_of(topic): topic for topic in TOPICS}
    return found + [
        TopicState(admin.shop, names.get(made.topic, made.topic), "other address")
        for made in present
        if made not in mine
    ]


def _state(made: Subscription | None, uri: str | None, needed: tuple[str, ...], refused: str | None) -> str:
    if needed:
        return f"lacking scope {' or '.join(needed)}"
    if made is None:
        return f"refused: {refused}" if refused else "missing"
    if made.uri != uri:
        return "subscribed, to the former address"
    return "subscribed" if made.whole else "subscribed, changed by somebody"
