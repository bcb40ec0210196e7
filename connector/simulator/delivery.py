"""Delivering events as webhooks over HTTP: signed, at least once, retried, sometimes never."""

import asyncio
import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, fields
from random import Random
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from connector.simulator.chaos import Chaos
from connector.simulator.counters import Counters
from connector.simulator.destinations import Destination, destinations_of, only
from connector.simulator.event import Event
from connector.simulator.payloads.assemble import assemble
from connector.simulator.shop import Shop

API_VERSION: Final = "2026-10"
RETRIES: Final = 8
TIMEOUT: Final = aiohttp.ClientTimeout(total=5, sock_connect=1)


def signed_headers(
    event: Event, domain: str, body: bytes, secret: str, webhook_id: str | None = None
) -> dict[str, str]:
    """What Shopify sends with a webhook. Retries repeat every one of them."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    triggered_at = event.triggered_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {
        "Content-Type": "application/json",
        "User-Agent": "Shopify-Captain-Hook",
        "X-Shopify-Topic": event.topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        "X-Shopify-Shop-Domain": domain,
        "X-Shopify-API-Version": API_VERSION,
        "X-Shopify-Webhook-Id": webhook_id or event.webhook_id,
        "X-Shopify-Event-Id": event.event_id,
        "X-Shopify-Triggered-At": triggered_at,
    }


@dataclass(slots=True)
class Parcel:
    """An event under way to one address. Once assembled its body stays, whatever happens to the shop."""

    event: Event
    destination: Destination
    body: bytes | None = None


class Courier:
    """Delivers while it is open (`async with`). `settled` gathers the events that are owed no longer."""

    def __init__(
        self,
        shop: Shop,
        target: str | None,
        secret: str,
        *,
        chaos: Chaos | None = None,
        random: Random | None = None,
        connections: int = 64,
        backoff: float = 0.25,
    ) -> None:
        self.chaos = chaos or Chaos()
        self.counters = Counters()
        self.settled: list[Event] = []
        self._shop = shop
        self._target = target  # gets everything, subscribed or not
        self._owed: Counter[str] = Counter()
        self._secret = secret
        self._random = random or Random()
        self._connections = connections
        self._backoff = backoff  # seconds before the first retry, doubled for each one after it
        self._ready: asyncio.Queue[tuple[Parcel, int]] = asyncio.Queue()
        self._idle = asyncio.Event()
        self._idle.set()
        self._workers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=self._connections)
        self._session = aiohttp.ClientSession(connector=connector, timeout=TIMEOUT)
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._connections)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._session.close()

    def send(self, events: Iterable[Event]) -> None:
        """Take events for delivery; answers at once."""
        for event in events:
            if self._random.random() < self.chaos.drops:
                self.counters.dropped += 1
                self.settled.append(event)
                continue
            destinations = destinations_of(self._shop, event, self._target)
            if not destinations:
                self.counters.unwanted += 1
                self.settled.append(event)
            for destination in destinations:
                parcel = Parcel(event, destination)
                self._schedule(parcel)
                if self._random.random() < self.chaos.duplicates:
                    self.counters.duplicated += 1
                    self._schedule(parcel)

    async def drain(self, timeout: float) -> int:
        """Wait until nothing is pending, at most `timeout` seconds; answers with how much still is."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), timeout)
        return self.counters.pending

    def failures(self) -> list[str]:
        """Errors of our own that ended a worker; there should be none."""
        ended = [worker for worker in self._workers if worker.done() and not worker.cancelled()]
        return [repr(worker.exception()) for worker in ended]

    def stats(self) -> dict[str, Any]:
        return {f.name: getattr(self.counters, f.name) for f in fields(Counters)}

    def _schedule(self, parcel: Parcel) -> None:
        self.counters.pending += 1
        self._owed[parcel.event.webhook_id] += 1
        self._idle.clear()
        self._later(self._random.random() * self.chaos.reorder, parcel, 0)

    def _later(self, delay: float, parcel: Parcel, tries: int) -> None:
        if delay:
            asyncio.get_running_loop().call_later(delay, self._ready.put_nowait, (parcel, tries))
        else:
            self._ready.put_nowait((parcel, tries))

    async def _work(self) -> None:
        while True:
            parcel, tries = await self._ready.get()
            await self._attempt(parcel, tries)

    async def _attempt(self, parcel: Parcel, tries: int) -> None:
        if parcel.body is None:
            body = assemble(self._shop, parcel.event)
            parcel.body = None if body is None else only(body, parcel.destination.fields)
        if parcel.body is None:
            self.counters.vanished += 1
            return self._done(parcel)
        if tries:
            self.counters.retried += 1
        else:
            self.counters.sent += 1
        if await self._post(parcel, parcel.body):
            self.counters.acknowledged += 1
            self.counters.topics[parcel.event.topic] += 1
            return self._done(parcel)
        if tries < RETRIES:
            pause = self._backoff * 2**tries * self._random.uniform(0.8, 1.2)
            return self._later(pause, parcel, tries + 1)
        self.counters.failed += 1
        gone = self._shop.register.app.subscriptions.pop(parcel.destination.subscription_id or 0, None)
        self.counters.unsubscribed += gone is not None
        return self._done(parcel)

    async def _post(self, parcel: Parcel, body: bytes) -> bool:
        """Only 2xx is an acknowledgement; a redirect is not followed."""
        named = parcel.destination.webhook_id(parcel.event)
        headers = signed_headers(parcel.event, self._shop.domain, body, self._secret, named)
        try:
            async with self._session.post(
                parcel.destination.address, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    def _done(self, parcel: Parcel) -> None:
        self.counters.pending -= 1
        self._owed[parcel.event.webhook_id] -= 1
        if not self._owed[parcel.event.webhook_id]:
            del self._owed[parcel.event.webhook_id]
            self.settled.append(parcel.event)
        if not self.counters.pending:
            self._idle.set()
