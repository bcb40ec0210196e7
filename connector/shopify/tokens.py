"""The access token of a shop: one that was pasted, or one bought from Shopify and shared by all processes."""

from __future__ import annotations

import asyncio
import random
import time
from typing import NamedTuple
from uuid import uuid4

import aiohttp
import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from connector import log
from connector.errors import ConfigurationError
from connector.shopify import errors, grants
from connector.vault import Vault

logger = log.get("shopify")

#: A token is renewed this long before its end, or a tenth of its life if that is less; seconds.
MARGIN = 3600.0
#: Who renews holds the lock no longer than this; the others look for the result so often; seconds.
LOCKED_FOR, LOOKED_EVERY = 20.0, 0.1
#: A token that still opens is used on when renewing it fails, and renewing tried again after this; seconds.
TRIED_AGAIN = 60.0
ANSWERS_WITHIN = 2.0

_AWAY = (RedisError, OSError, TimeoutError)
_UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class StaticToken:
    """A pasted access token: there is no other."""

    def __init__(self, shop: str, token: str) -> None:
        self._shop, self._token = shop, token

    async def current(self) -> str:
        """The token."""
        return self._token

    async def renewed(self, spent: str) -> str:
        """Raises Unauthorized: only the owner has another one."""
        raise errors.Unauthorized(
            f"{self._shop} refuses the access token: it is wrong or was revoked, or the app was uninstalled; "
            "give the store's present credentials with: connector shops update"
        )


class _Shared(msgspec.Struct):
    """What the processes tell each other, sealed; how long it lasts is the life of its key in Redis."""

    api_key: str
    token: str
    life: float


class _Held(NamedTuple):
    token: str
    renew_at: float
    ends_at: float


class GrantedToken:
    """Tokens by the client-credentials grant: renewed before their end, by one process for all."""

    def __init__(
        self,
        shop: str,
        api_key: str,
        client_secret: str,
        http: aiohttp.ClientSession,
        redis: Redis,
        vault: Vault,
        *,
        origin: str | None = None,
        timeout: float = 30.0,
    ) -> None:
        self._shop, self._api_key, self._secret = shop, api_key, client_secret
        self._http, self._redis, self._vault = http, redis, vault
        self._origin, self._timeout = origin or f"https://{shop}", timeout
        self._held: _Held | None = None
        self._renewing = asyncio.Lock()
        self._release = redis.register_script(_UNLOCK)

    async def current(self) -> str:
        """A token that opens for a while yet.

        Raises CannotGrantToken where Shopify sells none, Unavailable where it cannot be asked.
        """
        held = self._held
        if held and time.monotonic() < held.renew_at:
            return held.token
        try:
            return await self._renewed(None)
        except errors.Unavailable:
            if held and time.monotonic() < held.ends_at:
                self._held = held._replace(renew_at=time.monotonic() + TRIED_AGAIN)
                return held.token
            raise

    async def renewed(self, spent: str) -> str:
        """Another token than ``spent``, which Shopify refused; raises as ``current`` does."""
        return await self._renewed(spent)

    async def _renewed(self, spent: str | None) -> str:
        async with self._renewing:
            patience = time.monotonic() + LOCKED_FOR + self._timeout
            while True:
                await self._look()
                held = self._held
                if held and held.token != spent and time.monotonic() < held.renew_at:
                    return held.token
                mark = uuid4().hex
                if time.monotonic() > patience or await self._locked(mark):
                    return await self._bought(mark, spent)
                if held and held.token != spent and time.monotonic() < held.ends_at:
                    return held.token  # somebody renews it; until then it opens
                await asyncio.sleep(LOOKED_EVERY * random.uniform(0.5, 1.5))

    async def _bought(self, mark: str, spent: str | None) -> str:
        try:
            await self._look()  # who held the lock before us may just have renewed it
            held = self._held
            if not held or held.token == spent or time.monotonic() >= held.renew_at:
                held = await self._buy()
            return held.token
        finally:
            await self._unlock(mark)

    async def _buy(self) -> _Held:
        grant = await grants.ask(
            self._http, self._origin, self._shop, self._api_key, self._secret, self._timeout
        )
        held = self._held = _until_renewal(grant.access_token, grant.expires_in, grant.expires_in)
        shared = _Shared(self._api_key, grant.access_token, grant.expires_in)
        sealed = self._vault.seal(msgspec.json.encode(shared))
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                await self._redis.set(_key(self._shop), sealed, px=max(1, int(grant.expires_in * 1000)))
        except _AWAY as error:
            logger.warning("a new token is not shared: Redis is away", error=type(error).__name__)
        return held

    async def _look(self) -> None:
        """Hold the token in Redis, if there is one of ours."""
        key = _key(self._shop)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                sealed, left = await self._redis.get(key), await self._redis.pttl(key)
        except _AWAY:
            return
        if not sealed or left <= 0:
            return
        try:
            shared = msgspec.json.decode(self._vault.unseal(sealed), type=_Shared)
        except (ConfigurationError, msgspec.DecodeError):
            return  # of another key, or another release
        if shared.api_key == self._api_key and not (self._held and self._held.token == shared.token):
            self._held = _until_renewal(shared.token, left / 1000, shared.life)

    async def _locked(self, mark: str) -> bool:
        """Whether renewing is up to us; so it is where Redis cannot be asked."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                lasts = int(LOCKED_FOR * 1000)
                return bool(await self._redis.set(_lock(self._shop), mark, nx=True, px=lasts))
        except _AWAY:
            return True

    async def _unlock(self, mark: str) -> None:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                await self._release(keys=[_lock(self._shop)], args=[mark])
        except _AWAY:
            return  # it ends by itself


async def forget(redis: Redis, shop: str) -> None:
    """Share the shop's token no longer; where Redis is away, it is known by its app, and ends by itself."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            await redis.delete(_key(shop), _lock(shop))
    except _AWAY:
        return


def _until_renewal(token: str, left: float, life: float) -> _Held:
    now = time.monotonic()
    margin = min(MARGIN, life / 10) * random.uniform(0.8, 1.2)
    return _Held(token, now + left - margin, now + left)


def _key(shop: str) -> str:
    return f"connector:token:{shop}"


def _lock(shop: str) -> str:
    return f"connector:token-lock:{shop}"
