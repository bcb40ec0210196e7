"""The door as a sender meets it: in this process or as a real one, spoken to in plain bytes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from aiohttp import web

from connector import queue
from connector.door import PATH, Door, make_app
from connector.envelope import Envelope, decode, sign
from connector.settings import Settings
from tests.conftest import SECRET, SHOP
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
BODY = b'{"id": 1, "email": "jane@example.com"}'


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, str]:
        told: dict[str, str] = msgspec.json.decode(self.body)
        return told


class Connection(NamedTuple):
    """One connection to the door."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> Answer:
        """The next answer, with its names of headers in lower case."""
        async with asyncio.timeout(8):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])
            }
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(head[0].split()[1]), headers, body)

    async def ends(self) -> bool:
        """Whether the door closes the connection without another word."""
        async with asyncio.timeout(3):
            return await self.reader.read() == b""


def head(body: bytes = BODY, length: int | None = None, *extra: str, webhook_id: str = "w-1") -> bytes:
    """A rightly signed request up to where its body begins; ``extra`` headers stand in for Content-Length."""
    lines = [
        f"POST {PATH} HTTP/1.1",
        "Host: door",
        "X-Shopify-Topic: products/update",
        f"X-Shopify-Hmac-Sha256: {sign(body, SECRET.encode())}",
        f"X-Shopify-Shop-Domain: {SHOP}",
        "X-Shopify-API-Version: 2026-10",
        f"X-Shopify-Webhook-Id: {webhook_id}",
        *(extra or [f"Content-Length: {len(body) if length is None else length}"]),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def opened(config: Settings, redis: queue.Redis) -> AsyncIterator[tuple[Door, int]]:
    """A door in this process, and its port."""
    door = Door(config, redis)
    runner = web.AppRunner(
        make_app(door, config.body_limit), access_log=None, auto_decompress=False, shutdown_timeout=1.0
    )
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield door, port
    finally:
        await runner.cleanup()


async def stored(redis: queue.Redis) -> list[Envelope]:
    """All deliveries in the queue."""
    jobs = await redis.queued_jobs(queue_name=queue.QUEUE)
    return [envelope for job in jobs for envelope in decode(job.args[0])]


@contextmanager
def process(redis_url: str, port: int, **changed: str) -> Iterator[subprocess.Popen[bytes]]:
    """An ingress process of this test's own, ended with it."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")} | {
        "CONNECTOR_REDIS_URL": redis_url,
        "CONNECTOR_SHOP_URL": SHOP,
        "CONNECTOR_WEBHOOK_SECRET": SECRET,
        "CONNECTOR_PORT": str(port),
    }
    started = subprocess.Popen(
        [sys.executable, "-m", "connector.ingress"], env=env | changed, cwd=ROOT, stderr=subprocess.PIPE
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


async def listening(port: int) -> None:
    """Return once somebody answers there; what was sent on other connections before has then been read."""
    deadline = time.monotonic() + 20
    while True:
        try:
            async with connection(port) as probe:
                probe.writer.write(b"GET /healthz HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n")
                assert (await probe.answer()).status == 200
                return
        except OSError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)


async def ended(started: subprocess.Popen[bytes], within: float = 10) -> tuple[int, str]:
    """Its exit code, and all it said."""
    _, words = await asyncio.to_thread(started.communicate, None, within)
    return started.returncode, words.decode()
