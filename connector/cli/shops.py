"""`connector shops`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import aiohttp
import typer

from connector import connected, keyring, public_url, settings, shops, subscriptions
from connector.cli import connect, migrate, shop_report
from connector.cli.credential_prompts import Pasted, credentials_from
from connector.cli.output import console, errors, print_rows
from connector.cli.servers import servers, stores
from connector.connected import admin_to_try
from connector.errors import ConnectorError
from connector.postgres import Pool
from connector.queue import Redis
from connector.settings import Settings
from connector.shopify import check as checks
from connector.shopify import tokens
from connector.shopify.scopes import missing
from connector.vault import Vault

app = typer.Typer(help="The shops that are connected.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Key = Annotated[str | None, typer.Option(help="The app's client id.")]
Password = Annotated[
    str | None,
    typer.Option(help="Its client secret (shpss_…), or an access token; better left to the prompt."),
]
Secret = Annotated[str | None, typer.Option(help="What webhooks are signed with, where a token was given.")]
Unchecked = Annotated[bool, typer.Option("--unchecked", help="Store it without asking Shopify.")]
Store = Annotated[str, typer.Argument(help="your-store.myshopify.com, or any way to write it.")]


@app.command()
def add(
    store_url: Store,
    api_key: Key = None,
    api_password: Password = None,
    webhook_secret: Secret = None,
    unchecked: Unchecked = False,
) -> None:
    """Connect a shop: check its credentials with Shopify and keep them sealed. Asks for what is missing."""
    config = settings.load()
    domain = shops.domain_of(store_url)
    given = credentials_from(config, domain, Pasted(api_key, api_password, webhook_secret))
    connect.say([given.described()])
    with servers(config, "connector shops add") as ready:
        if config.postgres_dsn is None:  # the embedded one may be new
            asyncio.run(migrate.run(ready))
        asyncio.run(connect.run(ready, domain, given, ask=not unchecked))


@app.command()
def update(
    shop: Store,
    api_key: Key = None,
    api_password: Password = None,
    webhook_secret: Secret = None,
    unchecked: Unchecked = False,
) -> None:
    """Change a shop's credentials. Webhooks signed with the former secret are taken for a day more."""
    config = settings.load()
    domain = shops.domain_of(shop)
    pasted = Pasted(api_key, api_password, webhook_secret)
    with servers(config, "connector shops update") as ready:
        if pasted != Pasted():
            pasted = asyncio.run(connect.completed(ready, domain, pasted))
        given = credentials_from(config, domain, pasted, fresh=True)
        connect.say([given.described()])
        asyncio.run(connect.run(ready, domain, given, ask=not unchecked, known=True))
    if config.api_password and config.shop_url and shops.domain_of(config.shop_url) == domain:
        errors.print(
            "CONNECTOR_API_PASSWORD names this shop too, and wins at the next start: change it as well"
        )


@app.command("list")
def list_(json: Json = False) -> None:
    """The shops that are connected, and what the last check of each found."""
    with servers(settings.load(), "connector shops list") as config:
        rows = asyncio.run(_list(config))
    for row in rows:
        row["missing_scopes"] = None
        if row["scopes"] is not None:
            row["missing_scopes"] = [need.scopes[0] for need in missing(row["scopes"])]
    columns = ("shop", "name", "plan", "kind", "checked_at", "problem")
    print_rows(rows, columns, as_json=json, empty="no shops yet: connector shops add")


@app.command()
def check(shop: Annotated[str | None, typer.Argument(help="Only this one.")] = None) -> None:
    """Ask Shopify whether the credentials work, and name each missing scope and what it is for."""
    with servers(settings.load(), "connector shops check") as config:
        failed = asyncio.run(_check(config, shops.domain_of(shop) if shop else None))
    if failed:
        raise ConnectorError(f"not in order: {', '.join(failed)}")


@app.command()
def remove(
    shop: Store,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Delete its mirrored data as well.")] = False,
) -> None:
    """Disconnect a shop: delete its credentials, take its webhooks no more. Its data stays unless --data."""
    config = settings.load()
    domain = shops.domain_of(shop)
    what = "its credentials and all its mirrored data" if data else "its credentials; its mirrored data stays"
    if not yes:
        typer.confirm(f"Disconnect {domain}? This deletes {what}.", abort=True)
    with servers(config, "connector shops remove") as ready:
        deleted = asyncio.run(_remove(ready, domain, data))
    stays = f"its data stays: connector shops remove {domain} --data deletes it"
    console.print(f"{domain} is disconnected; {f'{deleted} rows deleted' if data else stays}", soft_wrap=True)
    if config.shop_url and shops.domain_of(config.shop_url) == domain:
        errors.print("CONNECTOR_SHOP_URL still names it: unset it, or the next start connects it again")


async def _list(config: Settings) -> list[dict[str, Any]]:
    async with stores(config) as (pool, _):
        return await shops.listed(pool)


async def _check(config: Settings, only: str | None) -> list[str]:
    """The shops that are not in order."""
    vault = Vault(config)
    async with stores(config) as (pool, redis), aiohttp.ClientSession() as http:
        domains = [row["shop"] for row in await shops.listed(pool)]
        if only and only not in domains:
            raise ConnectorError(f"{only} is not connected: connector shops add {only}")
        failed = []
        for domain in [only] if only else domains:
            kept = None
            try:
                kept = await keyring.find(pool, vault, domain)
                if kept is None:
                    raise ConnectorError(
                        "no credentials are stored: webhooks are taken, and Shopify cannot be asked; give "
                        f"them with: connector shops add {domain}"
                    )
                found = await checks.check(admin_to_try(config, redis, http, domain, kept.credentials))
                connect.say([kept.credentials.described(), *shop_report.lines(found, config.api_version)])
                await connected.note(pool, vault, domain, found)
            except ConnectorError as error:
                failed.append(domain)
                connect.say([f"{domain}: {error}"])
                if kept:
                    await keyring.keep_check(pool, vault, domain, problem=str(error))
        await keyring.publish(pool, redis, vault)
    if not domains:
        connect.say(["no shops yet: connector shops add"])
    return failed


async def _unsubscribe(config: Settings, pool: Pool, redis: Redis, domain: str) -> None:
    """Have Shopify send its webhooks no more, where it can still be asked; they would be refused."""
    uri = public_url.webhook_address(config)
    served = {row["shop"]: row["shop_id"] for row in await shops.listed(pool)}
    shop_id = served.get(domain)
    if uri is None or shop_id is None:
        return
    hasty = config.model_copy(update={"shopify_patience": 5.0})
    async with aiohttp.ClientSession() as http:
        try:
            admin = await connected.open_admin(hasty, pool, redis, http, domain)
            await subscriptions.remove(pool, admin, shop_id, uri)
        except ConnectorError as error:
            errors.print(f"Shopify goes on sending its webhooks: {error}", markup=False, soft_wrap=True)


async def _remove(config: Settings, domain: str, data: bool) -> int:
    vault = Vault(config)
    async with stores(config) as (pool, redis):
        await _unsubscribe(config, pool, redis, domain)
        shop_id = await shops.remove(pool, domain)
        if shop_id is None and data:
            shop_id = await shops.removed(pool, domain)
        if shop_id is None:
            raise ConnectorError(f"{domain} is not connected")
        await tokens.forget(redis, domain)
        if not await keyring.publish(pool, redis, vault):
            raise ConnectorError(
                f"{domain} is disconnected, but Redis did not take it: restart worker and ingress, or "
                "its webhooks are still taken"
            )
        return await shops.delete_data(pool, shop_id, domain) if data else 0
