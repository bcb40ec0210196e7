"""A Redis that goes away or falls silent: never an acknowledgement, never a wait without an end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from connector import queue
from connector.embedded import Servers
from connector.errors import ConfigurationError, Transient
from tests.conftest import make_settings
from tests.connector.door import BODY, connection, head, opened, stored
from tests.deliveries import envelope
from tests.servers import free_port, servers_of_its_own

ONE = envelope("products/update", {"id": 1})


class Wire:
    """A way to Redis that breaks, or falls silent, once a certain word comes along it."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.break_at: bytes | None = None
        self.silent_at: bytes | None = None
        self.silent = False
        self.broken = 0

    def heal(self) -> None:
        self.break_at, self.silent_at, self.silent = None, None, False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both directions of one connection, until one side ends it."""
        answers, onward = await asyncio.open_unix_connection(self._target)
        back = asyncio.create_task(self._carry_back(answers, writer))
        with contextlib.suppress(OSError):
            while words := await reader.read(65536):
                if self.break_at and self.break_at in words:
                    self.broken += 1
                    break
                if self.silent_at and self.silent_at in words:
                    self.silent = True
                if not self.silent:
                    onward.write(words)
        back.cancel()
        onward.close()
        writer.close()

    @staticmethod
    async def _carry_back(answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while words := await answers.read(65536):
                writer.write(words)


@asynccontextmanager
async def wired(servers: Servers) -> AsyncIterator[tuple[Wire, queue.Redis]]:
    """A client whose every connection goes along a wire."""
    assert servers.redis
    wire = Wire(str(servers.redis.socket))
    port = free_port()
    server = await asyncio.start_server(wire.carry, "127.0.0.1", port)
    redis = await queue.connect(f"redis://127.0.0.1:{port}")
    try:
        yield wire, redis
    finally:
        wire.heal()
        for given_up in list(queue._given_up):
            given_up.cancel()
        await asyncio.gather(*queue._given_up, return_exceptions=True)
        await redis.aclose()
        server.close()


@pytest.mark.parametrize("word", [b"WATCH", b"EXISTS", b"MULTI"])
async def test_a_connection_that_breaks_anywhere_is_no_acknowledgement(
    servers: Servers, redis: queue.Redis, word: bytes
) -> None:
    async with wired(servers) as (wire, wired_redis):
        wire.break_at = word
        with pytest.raises(Transient):
            await queue.put(wired_redis, [ONE])
        assert wire.broken == 1
        wire.heal()
        assert await stored(redis) == []
        await queue.put(wired_redis, [ONE])
    assert await stored(redis) == [ONE]


async def test_a_connection_that_breaks_at_the_wake_up_loses_nothing(
    servers: Servers, redis: queue.Redis
) -> None:
    async with wired(servers) as (wire, wired_redis):
        wire.break_at = b"PUBLISH"
        await queue.put(wired_redis, [ONE])
        await asyncio.gather(*queue._waking)
        assert wire.broken == 1
    assert await stored(redis) == [ONE]


@pytest.mark.parametrize("word", [b"WATCH", b"MULTI"])
async def test_a_redis_that_falls_silent_is_transient_in_time(
    servers: Servers, redis: queue.Redis, word: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "CONFIRMED_WITHIN", 0.2)
    async with wired(servers) as (wire, wired_redis):
        wire.silent_at = word
        before = time.monotonic()
        with pytest.raises(Transient, match="TimeoutError"):
            await asyncio.wait_for(queue.put(wired_redis, [ONE]), 2)
        assert time.monotonic() - before < 1.5
        wire.heal()
        assert await stored(redis) == []
        await queue.put(wired_redis, [ONE])
    assert await stored(redis) == [ONE]


async def test_the_same_job_again_is_no_acknowledgement(
    redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Same:
        hex = "the-same"

    monkeypatch.setattr("arq.connections.uuid4", Same)
    await queue.put(redis, [ONE])
    with pytest.raises(Transient, match="did not confirm"):
        await queue.put(redis, [ONE])
    assert await stored(redis) == [ONE]


@pytest.fixture
def own() -> Iterator[Servers]:
    """A Redis that a test may stop, kill and freeze."""
    with servers_of_its_own(want_postgres=False) as running:
        yield running


@contextlib.contextmanager
def frozen(servers: Servers) -> Iterator[None]:
    assert servers.redis_pid
    os.kill(servers.redis_pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(servers.redis_pid, signal.SIGCONT)


async def test_a_redis_that_hangs_at_the_start_is_said(own: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "REACHED_WITHIN", 0.2)
    with frozen(own), pytest.raises(ConfigurationError, match="TimeoutError"):
        await asyncio.wait_for(queue.connect(own.redis_url), 2)


async def test_while_redis_hangs_the_door_says_503_and_takes_again_afterwards(
    own: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "CONFIRMED_WITHIN", 0.3)
    redis = await queue.connect(own.redis_url)
    async with opened(make_settings(own, "unused"), redis) as (door, port), connection(port) as sender:
        with frozen(own):
            sender.writer.write(head() + BODY)
            answer = await sender.answer()
        assert (answer.status, answer.json["error"]) == (503, "not durable now")
        assert "retry-after" in answer.headers
        sender.writer.write(head() + BODY)
        assert (await sender.answer()).status == 200
        assert door.intake.group.items == 0
    await redis.aclose()


async def test_what_was_acknowledged_before_redis_was_killed_is_there_afterwards(own: Servers) -> None:
    assert own.redis
    redis = await queue.connect(own.redis_url)
    acknowledged, statuses = set(), set()
    enough = asyncio.Event()

    async def send(port: int, sender: int) -> None:
        async with connection(port) as door:
            for number in range(2000):
                door.writer.write(head(webhook_id=f"{sender}-{number}") + BODY)
                status = (await door.answer()).status
                statuses.add(status)
                if status == 503:
                    return
                acknowledged.add(f"{sender}-{number}")
                if len(acknowledged) >= 100:
                    enough.set()

    async with opened(make_settings(own, "unused"), redis) as (_, port):
        senders = [asyncio.create_task(send(port, sender)) for sender in range(4)]
        await asyncio.wait_for(enough.wait(), 10)
        own.redis.kill()
        await asyncio.gather(*senders)
        own.redis.start()
        assert statuses == {200, 503}
        assert acknowledged <= {kept.webhook_id for kept in await stored(redis)}
    await redis.aclose()
