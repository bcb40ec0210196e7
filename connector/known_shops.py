"""The shops whose webhooks the door takes: those of the environment, and those told through Redis.

Postgres is never asked: webhooks are taken while it is away. Who changes the shops publishes them here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from connector import log
from connector.errors import ConfigurationError
from connector.settings import Settings
from connector.shops import domain_of
from connector.vault import Vault

logger = log.get("shops")

HASH = "connector:shops"
#: A field of the hash that is no shop: where it is missing, Redis lost what it was told.
_MARK = "published"
#: How often the shops are read anew, and how soon again for a sender that is not known; seconds.
READ_EVERY, READ_AGAIN = 3.0, 1.0
ANSWERS_WITHIN = 1.0
#: Each secret is a hash over the whole body, and strangers shall not cost us one for every shop.
TRIED_FOR_STRANGERS = 8

_AWAY = (RedisError, OSError, TimeoutError)


class Secret(msgspec.Struct, frozen=True):
    """What a shop's webhooks may be signed with, until a moment (seconds since 1970) where one is set."""

    key: str
    until: float | None = None

    def __repr__(self) -> str:
        return "<Secret>"


_secrets = msgspec.json.Decoder(list[Secret])


async def publish(redis: Redis, vault: Vault, secrets: Mapping[str, list[Secret]]) -> None:
    """Tell every ingress which shops there are, and by what their webhooks are known; replaces all before.

    Raises what redis-py raises where Redis is away.
    """
    told: dict[str | bytes, bytes | float | int | str] = {_MARK: b"1"}
    for domain, keys in secrets.items():
        told[domain] = vault.seal(msgspec.json.encode(keys))
    async with asyncio.timeout(5 * ANSWERS_WITHIN), redis.pipeline(transaction=True) as pipeline:
        pipeline.delete(HASH)
        pipeline.hset(HASH, mapping=told)
        await pipeline.execute()


class KnownShops:
    """What one ingress knows; a Redis that is away takes nothing from it."""

    def __init__(self, config: Settings, redis: Redis) -> None:
        self._redis, self._vault = redis, Vault(config)
        own = tuple(Secret(secret.decode()) for secret in config.webhook_secrets)
        self._own = {domain_of(config.shop_url): own} if config.shop_url and own else {}
        self._told: dict[str, tuple[Secret, ...]] = {}
        self._sealed: dict[bytes, bytes] = {}
        self._strange: set[bytes] = set()
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")

    def __bool__(self) -> bool:
        return bool(self._own or self._told)

    def __contains__(self, domain: str) -> bool:
        return domain in self._own or domain in self._told

    def secrets(self, domain: str) -> tuple[bytes, ...]:
        """What this shop's webhooks may be signed with; for a shop that is not known, those of the others.

        So a stranger learns nothing from the answer, and a shop taken out is told from a forgery.
        """
        now = time.time()
        shops = [domain] if domain in self else [*self._own, *self._told][:TRIED_FOR_STRANGERS]
        return tuple(
            secret.key.encode()
            for shop in shops
            for secret in (*self._own.get(shop, ()), *self._told.get(shop, ()))
            if secret.until is None or secret.until > now
        )

    async def keep_fresh(self) -> None:
        """Read the shops again and again, until cancelled."""
        while True:
            await asyncio.sleep(READ_EVERY)
            await self.read()

    async def read_again(self) -> bool:
        """Read for a sender that is not known, unless that was done just now; whether it was read."""
        async with self._reading:
            if time.monotonic() - self._read_at < READ_AGAIN:
                return False
            await self.read()
            return True

    async def read(self) -> None:
        """Learn what is published; what cannot be read is left as it is known."""
        self._read_at = time.monotonic()
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                told: dict[bytes, bytes] = await self._redis.hgetall(HASH)  # type: ignore[misc]
        except _AWAY:
            return
        if told.pop(_MARK.encode(), None) is None:
            return  # never told, or lost: what was known stands
        opened = {domain: self._opened(sealed) for domain, sealed in told.items()}
        self._told = {
            domain.decode(): secrets if secrets is not None else self._told.get(domain.decode(), ())
            for domain, secrets in opened.items()
        }
        self._sealed = {sealed: self._sealed[sealed] for sealed in told.values() if sealed in self._sealed}
        self._strange &= set(told.values())

    def _opened(self, sealed: bytes) -> tuple[Secret, ...] | None:
        try:
            if sealed not in self._sealed:
                self._sealed[sealed] = self._vault.unseal(sealed)
            return tuple(_secrets.decode(self._sealed[sealed]))
        except (ConfigurationError, msgspec.DecodeError) as error:
            if sealed not in self._strange:
                self._strange.add(sealed)
                logger.error("a shop's webhooks cannot be verified", error=str(error))
            return None
