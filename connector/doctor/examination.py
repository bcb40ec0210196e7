"""The checks in their order, and how one that cannot be made is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import aiohttp
import asyncpg

from connector import postgres, queue
from connector.doctor import codes, credentials, stores, webhooks, work
from connector.doctor.result import Check, Patient, Result
from connector.errors import ConnectorError
from connector.settings import Settings

_BOTH = ("migrations", "redis")

#: Those before them, of the machine and the settings, are made without any server.
CHECKS = (
    Check("postgres", ("servers",), stores.look_at_postgres),
    Check("Postgres settings", ("postgres",), stores.look_at_postgres_settings),
    Check("redis", ("servers",), stores.look_at_redis),
    Check("Redis settings", ("redis",), stores.look_at_redis_settings),
    Check("migrations", ("postgres",), stores.look_at_migrations),
    Check("secret key", ("migrations",), credentials.look_at_secret_key),
    Check("credentials", (*_BOTH, "secret key"), credentials.look_at_credentials),
    Check("scopes", (*_BOTH, "secret key"), credentials.look_at_scopes),
    Check("API version", (*_BOTH, "secret key"), credentials.look_at_api_version),
    Check("public URL", ("settings",), webhooks.look_at_public_url),
    Check("subscriptions", (*_BOTH, "secret key"), webhooks.look_at_subscriptions),
    Check("silence", ("migrations",), webhooks.look_at_silence),
    Check("clocks", ("postgres", "redis"), work.look_at_clocks),
    Check("queue", ("redis",), work.look_at_queue),
    Check("dead letters", ("migrations",), work.look_at_dead_letters),
    Check("refetches", ("migrations",), work.look_at_refetches),
    Check("imports", ("migrations",), work.look_at_imports),
    Check("codes", ("migrations",), codes.look_at_codes),
)

_EXPECTED = (
    ConnectorError,
    asyncpg.PostgresError,
    aiohttp.ClientError,
    *postgres.AWAY,
    *queue.AWAY,
)


async def examine(config: Settings, before: Iterable[Result]) -> AsyncIterator[Result]:
    """Each result as it is found; ``before`` are those of the machine, the settings and the servers."""
    bad = failed(before)
    async with aiohttp.ClientSession() as http:
        patient = Patient(config, http)
        try:
            for check in CHECKS:
                async for result in _made(check, patient, bad):
                    if result.state == "failed" and not result.shop:
                        bad.add(check.name)
                    yield result
        finally:
            if patient.queue is not None:
                await patient.queue.aclose()
            if patient.postgres is not None:
                await patient.postgres.close()


def skipped(before: Iterable[Result]) -> list[Result]:
    """All checks of ``CHECKS``, left out because of what failed before them."""
    bad = failed(before)
    why = next(iter(bad))
    return [Result(check.name, "skipped", f"because of {why}") for check in CHECKS]


def failed(results: Iterable[Result]) -> set[str]:
    """The checks whose needs are not met for those after them."""
    return {result.check for result in results if result.state == "failed"}


async def _made(check: Check, patient: Patient, bad: set[str]) -> AsyncIterator[Result]:
    missing = [need for need in check.needs if need in bad]
    if missing:
        bad.add(check.name)
        yield Result(check.name, "skipped", f"because of {missing[0]}")
        return
    found = 0
    try:
        async for finding in check.look(patient):
            found += 1
            yield Result(check.name, *finding)
    except _EXPECTED as error:
        words = str(error) if isinstance(error, ConnectorError) else type(error).__name__
        yield Result(check.name, "failed", f"could not be looked at: {words}")
        return
    if not found:
        yield Result(check.name, "skipped", "no shop could be asked")
