"""Each shop's webhook subscriptions: kept as they are wanted, remembered, and their gaps compared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from connector import heard, losses, queue, reconciles
from connector.losses import RETRIED_FOR, Loss, Scene, Stood
from connector.postgres import Connection, Pool, blocks
from connector.shopify import subscriptions
from connector.shopify.client import Admin
from connector.shopify.subscriptions import Done, Plan, Subscription
from connector.shopify.topics import enum_of
from connector.topics import TOPICS

#: The function of the API's queue that keeps a shop's subscriptions.
SUBSCRIBE = "subscribe"
#: What was lost longer ago is no news.
NEWS = timedelta(days=14)

#: Families that are compared as part of others, or not at all.
_COMPARED_AS: dict[str, tuple[str, ...]] = {"returns": ("orders",), "shop": ()}

#: What these tell of is there no more: only a comparison of everything finds that out.
_GONE_BY = ("/delete", "/disconnect", "/merge")

_SQL = blocks("connector", "subscriptions")


class Kept(NamedTuple):
    """What a round did at Shopify, what it found lost, and how far back each family is compared for that."""

    done: Done
    losses: tuple[Loss, ...]
    looked_back: dict[str, datetime]


class _Known(NamedTuple):
    topic: str
    state: str
    subscription_id: str | None
    uri: str | None
    api_version: str | None
    note: str | None
    since: datetime | None
    seen_at: datetime | None
    looked_at: datetime


async def soon(redis: queue.Redis, shop_id: int) -> None:
    """Have a worker keep this shop's subscriptions now; raises Transient when Redis is away."""
    await queue.call(redis, SUBSCRIBE, shop_id)


async def to_register(pool: Pool) -> list[int]:
    """The shops whose subscriptions are to be kept: connected ones, where nobody removed them."""
    return [row["shop_id"] for row in await pool.fetch(_SQL["to_register"])]


async def wanted(pool: Pool, shop_id: int) -> bool:
    """Whether this shop is to have subscriptions."""
    return bool(await pool.fetchval(_SQL["wanted"], shop_id))


async def want(pool: Pool, shop_id: int, yes: bool) -> None:
    """Have the schedule keep this shop's subscriptions, or leave them gone."""
    await pool.execute(_SQL["want"], shop_id, yes)


async def keep(
    pool: Pool, redis: queue.Redis, admin: Admin, shop_id: int, uri: str, scopes: Iterable[str]
) -> Kept:
    """Make Shopify's list equal ours, say why one was gone, and have its gap compared.

    May end anywhere and be begun again: a loss stays open until its gap was handed to the comparison.
    Raises as ``Admin.ask`` does, and Transient when Redis is away.
    """
    known = await _known(pool, shop_id)
    present = await subscriptions.listed(admin)
    ids = {row.subscription_id for row in known.values() if row.subscription_id}
    planned = subscriptions.plan(tuple(TOPICS), present, uri, scopes, ids)
    found = await _lost(pool, shop_id, known, planned, uri)
    async with pool.acquire() as connection, connection.transaction():
        for loss in found:
            await connection.execute(_SQL["lose"], shop_id, *loss)
            await _note(connection, shop_id, loss.topic, "missing", note=loss.words)
    done = await subscriptions.carry_out(admin, planned, uri)
    if any(made is None for made in done.created.values()):  # taken already: look which one it is
        there = {made.topic: made for made in await subscriptions.listed(admin) if made.uri == uri}
        done.created.update({topic: there.get(enum_of(topic)) for topic in done.created})
    tells = {**done.kept, **done.updated, **done.created}
    looked_back = await _look_back(pool, redis, shop_id, tells.keys() - done.lacking.keys())
    await _remember(pool, shop_id, done, tells, uri)
    return Kept(done, tuple(found), looked_back)


async def remove(pool: Pool, admin: Admin, shop_id: int, uri: str | None) -> list[Subscription]:
    """Delete ours and no others, and have the schedule leave it so; those that were deleted."""
    known = await _known(pool, shop_id)
    ids = {row.subscription_id for row in known.values() if row.subscription_id}
    mine = subscriptions.ours(await subscriptions.listed(admin), uri, ids)
    await want(pool, shop_id, False)
    await subscriptions.delete(admin, mine)
    await pool.execute(_SQL["forget_others"], shop_id, [])
    await pool.execute(_SQL["close"], shop_id)
    return mine


async def known_ids(pool: Pool, shop_id: int) -> set[str]:
    """Shopify's ids of the subscriptions that this installation made."""
    known = await _known(pool, shop_id)
    return {row.subscription_id for row in known.values() if row.subscription_id}


async def standing(pool: Pool) -> list[dict[str, Any]]:
    """Each topic as the last look of each shop found it; Shopify is not asked."""
    return [dict(row) for row in await pool.fetch(_SQL["standing"])]


async def lost(pool: Pool, shop_id: int | None = None) -> list[dict[str, Any]]:
    """What was lost lately and why, the newest first."""
    return [dict(row) for row in await pool.fetch(_SQL["losses"], shop_id, NEWS)]


async def _known(pool: Pool, shop_id: int) -> dict[str, _Known]:
    return {row["topic"]: _Known(*row) for row in await pool.fetch(_SQL["known"], shop_id)}


async def _lost(pool: Pool, shop_id: int, known: dict[str, _Known], planned: Plan, uri: str) -> list[Loss]:
    stood = {
        topic: Stood(row.uri, row.since, row.seen_at, row.looked_at)
        for topic, row in known.items()
        if row.state == "present" and row.since and row.seen_at
    }
    looked_at = min((each.looked_at for each in stood.values()), default=None)
    scene = Scene(
        now=datetime.now(UTC),
        heard_at=max((await heard.last(pool, shop_id)).values(), default=None),
        uninstalled_at=looked_at and await pool.fetchval(_SQL["uninstalled_at"], shop_id, looked_at),
    )
    return losses.found(stood, planned, uri, scene)


async def _look_back(
    pool: Pool, redis: queue.Redis, shop_id: int, tells: Iterable[str]
) -> dict[str, datetime]:
    """Have the gap of each loss that ended compared: family → from when on."""
    restored = [row for row in await pool.fetch(_SQL["open"], shop_id) if row["topic"] in set(tells)]
    if not restored:
        return {}
    last = await heard.last(pool, shop_id)
    since: dict[str, datetime] = {}
    for row in restored:
        family = TOPICS[row["topic"]].family
        good = max((at for topic, at in last.items() if _family(topic) == family), default=row["seen_at"])
        # What Shopify was still trying to deliver when the subscription went is lost with it.
        begins = min(good, row["seen_at"]) - RETRIED_FOR
        for compared in _COMPARED_AS.get(family, (family,)):
            since[compared] = min(begins, since.get(compared, begins))
    for family, moment in since.items():
        await reconciles.look_back(pool, shop_id, [family], moment)
    deaf = {TOPICS[row["topic"]].family for row in restored if row["topic"].endswith(_GONE_BY)}
    await reconciles.want(pool, shop_id, deaf & since.keys(), "full")
    if since:
        await queue.call(redis, "reconcile", shop_id)
    for row in restored:
        topic = row["topic"]
        family = TOPICS[topic].family
        compared_from = [since[compared] for compared in _COMPARED_AS.get(family, (family,))]
        await pool.execute(_SQL["restore"], shop_id, topic, min(compared_from, default=None))
    return since


async def _remember(
    pool: Pool, shop_id: int, done: Done, tells: dict[str, Subscription | None], uri: str
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for topic in TOPICS:
            made = tells.get(topic)
            if topic in done.lacking:
                scopes = " or ".join(done.lacking[topic])
                await _note(connection, shop_id, topic, "lacking", made, note=f"lacking scope {scopes}")
            elif topic in done.refused:
                await _note(connection, shop_id, topic, "refused", note=done.refused[topic])
            else:
                await _note(connection, shop_id, topic, "present", made, uri=uri)
        await connection.execute(_SQL["forget_others"], shop_id, list(TOPICS))


async def _note(
    connection: Connection,
    shop_id: int,
    topic: str,
    state: str,
    made: Subscription | None = None,
    *,
    uri: str | None = None,
    note: str | None = None,
) -> None:
    version = made.api_version.handle if made and made.api_version else None
    number, address = (made.id, made.uri) if made else (None, uri)
    now = datetime.now(UTC)
    await connection.execute(_SQL["note"], shop_id, topic, state, number, address, version, note, now)


def _family(topic: str) -> str | None:
    return TOPICS[topic].family if topic in TOPICS else None
