"""Connecting a shop: ask Shopify first, then keep what was proven, and tell the door."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import aiohttp

from connector import connected, keyring, shops, subscriptions
from connector.cli import shop_report
from connector.cli.credential_prompts import Pasted
from connector.cli.output import console
from connector.cli.servers import stores
from connector.connected import admin_to_try
from connector.errors import ConnectorError, Transient
from connector.settings import Settings
from connector.shopify import check as checks
from connector.shopify import tokens
from connector.shopify.check import Checkup
from connector.shopify.client import Admin
from connector.shopify.credentials import Credentials
from connector.shopify.errors import NoAccess, Unavailable
from connector.vault import Vault


async def run(config: Settings, domain: str, given: Credentials, *, ask: bool, known: bool = False) -> None:
    """Keep ``given`` once Shopify has taken them (at once without ``ask``); raises with nothing kept."""
    vault = Vault(config)
    async with stores(config) as (pool, redis):
        if known and domain not in {row["shop"] for row in await shops.listed(pool)}:
            raise ConnectorError(f"{domain} is not connected: connector shops add {domain}")
        found = None
        if ask:
            async with aiohttp.ClientSession() as http:
                found = await _found(admin_to_try(config, redis, http, domain, given))
            domain = found.shop.myshopify_domain
        shop_id = await shops.add(pool, domain)
        changed = await keyring.keep(pool, vault, shop_id, domain, given)
        if changed:
            await tokens.forget(redis, domain)
        if found:
            await connected.note(pool, vault, domain, found)
            say(shop_report.lines(found, config.api_version))
        told = await keyring.publish(pool, redis, vault)
        if config.public_url:
            with suppress(Transient):  # the schedule looks after it too
                await subscriptions.soon(redis, shop_id)
        console.print(
            f"{domain} is connected{'' if told else '; the ingress learns of it at its next start'}"
        )


async def _found(admin: Admin) -> Checkup:
    try:
        return await checks.check(admin)
    except (NoAccess, Unavailable) as error:
        raise ConnectorError(
            f"{error}. Nothing was stored; --unchecked stores it without asking Shopify"
        ) from error


async def completed(config: Settings, domain: str, pasted: Pasted) -> Pasted:
    """What was pasted, and the rest as it is stored."""
    async with stores(config) as (pool, _):
        kept = await keyring.find(pool, Vault(config), domain)
    if kept is None:
        return pasted
    stored = kept.credentials
    password = pasted.api_password or stored.client_secret or stored.token
    others = ",".join(secret for secret in stored.webhook_secrets if secret != stored.client_secret)
    secret = pasted.webhook_secret or (others or None if pasted.api_password is None else None)
    return Pasted(pasted.api_key or stored.api_key, password, secret)


def say(lines: Iterable[str]) -> None:
    """One line each, as long as it is."""
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
