"""A simulated shop that is connected, and what the API's worker works with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from connector import keyring, queue, shops, syncs
from connector.deliveries import Outcome
from connector.envelope import Envelope
from connector.postgres import Pool
from connector.settings import Settings
from connector.shopify.credentials import recognise
from connector.simulator.compare import KEYS, Difference, differences
from connector.simulator.event import Event
from connector.simulator.payloads.assemble import assemble
from connector.simulator.truth import truth
from connector.status import rows_of
from connector.vault import Vault
from tests import deliveries
from tests.simulator.admin.app import STATIC, App, installed
from tests.simulator.shops import DOMAIN, ticking
from workers import jobs
from workers.api import Api
from workers.batch import Batches
from workers.main import make_api_worker


@dataclass
class Connected:
    """One end at Shopify, the other in Postgres."""

    app: App
    api: Api
    shop_id: int

    async def work(self) -> int:
        """Run everything that waits in the API's queue; return how many jobs that were."""
        worker = make_api_worker(self.api, burst=True)
        await worker.async_run()
        return worker.jobs_complete

    async def hear(self, envelopes: Iterable[Envelope], *, waking: bool = False) -> list[Outcome]:
        """Settle webhooks as one batch, as a worker does; ``waking`` also has read anew what is thin."""
        parts = jobs.context(self.api.settings, self.api.pool, self.api.redis)
        batches = parts.batches if waking else Batches(self.api.pool)
        return await batches.settle(list(envelopes))

    def webhooks(self, events: Iterable[Event], *topics: str) -> list[Envelope]:
        """The webhooks of events with the state of the shop as it is now; of some topics only, if given."""
        bodies = [(event, assemble(self.app.shop, event)) for event in events]
        return [
            webhook(event.topic, body, event.triggered_at)
            for event, body in bodies
            if body is not None and (not topics or event.topic in topics)
        ]

    async def read_anew(self) -> None:
        """Have what waits read now: nobody waits for more of its kind to settle."""
        await self.api.pool.execute("update connector.refetches set due_at = clock_timestamp()")
        await queue.call(self.api.redis, "refetch", self.shop_id)
        await self.work()

    async def waiting(self) -> dict[str, int]:
        """How many things wait to be read anew, by kind."""
        rows = await self.api.pool.fetch("select kind, count(*) from connector.refetches group by kind")
        return {row["kind"]: row["count"] for row in rows}

    async def asked(self, name: str) -> int:
        """How often Shopify was asked an operation of this name."""
        return int((await self.app.steer())["requests"].get(name, 0))

    async def sync(self, what: str = "all") -> syncs.Run:
        """Import and wait for its end."""
        run, _ = await syncs.begin(self.api.pool, self.shop_id, syncs.WHAT[what], "asked")
        return await self.go_on(run)

    async def go_on(self, run: syncs.Run) -> syncs.Run:
        """Let a begun import run to its end."""
        await queue.call(self.api.redis, "sync", run.run_id)
        await self.work()
        return await syncs.get(self.api.pool, run.run_id)

    async def streams(self) -> dict[str, syncs.Stream]:
        """The latest import's streams by name."""
        run = await syncs.latest(self.api.pool, self.shop_id)
        assert run
        return {stream.stream: stream for stream in await syncs.streams(self.api.pool, run.run_id)}

    async def differences(self, views: set[str] | None = None) -> list[Difference]:
        """Where the views differ from what the shop holds, over all that the Admin API tells."""
        told = {
            name: rows
            for name, rows in truth(self.app.shop, admin=True).items()
            if not views or name in views
        }
        return differences(told, {view: await rows_of(self.api.pool, view) for view in KEYS})


def webhook(topic: str, body: Any, at: datetime | None, **changed: Any) -> Envelope:
    """A webhook of the simulated shop, triggered then."""
    given = {"shop": DOMAIN, "triggered_at": at, "received_at": at or datetime.now(UTC)}
    return deliveries.envelope(topic, body, **(given | changed))


@asynccontextmanager
async def connected(
    settings: Settings, pool: Pool, redis: queue.Redis, *, changed: dict[str, Any] | None = None, **shop: Any
) -> AsyncIterator[Connected]:
    """A shop after some trade, its app's credentials stored here; nothing imported yet.

    It lives yesterday, a moment passing with each look at its clock: nothing is too late to be compared.
    """
    shop.setdefault("clock", ticking(since=datetime.now(UTC) - timedelta(days=1)))
    async with installed(**shop) as app, aiohttp.ClientSession() as http:
        config = settings.model_copy(
            update={"shop_url": DOMAIN, "shopify_origin": f"http://127.0.0.1:{app.client.port}"}
            | (changed or {})
        )
        shop_id = await shops.add(pool, DOMAIN)
        given = recognise(STATIC.api_key, STATIC.api_password, "secret")
        await keyring.keep(pool, Vault(config), shop_id, DOMAIN, given)
        await app.steer(bucket=100_000, restore_rate=100_000)  # tests of throttling turn it down
        yield Connected(app, Api(config, pool, redis, http), shop_id)
