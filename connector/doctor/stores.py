"""Whether Postgres and Redis answer, keep what they are given, and carry this release's schema."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from redis.exceptions import RedisError

from connector import migrate, postgres, queue
from connector.doctor.result import Found, Patient
from connector.errors import ConfigurationError

OLDEST_POSTGRES, OLDEST_REDIS = 15, 7
#: Of what it may use, the part from which on there is little left.
NEARLY_FULL = 0.8


async def look_at_postgres(patient: Patient) -> AsyncIterator[Found]:
    """It answers."""
    dsn = patient.config.postgres_dsn
    try:
        patient.postgres = await postgres.connect(dsn.get_secret_value() if dsn else "", size=3)
    except ConfigurationError as error:
        yield Found("failed", str(error), "start it, or correct CONNECTOR_POSTGRES_DSN")
        return
    yield Found("ok", f"Postgres {await patient.pool.fetchval('show server_version')} answers")


async def look_at_postgres_settings(patient: Patient) -> AsyncIterator[Found]:
    """It is new enough, can be written, and survives a power cut."""
    names = ("server_version", "server_version_num", "fsync", "synchronous_commit", "full_page_writes")
    told = {name: await patient.pool.fetchval(f"show {name}") for name in (*names, "max_connections")}
    wrong = [finding async for finding in _postgres(patient, told)]
    for finding in wrong:
        yield finding
    if not wrong:
        yield Found("ok", "Postgres keeps what it confirmed")


async def _postgres(patient: Patient, told: dict[str, Any]) -> AsyncIterator[Found]:
    if int(told["server_version_num"]) // 10_000 < OLDEST_POSTGRES:
        yield Found(
            "failed",
            f"Postgres {told['server_version']} is too old",
            f"use Postgres {OLDEST_POSTGRES} or newer",
        )
    if await patient.pool.fetchval("select pg_is_in_recovery()"):
        yield Found("failed", "this Postgres is a standby and cannot be written", "name the primary")
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        if told[name] == "off":
            worst = name != "synchronous_commit"
            yield Found(
                "failed" if worst else "warning",
                f"Postgres runs with {name} off: "
                + ("a power cut can destroy the database" if worst else "a crash loses the last moments"),
                f"set {name} = on in postgresql.conf",
            )
    used = await patient.pool.fetchval("select count(*) from pg_stat_activity")
    if used > NEARLY_FULL * int(told["max_connections"]):
        yield Found(
            "warning",
            f"{used} of {told['max_connections']} connections of Postgres are in use",
            "raise max_connections, or end what holds them",
        )


async def look_at_redis(patient: Patient) -> AsyncIterator[Found]:
    """It answers."""
    url = patient.config.redis_url
    try:
        patient.queue = await queue.connect(url.get_secret_value() if url else "")
    except ConfigurationError as error:
        yield Found("failed", str(error), "start it, or correct CONNECTOR_REDIS_URL")
        return
    told = await patient.redis.info("server")
    name = "Valkey" if "valkey_version" in told else "Redis"
    yield Found("ok", f"{name} {told.get('valkey_version') or told.get('redis_version')} answers")


async def look_at_redis_settings(patient: Patient) -> AsyncIterator[Found]:
    """It keeps an append-only file that is written always, and never evicts."""
    try:
        warnings = await queue.check_persistence(patient.redis)
    except ConfigurationError as error:
        yield Found("failed", str(error), "correct redis.conf and restart it")
        return
    told = {**await patient.redis.info("server"), **await patient.redis.info("memory")}
    wrong = [Found("warning", words, "set appendonly yes in redis.conf") for words in warnings]
    wrong += [finding async for finding in _redis(patient, told)]
    for finding in wrong:
        yield finding
    if not wrong:
        yield Found("ok", "Redis writes every job down before it confirms, and evicts nothing")


async def _redis(patient: Patient, told: dict[str, Any]) -> AsyncIterator[Found]:
    version = str(told.get("redis_version", "0"))
    if int(version.partition(".")[0]) < OLDEST_REDIS:
        yield Found("warning", f"Redis {version} is old", f"use Redis {OLDEST_REDIS} or Valkey")
    persistence = await patient.redis.info("persistence")
    if persistence.get("aof_last_write_status", "ok") != "ok":
        yield Found("failed", "Redis could not write its append-only file", "look at its disk and its log")
    try:
        fsync = (await patient.redis.config_get("appendfsync")).get("appendfsync")
    except RedisError:
        yield Found("warning", "Redis does not tell how it writes (CONFIG GET)", "allow CONFIG GET")
    else:
        if fsync != "always":
            yield Found(
                "warning",
                f"Redis writes with appendfsync {fsync}: when its machine dies, the last second of "
                "acknowledged webhooks is lost",
                "set appendfsync always",
            )
    used, most = int(told.get("used_memory", 0)), int(told.get("maxmemory", 0))
    if most and used > NEARLY_FULL * most:
        yield Found(
            "warning",
            f"Redis uses {used // 2**20} of {most // 2**20} MB; full, it refuses webhooks",
            "raise maxmemory, or see why jobs pile up",
        )


async def look_at_migrations(patient: Patient) -> AsyncIterator[Found]:
    """The schema is this release's."""
    try:
        await migrate.require_current(patient.pool)
    except ConfigurationError as error:
        yield Found("failed", str(error), "connector migrate")
        return
    yield Found("ok", f"the schema is at {migrate.migrations()[-1].number}, as this release needs it")
