"""What the API's queue runs: refetch, import, reconcile, subscriptions. Their state is in Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from arq import Retry
from arq.worker import Function, func

from connector import connected, keyring, log, queue, reconciles, refetches, shops, syncs
from connector.errors import ConfigurationError, ConnectorError
from connector.postgres import Pool
from connector.settings import Settings
from connector.shopify import check
from connector.shopify.client import Admin
from connector.shopify.errors import NoAccess
from connector.shopify.scopes import includes
from connector.vault import Vault
from workers import due, policy
from workers import subscribe as subscribing
from workers.jobs import REFETCH, Failed, attempt, lasting
from workers.reconcile import reconcile as reconcile_family
from workers.refetch import Refetcher
from workers.sync.parts import Parts
from workers.sync.run import LACKING, WINDOW, Cancelled, Import
from workers.sync.stage import Stage
from workers.sync.streams import STREAMS

logger = log.get("api")

#: An import of a large shop takes hours; its lease is renewed while it runs.
LONGEST = 7 * 86_400
COMPARISONS_AT_ONCE = 4
#: What fails for good is not asked again at once; seconds.
SOONEST = 30.0


@dataclass(frozen=True, slots=True)
class Api:
    """What these jobs work with; made once per process."""

    settings: Settings
    pool: Pool
    redis: queue.Redis
    http: aiohttp.ClientSession
    admins: dict[str, Admin] = field(default_factory=dict)
    #: Each comparison of all of a family holds a connection of the pool while it needs others.
    comparing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(COMPARISONS_AT_ONCE))

    async def admin(self, shop_id: int) -> Admin:
        """A shop's Admin API; raises ConfigurationError where no credentials of it are stored."""
        domain = await shops.domain(self.pool, shop_id)
        if domain not in self.admins:
            self.admins[domain] = await connected.open_admin(
                self.settings, self.pool, self.redis, self.http, domain
            )
        return self.admins[domain]


@lasting
async def refetch(ctx: dict[str, Any], shop_id: int) -> None:
    """Read a shop's waiting things anew, until none waits."""
    api: Api = ctx["api"]
    ended = await attempt(_refetch(api, shop_id))
    if isinstance(ended, Failed):
        put_off(ctx, REFETCH, ended)
    if not ended:
        return  # what is due stays due, and the schedule looks again
    due_at = await refetches.next_due(api.pool, shop_id)
    if due_at is not None and (wait := (due_at - datetime.now(UTC)).total_seconds()) < 60:
        raise Retry(defer=max(wait, 0.05))


@lasting
async def refetch_all(ctx: dict[str, Any]) -> None:
    """Call for every shop that has something due: a wake-up may have been lost."""
    api: Api = ctx["api"]
    for shop_id in await refetches.shops_waiting(api.pool):
        await queue.call(api.redis, REFETCH, shop_id)
    for run in await syncs.running(api.pool):
        await queue.call(api.redis, "sync", run.run_id)


@lasting
async def sync(ctx: dict[str, Any], run_id: int) -> None:
    """Go on with an import until it ended; what is away only puts it off."""
    api: Api = ctx["api"]
    run = await syncs.get(api.pool, run_id)
    if run.state != "running":
        return
    async with syncs.held(api.pool, run_id) as ours:
        if not ours:  # another worker's, whose lease on the job was lost
            raise Retry(defer=SOONEST)
        ended = await attempt(_sync(api, run))
    if not isinstance(ended, Failed):
        return
    if isinstance(ended.error, Cancelled):
        await attempt(_abandon(api, run))
        return
    words = _words(ended)
    if isinstance(ended.error, NoAccess) and run.reason == "asked":
        # Who asked is there to mend it, and waits for a word.
        words = f"{words}. When that is mended, go on with: connector sync --resume"
    elif ended.rule.kind == "transient":
        await syncs.trouble(api.pool, run_id, words)
        put_off(ctx, "sync", ended)
    logger.error("the import failed", run=run_id, error=words)
    await syncs.end(api.pool, run_id, "failed", words)


@lasting
async def reconcile(ctx: dict[str, Any], shop_id: int) -> None:
    """Compare what is due of a shop, or was asked for, and repair it.

    What is away only puts it off; a family that cannot be compared holds up no other.
    """
    api: Api = ctx["api"]
    ended = await attempt(_reconcile(api, shop_id))
    if isinstance(ended, Failed):
        put_off(ctx, "reconcile", ended)


@lasting
async def keep_current(ctx: dict[str, Any]) -> None:
    """Begin first imports, and compare what is due, for every connected shop."""
    api: Api = ctx["api"]
    await keyring.publish(api.pool, api.redis, Vault(api.settings))
    for shop_id in await due.connected_shops(api.pool):
        if await syncs.latest(api.pool, shop_id) is None:
            run, _ = await syncs.begin(api.pool, shop_id, syncs.WHAT["all"], "first")
            await queue.call(api.redis, "sync", run.run_id)
        elif await due.comparisons(api.pool, api.settings, shop_id):
            await queue.call(api.redis, "reconcile", shop_id)


@lasting
async def subscribe(ctx: dict[str, Any], shop_id: int) -> None:
    """Make a shop's webhook subscriptions what they should be; the schedule looks again anyway."""
    api: Api = ctx["api"]
    ended = await attempt(_subscribe(api, shop_id))
    if not isinstance(ended, Failed):
        return
    if ended.rule.kind == "transient":
        put_off(ctx, "subscribe", ended)
    logger.error("the subscriptions are not kept", shop_id=shop_id, error=_words(ended))


@lasting
async def subscribe_all(ctx: dict[str, Any]) -> None:
    """Have every shop's subscriptions looked at."""
    api: Api = ctx["api"]
    await subscribing.subscribe_all(api.pool, api.redis)


async def _subscribe(api: Api, shop_id: int) -> None:
    admin = await api.admin(shop_id)
    await subscribing.subscribe(api.settings, api.pool, api.redis, admin, shop_id)


async def _reconcile(api: Api, shop_id: int) -> None:
    admin = await api.admin(shop_id)
    scopes: tuple[str, ...] | None = None
    for each in await due.comparisons(api.pool, api.settings, shop_id):
        if scopes is None:
            scopes = (await check.check(admin)).scopes
        family = each.comparison.family
        if not any(includes(scopes, scope) for scope in each.comparison.scopes):
            await reconciles.put_off(api.pool, shop_id, [family], LACKING)
            continue
        ended = await attempt(_compare(api, admin, shop_id, each, scopes))
        if isinstance(ended, Failed):
            if ended.rule.kind == "transient":
                raise ended.error
            logger.error("a family cannot be compared", family=family, error=_words(ended))
            await reconciles.put_off(api.pool, shop_id, [family], LACKING)


async def _compare(api: Api, admin: Admin, shop_id: int, each: due.Due, scopes: Sequence[str]) -> None:
    async with api.comparing:
        await reconcile_family(
            api.pool,
            admin,
            shop_id,
            each.comparison,
            each.kind,
            share=api.settings.reconcile_share,
            stuck_after=api.settings.sync_stuck_after,
            grace=each.grace,
            window=None if includes(scopes, "read_all_orders") else datetime.now(UTC) - WINDOW,
        )


async def _refetch(api: Api, shop_id: int) -> bool:
    """Whether the shop can be asked."""
    try:
        admin = await api.admin(shop_id)
    except ConfigurationError as error:
        logger.debug("nothing is read anew", shop_id=shop_id, reason=str(error))
        return False
    await Refetcher(api.pool, admin, shop_id).all_due()
    return True


async def _sync(api: Api, run: syncs.Run) -> None:
    admin = await api.admin(run.shop_id)
    # What changes after the export must be told: subscriptions come first.
    subscribed = await attempt(subscribing.subscribe(api.settings, api.pool, api.redis, admin, run.shop_id))
    if isinstance(subscribed, Failed):
        logger.warning("imported without subscriptions", error=str(subscribed.error))
    found = await check.check(admin)
    await connected.note(api.pool, Vault(api.settings), admin.shop, found)
    wanted = {scope for stream in STREAMS.values() for scope in stream.scopes} | {"read_all_orders"}
    await Import(_parts(api, admin, run, {scope for scope in wanted if includes(found.scopes, scope)})).go()


async def _abandon(api: Api, run: syncs.Run) -> None:
    admin = await api.admin(run.shop_id)
    await Import(_parts(api, admin, run, ())).abandon()


def _parts(api: Api, admin: Admin, run: syncs.Run, scopes: Iterable[str]) -> Parts:
    return Parts(api.settings, api.pool, admin, run, frozenset(scopes), Stage(run.run_id))


def put_off(ctx: dict[str, Any], what: str, failed: Failed) -> None:
    """Have the job run again later; raises Retry."""
    wait = policy.delay(failed.rule, ctx["job_try"])
    logger.warning("held back", function=what, error=_words(failed), retry_in=round(wait, 1))
    raise Retry(defer=max(wait, 0.5 if failed.rule.kind == "transient" else SOONEST))


def _words(failed: Failed) -> str:
    if isinstance(failed.error, ConnectorError):
        return str(failed.error)
    return policy.describe(failed.error, failed.rule).error


FUNCTIONS: list[Function] = [func(job, timeout=LONGEST) for job in (refetch, sync, reconcile, subscribe)]
