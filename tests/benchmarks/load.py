"""Signed webhooks, made ahead, and a client that sends them as fast as they are answered."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from random import Random
from typing import cast

from connector.envelope import sign
from connector.simulator.payloads.assemble import assemble
from connector.simulator.shop import Shop
from connector.simulator.trade import Trader

SHOP = "bench-shop.myshopify.com"
SECRET = b"bench"


@dataclass
class Report:
    """What the client saw: statuses, and seconds to each answer."""

    statuses: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    took: float = 0.0


def bodies(acts: int = 1500) -> list[tuple[str, bytes]]:
    """Topics and bodies of a shop's opening and trade, in the order of the events."""
    clock = _Clock()
    shop = Shop(SHOP, 1, clock)
    trader = Trader(shop, Random(1))
    events = trader.open_shop(200)
    for _ in range(acts):
        clock.now += timedelta(seconds=1)
        events += trader.step()
    made = ((event.topic, assemble(shop, event)) for event in events)
    return [(topic, body) for topic, body in made if body is not None]


def requests(source: Sequence[tuple[str, bytes]], count: int, *, port: int) -> list[bytes]:
    """``count`` HTTP requests, each a delivery of its own."""
    signed = [(topic, body, sign(body, SECRET)) for topic, body in source]
    start = datetime.now(UTC)
    made = []
    for number, (topic, body, signature) in enumerate(islice(cycle(signed), count)):
        triggered = (start + timedelta(microseconds=number)).isoformat().replace("+00:00", "Z")
        made.append(
            f"POST /webhooks/shopify HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nUser-Agent: Shopify-Captain-Hook\r\nX-Shopify-Topic: {topic}\r\n"
            f"X-Shopify-Hmac-Sha256: {signature}\r\nX-Shopify-Shop-Domain: {SHOP}\r\n"
            f"X-Shopify-API-Version: 2026-10\r\nX-Shopify-Webhook-Id: {uuid.uuid4()}\r\n"
            f"X-Shopify-Event-Id: {uuid.uuid4()}\r\nX-Shopify-Triggered-At: {triggered}\r\n\r\n".encode()
            + body
        )
    return made


async def send(made: Sequence[bytes], *, port: int, connections: int) -> Report:
    """Send everything over that many kept-alive connections, one request at a time on each."""
    report, waiting = Report(), deque(made)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(lambda: _Client(waiting, report), "127.0.0.1", port)
        clients.append(client)
    await asyncio.gather(*[client.done for client in clients])
    report.took = time.perf_counter() - started
    return report


async def trickle(made: Sequence[bytes], *, port: int, pause: float) -> None:
    """Send one after the other with a pause between, as an idle shop does."""
    for request in made:
        await send([request], port=port, connections=1)
        await asyncio.sleep(pause)


class _Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class _Client(asyncio.Protocol):
    def __init__(self, waiting: deque[bytes], report: Report) -> None:
        self._waiting, self._report = waiting, report
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        status = int(data[9:12])
        self._report.seconds.append(time.perf_counter() - self._sent_at)
        self._report.statuses[status] = self._report.statuses.get(status, 0) + 1
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError())

    def _next(self) -> None:
        if self.done.done():
            return  # nobody waits for it any more
        if not self._waiting:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._waiting.popleft())


def quantiles(values: Sequence[float]) -> Iterator[float]:
    """p50 and p99 in milliseconds."""
    ordered = sorted(values)
    yield from (1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99))
