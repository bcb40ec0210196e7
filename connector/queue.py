"""The client side of arq: names, serialisation, putting deliveries in, and how many wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

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

#: arq drops a job whose payload it kept longer than this; a long outage must not eat the backlog.
KEPT = timedelta(days=90)

#: What redis-py raises when Redis is away, full, loading, read-only or refusing.
AWAY = (RedisError, OSError, asyncio.TimeoutError)


class Opaque(bytes):
    """A job's argument; arq reprs arguments on every start, and these are large and personal."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


async def connect(url: str) -> ArqRedis:
    """A client for ingress and workers; raises ConfigurationError where Redis cannot be reached."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_retries = 0
    settings.conn_timeout = 5
    try:
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
        job = await redis.enqueue_job(APPLY, encode(envelopes), _defer_by=delay or None)
    except AWAY as error:
        raise Transient(f"Redis did not take the deliveries ({type(error).__name__})") from error
    if not isinstance(job, Job):
        raise Transient("Redis did not confirm the deliveries")
    if not delay:
        # The deliveries are durable: their senders need not wait for the workers to hear of it.
        wake = asyncio.create_task(_wake(redis))
        _waking.add(wake)
        wake.add_done_callback(_waking.discard)


async def waiting(redis: ArqRedis) -> int:
    """How many jobs are queued or running."""
    return int(await redis.zcard(QUEUE))


async def deferred(redis: ArqRedis) -> int:
    """How many jobs wait for a later time: retries."""
    return int(await redis.zcount(QUEUE, f"({int(time.time() * 1000) + 1}", "+inf"))


async def check_persistence(redis: ArqRedis) -> list[str]:
    """Warnings about a Redis that may lose jobs; raises ConfigurationError where it certainly will."""
    memory, persistence = await redis.info("memory"), await redis.info("persistence")
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


def deserialize(data: bytes) -> dict[str, Any]:
    """Read a job. arq deletes a job it cannot read, so an unreadable one becomes a job that waits instead."""
    try:
        job: dict[str, Any] = msgspec.msgpack.decode(data)
        job["a"] = [Opaque(word) if isinstance(word, bytes) else word for word in job["a"]]
        return {"f": job["f"], "a": job["a"], "k": job["k"], "t": job["t"], "et": job["et"]}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
        return {"f": "unreadable", "a": [Opaque(data)], "k": {}, "t": None, "et": 0}


_waking: set[asyncio.Task[None]] = set()


async def _wake(redis: ArqRedis) -> None:
    try:
        await redis.publish(WAKE, b"")
    except AWAY:
        return  # the job is stored; the worker's own poll finds it half a second later


def _name(value: object) -> str:
    return type(value).__name__
