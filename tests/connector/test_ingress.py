"""The public door: the exact answers, and nothing begun is dropped."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connector import queue
from connector.door import PATH, Door, make_app
from connector.embedded import Servers
from connector.envelope import decode, sign
from connector.settings import Settings
from tests.conftest import SECRET, SHOP, make_settings
from tests.servers import free_port, servers_of_its_own

ROOT = Path(__file__).parents[2]
BODY = b'{"id": 1}'


def headers(body: bytes = BODY, **changed: str) -> dict[str, str]:
    return {
        "X-Shopify-Topic": "products/update",
        "X-Shopify-Hmac-Sha256": sign(body, SECRET.encode()),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": "w-1",
    } | {name.replace("_", "-"): value for name, value in changed.items()}


class House:
    """A door in this process, and a client before it."""

    def __init__(self, door: Door, url: str, session: aiohttp.ClientSession) -> None:
        self.door, self.url, self.session = door, url, session

    async def ask(self, method: str = "POST", path: str = PATH, **given: Any) -> tuple[int, Any, Any]:
        async with self.session.request(method, self.url + path, **given) as answer:
            text = await answer.text()
            is_json = answer.content_type == "application/json"
            return answer.status, (await answer.json() if is_json and text else text), answer.headers


@pytest.fixture
async def house(settings: Settings, redis: queue.Redis) -> AsyncIterator[House]:
    small = settings.model_copy(update={"body_limit": 2000, "intake_max_requests": 2})
    door = Door(small, redis)
    runner = web.AppRunner(make_app(door, small.body_limit), access_log=None, auto_decompress=False)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with aiohttp.ClientSession() as session:
        yield House(door, f"http://127.0.0.1:{port}", session)
    await runner.cleanup()


async def stored(redis: queue.Redis) -> list[bytes]:
    """The bodies of all deliveries in the queue."""
    bodies = []
    for job in await redis.queued_jobs(queue_name=queue.QUEUE):
        bodies += [envelope.body for envelope in decode(job.args[0])]
    return bodies


async def test_200_means_that_it_is_in_redis(house: House, redis: queue.Redis) -> None:
    body = b"no JSON at all \x00\xff"
    status, text, _ = await house.ask(data=body, headers=headers(body))
    assert (status, text) == (200, "")
    assert await stored(redis) == [body]


@pytest.mark.parametrize(
    ("given", "status", "error"),
    [
        ({"data": b"{}", "headers": headers()}, 401, "bad signature"),
        ({"data": b"{}"}, 400, "missing header"),
        ({"data": BODY, "headers": headers(X_Shopify_Topic="")}, 400, "missing header"),
        ({"data": BODY, "headers": headers(X_Shopify_Topic="??")}, 400, "malformed header"),
        ({"data": BODY, "headers": headers(X_Shopify_Shop_Domain="x.myshopify.com")}, 404, "unknown shop"),
        ({"data": b"x", "headers": headers(X_Shopify_Shop_Domain="x.myshopify.com")}, 401, "bad signature"),
        ({"data": b"x" * 2001, "headers": headers(b"x" * 2001)}, 413, "body too large"),
        ({"method": "GET"}, 405, "wrong method"),
        ({"path": "/elsewhere", "data": BODY, "headers": headers()}, 404, "not found"),
    ],
)
async def test_every_refusal_says_what_was_wrong(
    house: House, redis: queue.Redis, given: dict[str, Any], status: int, error: str
) -> None:
    answered, said, answer_headers = await house.ask(**given)
    assert (answered, said["error"]) == (status, error)
    assert said.keys() == {"error", "detail"}
    assert (answer_headers.get("Allow") == "POST") is (status == 405)
    assert await stored(redis) == []


async def test_a_chunked_body_without_a_length_is_taken_within_the_limit(
    house: House, redis: queue.Redis
) -> None:
    async def chunks(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"x" * 100

    status, _, _ = await house.ask(data=chunks(20), headers=headers(b"x" * 2000))
    assert status == 200
    status, said, _ = await house.ask(data=chunks(21), headers=headers(b"x" * 2100))
    assert (status, said["error"]) == (413, "body too large")
    assert await stored(redis) == [b"x" * 2000]


async def test_a_length_beyond_the_limit_is_413_before_it_is_read(house: House) -> None:
    port = int(house.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 2001\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)
    assert b" 413 " in answer
    assert b"connection: close" in answer.lower()
    writer.close()
    await writer.wait_closed()


async def test_a_full_redis_is_503_and_200_when_there_is_room(house: House, redis: queue.Redis) -> None:
    await redis.config_set("maxmemory", "1")
    try:
        status, said, answer_headers = await house.ask(data=BODY, headers=headers())
    finally:
        await redis.config_set("maxmemory", "0")
    assert (status, said.keys(), answer_headers["Retry-After"]) == (503, {"error", "detail"}, "2")
    assert await stored(redis) == []
    assert (await house.ask(data=BODY, headers=headers()))[0] == 200
    assert await stored(redis) == [BODY]


async def test_a_compressed_body_is_verified_as_it_came(house: House, redis: queue.Redis) -> None:
    packed = b"\x1f\x8b not really gzip"
    status, _, _ = await house.ask(data=packed, headers=headers(packed, Content_Encoding="gzip"))
    assert status == 200
    assert await stored(redis) == [packed]


async def test_what_waits_is_bounded(
    house: House, redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, real = asyncio.Event(), redis.enqueue_job

    async def held(*arguments: Any, **named: Any) -> Any:
        await let_go.wait()
        return await real(*arguments, **named)

    monkeypatch.setattr(redis, "enqueue_job", held)
    waiting = [asyncio.create_task(house.ask(data=BODY, headers=headers())) for _ in range(2)]
    while not house.door.intake.group.full:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    status, said, answer_headers = await house.ask(data=BODY, headers=headers())
    assert (status, said["error"]) == (503, "not durable now")
    assert answer_headers["Retry-After"]
    ready, checks, _ = await house.ask("GET", "/readyz")
    assert (ready, checks["intake"]) == (503, "failed")
    let_go.set()
    assert [status for status, _, _ in await asyncio.gather(*waiting)] == [200, 200]
    assert len(await stored(redis)) == 2


async def test_health_readiness_and_metrics(house: House) -> None:
    assert (await house.ask("GET", "/healthz"))[:2] == (200, {"status": "alive"})
    status, checks, _ = await house.ask("GET", "/readyz")
    assert (status, set(checks.values())) == (200, {"ok"})
    assert "connector_webhooks_received_total" in (await house.ask("GET", "/metrics"))[1]


@pytest.fixture
def own_servers() -> Iterator[Servers]:
    with servers_of_its_own(want_postgres=False) as running:
        yield running


async def test_while_redis_is_away_it_is_503_and_200_again_afterwards(own_servers: Servers) -> None:
    assert own_servers.redis
    redis = await queue.connect(own_servers.redis_url)
    config = make_settings(own_servers, "postgresql:///unused")
    runner = web.AppRunner(make_app(Door(config, redis), config.body_limit), access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    own_servers.redis.stop()
    async with aiohttp.ClientSession() as session:
        house = House(Door(config, redis), f"http://127.0.0.1:{port}", session)
        assert (await house.ask(data=BODY, headers=headers()))[0] == 503
        assert (await house.ask("GET", "/readyz"))[1]["redis"] == "failed"
        own_servers.redis.start()
        assert (await house.ask(data=BODY, headers=headers()))[0] == 200
    await runner.cleanup()
    await redis.aclose()


def start_ingress(servers: Servers, port: int, **changed: str) -> subprocess.Popen[bytes]:
    env = {
        **os.environ,
        "CONNECTOR_REDIS_URL": servers.redis_url,
        "CONNECTOR_SHOP_URL": SHOP,
        "CONNECTOR_WEBHOOK_SECRET": SECRET,
        "CONNECTOR_PORT": str(port),
        "CONNECTOR_LOG_LEVEL": "warning",
    } | changed
    return subprocess.Popen(
        [sys.executable, "-m", "connector.ingress"], env=env, cwd=ROOT, stderr=subprocess.PIPE
    )


async def connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    deadline = time.monotonic() + 10
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)


async def test_at_sigterm_every_request_that_has_begun_is_answered(
    servers: Servers, redis: queue.Redis
) -> None:
    port = free_port()
    process = start_ingress(servers, port)
    raw = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n".encode()
    raw += "".join(f"{name}: {value}\r\n" for name, value in headers().items()).encode() + b"\r\n" + BODY
    cuts = [len(raw) // 2, len(raw) - 4]
    clients = [await connected(port) for _ in cuts]
    for cut, (_, writer) in zip(cuts, clients, strict=True):
        writer.write(raw[:cut])
        await writer.drain()
    # Answered on a third connection, so both halves were read before.
    reader, writer = await connected(port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b" 200 " in await reader.readline()
    writer.close()
    process.send_signal(signal.SIGTERM)
    for cut, (_, writer) in zip(cuts, clients, strict=True):
        writer.write(raw[cut:])
    for reader, writer in clients:
        assert b" 200 " in await asyncio.wait_for(reader.readline(), 5)
        writer.close()
    assert await asyncio.to_thread(process.wait, 10) == 0
    process.stderr and process.stderr.close()
    assert await stored(redis) == [BODY, BODY]


def listeners(port: int) -> int:
    """How many sockets listen on the port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks at Linux' list of sockets")
async def test_two_processes_share_a_port(servers: Servers, redis: queue.Redis) -> None:
    port = free_port()
    processes = [start_ingress(servers, port) for _ in range(2)]
    try:
        deadline = time.monotonic() + 15
        while listeners(port) < 2:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    finally:
        for process in processes:
            process.terminate()
        codes = [await asyncio.to_thread(process.wait, 10) for process in processes]
        words = [process.stderr.read() if process.stderr else b"" for process in processes]
        for process in processes:
            process.stderr and process.stderr.close()
    assert (codes, words) == ([0, 0], [b"", b""])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"CONNECTOR_REDIS_URL": "redis://127.0.0.1:1"}, "Redis cannot be reached"),
        ({"CONNECTOR_BODY_LIMIT": "hush-hush"}, "CONNECTOR_BODY_LIMIT"),
        ({"CONNECTOR_SHOP_URL": "https://tea.example.com"}, "not a store address"),
    ],
)
async def test_it_refuses_to_start_with_one_clear_line(
    servers: Servers, changed: dict[str, str], message: str
) -> None:
    process = start_ingress(servers, free_port(), **changed)
    _, words = await asyncio.to_thread(process.communicate, None, 20)
    assert process.returncode == 1
    assert message in words.decode()
    assert not re.search(r"Traceback|hush", words.decode())
