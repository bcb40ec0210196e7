"""Senders that are slow, broken or hostile: each is answered or let go, and nobody reads of it in a log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, MutableMapping
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from connector import door as doors
from connector import queue
from connector.door import Door
from connector.ingress import _without_what_was_sent
from connector.settings import MEGABYTE, Settings
from tests.connector.door import BODY, Connection, connection, head, opened, stored


@pytest.fixture
async def door(settings: Settings, redis: queue.Redis) -> AsyncIterator[tuple[Door, int]]:
    async with opened(settings.model_copy(update={"body_limit": 2000}), redis) as open_door:
        yield open_door


@pytest.fixture
async def sender(door: tuple[Door, int]) -> AsyncIterator[Connection]:
    async with connection(door[1]) as sender:
        yield sender


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[MutableMapping[str, Any]]:
    """What the door logs."""
    capture = LogCapture()
    logger = structlog.wrap_logger(
        None, [capture], structlog.make_filtering_bound_logger(0), cache_logger_on_first_use=False
    )
    monkeypatch.setattr(doors, "logger", logger)
    return capture.entries


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(3):
        while not happened():  # noqa: ASYNC110  what we wait for is in somebody else's hands
            await asyncio.sleep(0.005)


async def test_a_body_in_small_pieces_is_one_body(sender: Connection, redis: queue.Redis) -> None:
    for byte in head() + BODY:
        sender.writer.write(bytes([byte]))
        await sender.writer.drain()
    assert (await sender.answer()).status == 200
    assert [envelope.body for envelope in await stored(redis)] == [BODY]


async def test_a_connection_is_kept_for_the_next_request_after_200_and_401(
    sender: Connection, redis: queue.Redis
) -> None:
    for body, status in ((BODY, 200), (BODY[::-1], 401), (BODY, 200)):
        sender.writer.write(head(BODY) + body)
        assert (await sender.answer()).status == status
    assert len(await stored(redis)) == 2


async def test_a_sender_that_asks_first_is_told_to_go_on(sender: Connection, redis: queue.Redis) -> None:
    sender.writer.write(head(BODY, None, f"Content-Length: {len(BODY)}", "Expect: 100-continue"))
    assert (await sender.answer()).status == 100
    sender.writer.write(BODY)
    assert (await sender.answer()).status == 200
    assert len(await stored(redis)) == 1


async def test_a_body_that_does_not_come_whole_in_time_is_400(
    sender: Connection, redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "BODY_WITHIN", 0.05)
    sender.writer.write(head() + BODY[:-1])
    answer = await sender.answer()
    assert (answer.status, answer.json["error"]) == (400, "incomplete body")
    assert await stored(redis) == []


@pytest.mark.parametrize("rest", [b"ZZ\r\nabc\r\n", b"-1\r\n", b"5\r\nabcdefgh\r\n"])
async def test_chunks_that_are_none_are_400_and_the_connection_ends(
    door: tuple[Door, int],
    sender: Connection,
    redis: queue.Redis,
    rest: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # aiohttp does not tell the one who reads the body: only the time it may take ends the waiting.
    monkeypatch.setattr(doors, "BODY_WITHIN", 0.1)
    sender.writer.write(head(BODY, None, "Transfer-Encoding: chunked") + b"3\r\nabc\r\n")
    await until(lambda: door[0].begun == 1)
    sender.writer.write(rest)
    answer = await sender.answer()
    assert (answer.status, b"Traceback" in answer.body) == (400, False)
    sender.writer.write_eof()
    await asyncio.wait_for(sender.reader.read(), 3)
    assert door[0].begun == 0
    assert await stored(redis) == []


async def test_a_sender_that_leaves_halfway_is_no_error_of_ours(
    door: tuple[Door, int],
    redis: queue.Redis,
    lines: list[MutableMapping[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with connection(door[1]) as leaving:
        leaving.writer.write(head() + BODY[:-1])
        await until(lambda: door[0].begun == 1)
    await until(lambda: door[0].begun == 0)
    assert [line["error"] for line in lines] == ["incomplete body"]
    assert caplog.records == []
    assert await stored(redis) == []


async def test_what_it_refuses_it_logs_without_body_signature_or_secret(
    door: tuple[Door, int], lines: list[MutableMapping[str, Any]]
) -> None:
    body = BODY[::-1] + b"jane@example.com"
    for sent in (head() + body[: len(BODY)], head(body).replace(b"corner-shop", b"tea-room") + body):
        async with connection(door[1]) as sender:
            sender.writer.write(sent)
            assert (await sender.answer()).status in (401, 404)
    assert [line["status"] for line in lines] == [401, 404]
    for private in ("jane", "hush", head(body).split(b"Sha256: ")[1][:44].decode()):
        assert private not in repr(lines)


async def test_what_is_no_http_is_logged_without_a_word_of_it(
    sender: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    server = logging.getLogger("aiohttp.server")
    server.addFilter(_without_what_was_sent)
    try:
        sender.writer.write(head() + BODY)
        assert (await sender.answer()).status == 200
        sender.writer.write(b"jane@example.com\r\n\r\n")
        answer = await sender.answer()
    finally:
        server.removeFilter(_without_what_was_sent)
    assert (answer.status, await sender.ends()) == (400, True)
    assert "refused what is no HTTP: BadHttpMethod" in caplog.text
    assert "jane" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_many_at_once_become_few_jobs(door: tuple[Door, int], redis: queue.Redis) -> None:
    async def send(number: int) -> int:
        async with connection(door[1]) as sender:
            sender.writer.write(head(webhook_id=f"w-{number}") + BODY)
            return (await sender.answer()).status

    assert await asyncio.gather(*map(send, range(100))) == [200] * 100
    assert {envelope.webhook_id for envelope in await stored(redis)} == {f"w-{n}" for n in range(100)}
    assert await queue.waiting(redis) < 50
    assert (door[0].intake.group.items, door[0].intake.group.bytes, door[0].begun) == (0, 0, 0)


async def test_ten_megabytes_are_taken_by_default_and_not_a_byte_more(
    settings: Settings, redis: queue.Redis
) -> None:
    body = b" " * (10 * MEGABYTE)
    async with opened(settings, redis) as (_, port), connection(port) as sender:
        sender.writer.write(head(body) + body)
        assert (await sender.answer()).status == 200
        sender.writer.write(head(body, 10 * MEGABYTE + 1))
        assert (await sender.answer()).status == 413
    assert [len(envelope.body) for envelope in await stored(redis)] == [10 * MEGABYTE]
