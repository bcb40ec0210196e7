"""What is put into Redis is durable or refused, kept for long, and told to the workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from arq.constants import job_key_prefix
from redis.exceptions import ConnectionError as RedisConnectionError

from connector import queue
from connector.envelope import decode
from connector.errors import ConfigurationError, Transient
from tests.deliveries import envelope

ONE = envelope("products/update", {"id": 1})
TWO = envelope("products/update", {"id": 2})


@asynccontextmanager
async def configured(redis: queue.Redis, name: str, value: str) -> AsyncIterator[None]:
    """The shared Redis with one setting changed."""
    before = (await redis.config_get(name))[name]
    await redis.config_set(name, value)
    try:
        yield
    finally:
        await redis.config_set(name, before)


async def test_one_job_holds_them_all_and_is_kept_for_months(redis: queue.Redis) -> None:
    await queue.put(redis, [ONE, TWO])
    (key,) = await redis.keys(f"{job_key_prefix}*")
    assert timedelta(milliseconds=await redis.pttl(key)) == pytest.approx(
        queue.KEPT, abs=timedelta(minutes=1)
    )
    (job,) = await redis.queued_jobs(queue_name=queue.QUEUE)
    assert job.function == queue.APPLY
    assert decode(job.args[0]) == [ONE, TWO]
    assert (await queue.waiting(redis), await queue.deferred(redis)) == (1, 0)


async def test_what_is_put_in_for_later_waits_and_is_kept_longer(redis: queue.Redis) -> None:
    await queue.put(redis, [ONE], delay=3600)
    (key,) = await redis.keys(f"{job_key_prefix}*")
    assert await redis.pttl(key) > queue.KEPT.total_seconds() * 1000
    assert (await queue.waiting(redis), await queue.deferred(redis)) == (1, 1)


async def test_the_workers_are_woken_for_now_and_not_for_later(redis: queue.Redis) -> None:
    async with redis.pubsub(ignore_subscribe_messages=False) as channel:
        await channel.subscribe(queue.WAKE)
        assert (await channel.get_message(timeout=2) or {})["type"] == "subscribe"
        await queue.put(redis, [ONE], delay=60)
        assert not queue._waking
        await queue.put(redis, [TWO])
        heard = await channel.get_message(timeout=2)
        assert heard is not None
        assert (heard["type"], heard["channel"]) == ("message", queue.WAKE.encode())
        assert await channel.get_message(timeout=0) is None


async def test_a_wake_up_that_fails_loses_nothing(
    redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = asyncio.Event()

    async def broken(*_: Any) -> int:
        tried.set()
        raise RedisConnectionError("gone")

    monkeypatch.setattr(redis, "publish", broken)
    await queue.put(redis, [ONE])
    await asyncio.wait_for(tried.wait(), 2)
    await asyncio.gather(*queue._waking)
    assert await queue.waiting(redis) == 1


async def test_none_from_arq_is_no_acknowledgement(
    redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unconfirmed(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr(redis, "enqueue_job", unconfirmed)
    with pytest.raises(Transient, match="did not confirm"):
        await queue.put(redis, [ONE])
    assert not queue._waking


@pytest.mark.parametrize("error", [RedisConnectionError("gone"), OSError("gone"), TimeoutError()])
async def test_a_redis_that_is_away_is_transient_and_its_words_stay_inside(
    redis: queue.Redis, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(redis, "enqueue_job", away)
    with pytest.raises(Transient, match=type(error).__name__) as refusal:
        await queue.put(redis, [ONE])
    assert "gone" not in str(refusal.value)


async def test_a_full_redis_refuses_and_takes_again_when_there_is_room(redis: queue.Redis) -> None:
    async with configured(redis, "maxmemory", "1"):
        with pytest.raises(Transient, match="did not take"):
            await queue.put(redis, [ONE])
        assert await redis.keys("*") == []
    await queue.put(redis, [ONE])
    assert await queue.waiting(redis) == 1


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
async def test_a_redis_that_forgets_when_full_is_refused(redis: queue.Redis, policy: str) -> None:
    async with configured(redis, "maxmemory-policy", policy):
        with pytest.raises(ConfigurationError, match=f"{policy}.*noeviction"):
            await queue.check_persistence(redis)
    assert await queue.check_persistence(redis) == []


async def test_without_an_append_only_file_there_is_a_warning(
    redis: queue.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Told, not configured: switching it back on rewrites the file that the other tests' Redis lives on.
    async def info(section: str) -> dict[str, Any]:
        return {"maxmemory_policy": "noeviction"} if section == "memory" else {"aof_enabled": 0}

    monkeypatch.setattr(redis, "info", info)
    (warning,) = await queue.check_persistence(redis)
    assert "appendonly yes" in warning


async def test_a_redis_that_is_not_there_is_told_without_its_address() -> None:
    with pytest.raises(ConfigurationError, match="CONNECTOR_REDIS_URL") as refusal:
        await queue.connect("redis://:hush@127.0.0.1:1")
    assert "hush" not in str(refusal.value)


def test_a_job_is_read_back_and_its_personal_argument_stays_out_of_logs() -> None:
    job = {"f": queue.APPLY, "a": (b"jane@example.com",), "k": {}, "t": 1, "et": 2}
    read = queue.deserialize(queue.serialize(job))
    assert read == job | {"a": [b"jane@example.com"]}
    assert repr(read["a"]) == "[<16 bytes>]"


def test_an_exception_is_stored_as_its_name_only() -> None:
    assert msgspec.msgpack.decode(queue.serialize({"r": ValueError("jane@example.com")})) == {
        "r": "ValueError"
    }


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", b"\x80\x04pickle", *map(msgspec.msgpack.encode, ({}, [], 7, {"f": "x", "a": None}))],
)
def test_an_unreadable_job_is_kept_whole_instead_of_deleted(data: bytes) -> None:
    read = queue.deserialize(data)
    assert (read["f"], read["a"]) == ("unreadable", [data])
