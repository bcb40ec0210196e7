"""Puts the parts of a connected shop together: its credentials, its token, its budget, its Admin API."""

from __future__ import annotations

import aiohttp

from connector import keyring, log, shops
from connector.errors import ConfigurationError
from connector.postgres import Pool
from connector.queue import Redis
from connector.settings import Settings
from connector.shopify import errors, tokens
from connector.shopify.check import Checkup
from connector.shopify.client import Admin, Tokens
from connector.shopify.credentials import Credentials, recognise
from connector.shopify.grants import TrialToken
from connector.shopify.throttle import SharedBudget
from connector.shopify.tokens import GrantedToken, StaticToken
from connector.vault import Vault

logger = log.get("shops")

#: A person waits for the answer; seconds.
TRIED_FOR = 10.0


async def open_admin(
    config: Settings, pool: Pool, redis: Redis, http: aiohttp.ClientSession, domain: str
) -> Admin:
    """The Admin API of a connected shop; credentials changed later are taken up when the old ones end.

    Raises ConfigurationError where none are stored, or they were sealed by another key.
    """
    vault = Vault(config)
    kept = await keyring.find(pool, vault, domain)
    if kept is None:
        raise ConfigurationError(
            f"no credentials of {domain} are stored: give them with: connector shops add {domain}"
        )
    stored = _StoredTokens(config, pool, redis, http, vault, domain, kept.credentials)
    return _admin(config, redis, http, domain, stored)


def admin_to_try(
    config: Settings, redis: Redis, http: aiohttp.ClientSession, domain: str, credentials: Credentials
) -> Admin:
    """The Admin API by just these credentials: with no token that others bought, and little patience."""
    hasty = config.model_copy(update={"shopify_patience": min(config.shopify_patience, TRIED_FOR)})
    if credentials.client_secret:
        source: Tokens = TrialToken(
            domain,
            credentials.api_key,
            credentials.client_secret,
            http,
            origin=config.shopify_origin,
            timeout=config.shopify_timeout,
        )
    else:
        source = StaticToken(domain, credentials.token or "")
    return _admin(hasty, redis, http, domain, source)


async def begin(config: Settings, pool: Pool, redis: Redis) -> None:
    """At a process's start: serve the shop of the environment, and tell the door all shops there are.

    Shopify is not asked: webhooks are taken and applied while it is away. Credentials that cannot be
    understood are logged; what needs them says so again.
    """
    vault = Vault(config)
    if config.shop_url:
        domain = shops.domain_of(config.shop_url)
        shop_id = await shops.add(pool, domain)
        try:
            if given := from_environment(config, domain):
                changed = await keyring.keep(pool, vault, shop_id, domain, given)
                if changed:
                    await tokens.forget(redis, domain)
        except ConfigurationError as error:
            logger.error("the credentials of the environment cannot be used", shop=domain, error=str(error))
    await keyring.publish(pool, redis, vault)


async def note(pool: Pool, vault: Vault, domain: str, found: Checkup) -> None:
    """Keep what a check found of the shop and of the app's scopes."""
    shop = found.shop
    plan = shop.plan.public_display_name
    facts = shops.Facts(
        shop.number, shop.name, shop.currency_code, shop.iana_timezone, shop.taxes_included, plan
    )
    await shops.keep_facts(pool, domain, facts)
    await keyring.keep_check(pool, vault, domain, scopes=list(found.scopes))


def from_environment(config: Settings, domain: str) -> Credentials | None:
    """The credentials in CONNECTOR_API_KEY and its neighbours, where they are this shop's.

    Raises ConfigurationError where they are not understood.
    """
    if not config.api_password or not config.shop_url or shops.domain_of(config.shop_url) != domain:
        return None
    secret = config.webhook_secret.get_secret_value() if config.webhook_secret else None
    return recognise(config.api_key, config.api_password.get_secret_value(), secret)


def _admin(config: Settings, redis: Redis, http: aiohttp.ClientSession, domain: str, source: Tokens) -> Admin:
    return Admin(
        domain,
        http,
        source,
        SharedBudget(redis, domain),
        version=config.api_version,
        origin=config.shopify_origin,
        timeout=config.shopify_timeout,
        patience=config.shopify_patience,
    )


def _tokens(
    config: Settings,
    redis: Redis,
    http: aiohttp.ClientSession,
    vault: Vault,
    domain: str,
    credentials: Credentials,
) -> Tokens:
    if credentials.client_secret:
        return GrantedToken(
            domain,
            credentials.api_key,
            credentials.client_secret,
            http,
            redis,
            vault,
            origin=config.shopify_origin,
            timeout=config.shopify_timeout,
        )
    return StaticToken(domain, credentials.token or "")


class _StoredTokens:
    """Tokens by the stored credentials, looked up again where Shopify refuses those known so far."""

    def __init__(
        self,
        config: Settings,
        pool: Pool,
        redis: Redis,
        http: aiohttp.ClientSession,
        vault: Vault,
        domain: str,
        credentials: Credentials,
    ) -> None:
        self._config, self._pool, self._redis, self._http = config, pool, redis, http
        self._vault, self._domain, self._credentials = vault, domain, credentials
        self._source = _tokens(config, redis, http, vault, domain, credentials)

    async def current(self) -> str:
        try:
            return await self._source.current()
        except errors.CannotGrantToken:
            if not await self._changed():
                raise
            return await self._source.current()

    async def renewed(self, spent: str) -> str:
        if await self._changed() and (token := await self._source.current()) != spent:
            return token
        return await self._source.renewed(spent)

    async def _changed(self) -> bool:
        kept = await keyring.find(self._pool, self._vault, self._domain)
        if kept is None or kept.credentials == self._credentials:
            return False
        self._credentials = kept.credentials
        self._source = _tokens(
            self._config, self._redis, self._http, self._vault, self._domain, kept.credentials
        )
        return True
