"""The client side of arq: names, serialisation, putting deliveries in, and how many wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.jobs import Job
from redis.exceptions import RedisError

from connector.envelope import Envelope, encode
from connector.errors import ConfigurationError, Transient

Redis = ArqRedis

QUEUE = "connector:queue"
WAKE = "connector:wake"
APPLY = "apply_deliveries"

#: What is asked of Shopify waits in a queue of its own, so that no import ever delays a webhook.
API_QUEUE = "connector:api"
#: The channel on which each queue's workers hear of a new job.
WAKES = {QUEUE: WAKE, API_QUEUE: "connector:api:wake"}

#: arq drops a job whose payload it kept longer than this; a long outage must not eat the backlog.
KEPT = timedelta(days=90)

#: What redis-py raises when Redis is away, full, loading, read-only or refusing.
AWAY = (RedisError, OSError, asyncio.TimeoutError)

#: How long Redis may take to confirm; Shopify gives up on us after five seconds in all.
CONFIRMED_WITHIN = 4.0
REACHED_WITHIN = 5


class Opaque(bytes):
    """A job's argument; arq reprs arguments on every start, and these are large and personal."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


async def connect(url: str) -> ArqRedis:
    """A client for ingress and workers; raises ConfigurationError where Redis cannot be reached."""
    try:
        settings = RedisSettings.from_dsn(url)
    except (ValueError, RuntimeError):
        raise ConfigurationError(
            "CONNECTOR_REDIS_URL is no address of a Redis: use redis://host:port/0, rediss://… or unix://…"
        ) from None
    settings.conn_retries = 0
    settings.conn_timeout = REACHED_WITHIN
    try:
        async with asyncio.timeout(REACHED_WITHIN):
            return await create_pool(
                settings,
                job_serializer=serialize,
                job_deserializer=deserialize,
                default_queue_name=QUEUE,
                expires_extra_ms=int(KEPT.total_seconds() * 1000),
            )
    except AWAY as error:
        raise ConfigurationError(
            f"Redis cannot be reached ({type(error).__name__}); see CONNECTOR_REDIS_URL"
        ) from error


async def put(redis: ArqRedis, envelopes: Sequence[Envelope], *, delay: float = 0.0) -> None:
    """Store ``envelopes`` as one job, run after ``delay`` seconds; when this returns they are durable.

    Raises Transient when Redis did not confirm. Only a returned Job is an acknowledgement: arq 0.28 answers
    None also when a connection breaks while the job is being written.
    """
    try:
        job = await _confirmed(redis.enqueue_job(APPLY, encode(envelopes), _defer_by=delay or None))
    except AWAY as error:
        raise Transient(f"Redis did not take the deliveries ({type(error).__name__})") from error
    if not isinstance(job, Job):
        raise Transient("Redis did not confirm the deliveries")
    if not delay:
        # The deliveries are durable: their senders need not wait for the workers to hear of it.
        _keep(asyncio.create_task(_wake(redis, QUEUE)), _waking)


async def call(redis: ArqRedis, function: str, number: int, *, delay: float = 0.0) -> None:
    """Have ``function`` run with ``number`` on the API's queue, once however often this is called meanwhile.

    Raises Transient when Redis is away. A call that comes while the job runs is dropped: what the job works
    on stands in Postgres, and a schedule calls again.
    """
    try:
        await redis.enqueue_job(
            function, number, _job_id=f"{function}:{number}", _queue_name=API_QUEUE, _defer_by=delay or None
        )
    except AWAY as error:
        raise Transient(f"Redis did not take a call ({type(error).__name__})") from error
    await _wake(redis, API_QUEUE)


async def waiting(redis: ArqRedis) -> int:
    """How many jobs are queued or running."""
    return int(await redis.zcard(QUEUE))


async def deferred(redis: ArqRedis) -> int:
    """How many jobs wait for a later time: retries."""
    return int(await redis.zcount(QUEUE, f"({int(time.time() * 1000) + 1}", "+inf"))


async def check_persistence(redis: ArqRedis) -> list[str]:
    """Warnings about a Redis that may lose jobs; raises ConfigurationError where it certainly will."""
    try:
        memory, persistence = await redis.info("memory"), await redis.info("persistence")
    except AWAY as error:
        raise ConfigurationError(
            f"Redis does not tell how it keeps its data ({type(error).__name__}): allow the command INFO"
        ) from error
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise ConfigurationError(
            f"Redis evicts keys when full (maxmemory-policy {policy}), acknowledged webhooks among them: "
            "set it to noeviction"
        )
    if not int(persistence.get("aof_enabled", 0)):
        return ["Redis keeps no append-only file: a restart loses acknowledged webhooks; set appendonly yes"]
    return []


def serialize(job: dict[str, Any]) -> bytes:
    """arq's job as msgpack, never pickle; an exception becomes its name."""
    return msgspec.msgpack.encode(job, enc_hook=_name)


class _Stored(msgspec.Struct):
    """A job as arq stores it; one of another shape would end the worker that runs it, or be deleted."""

    f: str
    a: list[Any]
    k: dict[str, Any]
    t: int | None
    et: Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_000)]


_decoder = msgspec.msgpack.Decoder(_Stored)


def deserialize(data: bytes) -> dict[str, Any]:
    """Read a job. arq deletes a job it cannot read, so an unreadable one becomes a job that waits instead."""
    try:
        job = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"f": "unreadable", "a": [Opaque(data)], "k": {}, "t": None, "et": 0}
    named = {name: _opaque(value) for name, value in job.k.items()}
    return {"f": job.f, "a": [_opaque(value) for value in job.a], "k": named, "t": job.t, "et": job.et}


def _opaque(value: Any) -> Any:
    return Opaque(value) if isinstance(value, bytes) else value


_waking: set[asyncio.Task[Any]] = set()
_given_up: set[asyncio.Task[Any]] = set()


def _keep(task: asyncio.Task[Any], tasks: set[asyncio.Task[Any]]) -> None:
    # The loop itself holds a task only weakly.
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    # Nobody asks what came of it any more, and Python would complain.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _confirmed(answer: Coroutine[Any, Any, Job | None]) -> Job | None:
    """What ``answer`` brings, or TimeoutError where Redis hangs: a connection to it stays open, and silent.

    Not asyncio.timeout: a transaction that redis-py gives up waits for the same Redis once more.
    """
    asking = asyncio.create_task(answer)
    try:
        await asyncio.wait([asking], timeout=CONFIRMED_WITHIN)
        if asking.done():
            return asking.result()
        raise TimeoutError
    finally:
        if not asking.done():
            asking.cancel()
            _keep(asking, _given_up)


async def _wake(redis: ArqRedis, queue: str) -> None:
    try:
        await redis.publish(WAKES[queue], b"")
    except AWAY:
        return  # the job is stored; the worker's own poll finds it half a second later


def _name(value: object) -> str:
    return type(value).__name__
