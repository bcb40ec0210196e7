"""An ingress process at its end, and one that cannot begin: nothing acknowledged is missing."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from contextlib import ExitStack

import pytest

from connector import queue
from connector.embedded import Servers
from tests.connector.door import BODY, connection, ended, free_port, head, listening, process, stored


async def test_requests_in_flight_at_sigterm_get_their_200_and_are_in_redis(
    servers: Servers, redis: queue.Redis
) -> None:
    port, started, acknowledged = free_port(), 0, set()
    stopping = asyncio.Event()

    async def send_until_turned_away(sender: int) -> None:
        nonlocal started
        for number in range(10_000):
            try:
                async with connection(port) as door:
                    door.writer.write(head(webhook_id=f"{sender}-{number}") + BODY)
                    started += 1
                    if started == 100:
                        stopping.set()
                    answer = await door.answer()
            except (OSError, asyncio.IncompleteReadError):
                return
            assert answer.status == 200
            acknowledged.add(f"{sender}-{number}")

    with process(servers.redis_url, port) as ingress:
        await listening(port)
        senders = [asyncio.create_task(send_until_turned_away(sender)) for sender in range(8)]
        await asyncio.wait_for(stopping.wait(), 10)
        ingress.send_signal(signal.SIGTERM)
        assert (await ended(ingress))[0] == 0
        await asyncio.gather(*senders)
    assert len(acknowledged) > 50
    assert acknowledged <= {envelope.webhook_id for envelope in await stored(redis)}


async def test_a_slow_body_is_waited_for_longer_than_an_idle_connection(
    servers: Servers, redis: queue.Redis
) -> None:
    port = free_port()
    with process(servers.redis_url, port) as ingress:
        await listening(port)
        async with connection(port) as slow, connection(port) as half_a_head, connection(port) as idle:
            half_a_head.writer.write(head()[:40])
            slow.writer.write(head() + BODY[:-1])
            idle.writer.write(b"GET /healthz HTTP/1.1\r\nHost: door\r\n\r\n")
            assert (await idle.answer()).status == 200
            await listening(port)
            ingress.send_signal(signal.SIGTERM)
            # Beyond the moment that is given to those that may be idle.
            await asyncio.sleep(1.3)
            slow.writer.write(BODY[-1:])
            answer = await slow.answer()
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert [await quiet.ends() for quiet in (half_a_head, idle)] == [True, True]
        assert (await ended(ingress))[0] == 0
    assert [envelope.body for envelope in await stored(redis)] == [BODY]


async def test_a_body_that_never_comes_holds_up_the_end_no_longer_than_it_may(servers: Servers) -> None:
    port = free_port()
    with process(servers.redis_url, port, CONNECTOR_SHUTDOWN_TIMEOUT="0.3") as ingress:
        await listening(port)
        async with connection(port) as stuck:
            stuck.writer.write(head() + BODY[:-1])
            await listening(port)
            ingress.send_signal(signal.SIGTERM)
            before = time.monotonic()
            code, said = await ended(ingress)
    assert (code, time.monotonic() - before < 2.5) == (0, True)
    assert "Traceback" not in said


async def test_what_a_process_says_carries_nothing_that_is_private(servers: Servers) -> None:
    port = free_port()
    with process(servers.redis_url, port, CONNECTOR_LOG_LEVEL="debug") as ingress:
        await listening(port)
        for sent in (
            head() + BODY,
            head() + BODY[::-1],
            b"GET / HTTP/1.1\r\nX-A b: jane@example.com\r\n\r\n",
        ):
            async with connection(port) as sender:
                sender.writer.write(sent)
                await sender.answer()
        ingress.send_signal(signal.SIGTERM)
        code, said = await ended(ingress)
    assert (code, said.count('"refused"'), said.count("no HTTP")) == (0, 1, 1)
    for private in ("jane", "hush", "Traceback"):
        assert private not in said


async def test_a_port_that_somebody_else_holds_is_said_in_one_line(servers: Servers) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with process(servers.redis_url, port) as ingress:
            code, said = await ended(ingress)
    assert (code, said.count("\n")) == (1, 1)
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert "CONNECTOR_PORT" in said


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("CONNECTOR_REDIS_URL", "redis://:hush@localhost:port", "CONNECTOR_REDIS_URL is no address"),
        ("CONNECTOR_REDIS_URL", "", "CONNECTOR_REDIS_URL must be set"),
        ("CONNECTOR_SHOP_URL", "https://[tea", "is not a store address"),
        ("CONNECTOR_HOST", "no.such.host.invalid", "CONNECTOR_HOST"),
    ],
)
async def test_a_wrong_setting_is_said_in_one_line(
    servers: Servers, variable: str, value: str, message: str
) -> None:
    with process(servers.redis_url, free_port(), **{variable: value}) as ingress:
        code, said = await ended(ingress)
    assert (code, said.count("\n")) == (1, 1)
    assert message in said
    assert "hush" not in said


async def test_a_second_process_takes_over_while_the_first_one_ends(
    servers: Servers, redis: queue.Redis
) -> None:
    port = free_port()
    with ExitStack() as stack:
        first = stack.enter_context(process(servers.redis_url, port))
        await listening(port)
        second = stack.enter_context(process(servers.redis_url, port, CONNECTOR_LOG_LEVEL="info"))
        assert second.stderr
        assert b"listening" in await asyncio.to_thread(second.stderr.readline)
        first.send_signal(signal.SIGTERM)
        assert (await ended(first))[0] == 0
        async with connection(port) as sender:
            sender.writer.write(head() + BODY)
            assert (await sender.answer()).status == 200
        second.send_signal(signal.SIGTERM)
        assert (await ended(second))[0] == 0
    assert len(await stored(redis)) == 1
