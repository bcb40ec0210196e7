"""`connector webhooks`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple

import aiohttp
import msgspec
import typer

from connector import connected, log, public_url, settings, shops, subscriptions, topic_states
from connector.cli.connect import say
from connector.cli.output import errors, print_json, print_rows
from connector.cli.servers import Stores, servers, stores
from connector.errors import ConfigurationError, ConnectorError
from connector.settings import Settings
from connector.shopify import check as checks
from connector.shopify.client import Admin
from connector.vault import Vault

app = typer.Typer(help="What Shopify is told to send, and where to.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Shop = Annotated[str | None, typer.Argument(help="Only this one; else all that are connected.")]

_COLUMNS = ("topic", "state", "last_delivery_at", "api_version", "lost")


class Subject(NamedTuple):
    """A connected shop that was asked about, and what it granted."""

    opened: Stores
    admin: Admin
    shop_id: int
    scopes: tuple[str, ...]


@app.command("list")
def list_(shop: Shop = None, json: Json = False) -> None:
    """Each topic: whether Shopify tells us of it, when it last did, and why it was gone if it was."""
    config = settings.load()
    uri = public_url.webhook_address(config)

    async def look(subject: Subject) -> list[topic_states.TopicState]:
        pool = subject.opened.pool
        return await topic_states.look(pool, subject.admin, subject.shop_id, uri, subject.scopes)

    told, failed = _each(config, "list", shop, look)
    rows = [msgspec.structs.asdict(state) for states in told.values() for state in states]
    columns = ("shop", *_COLUMNS) if len(told) > 1 else _COLUMNS
    if rows or json:
        print_rows(rows, columns, as_json=json, empty="")
    if uri is None:
        errors.print("no CONNECTOR_PUBLIC_URL: nothing is subscribed, changes are found by comparing")
    other = {row["api_version"] for row in rows} - {None, config.api_version}
    if other:
        errors.print(
            f"payloads come in API version {', '.join(sorted(other))} instead of {config.api_version}: set "
            "the webhook API version on the app's page in Shopify"
        )
    _complain(failed)


@app.command()
def register(shop: Shop = None, json: Json = False) -> None:
    """Make Shopify's list equal ours: create what is missing, mend what differs. Others' are not touched."""
    config = settings.load()
    uri = public_url.required_address(config)

    async def keep(subject: Subject) -> dict[str, Any]:
        (pool, redis), admin, shop_id, scopes = subject
        await subscriptions.want(pool, shop_id, True)
        kept = await subscriptions.keep(pool, redis, admin, shop_id, uri, scopes)
        return {
            "created": sorted(kept.done.created),
            "updated": sorted(kept.done.updated),
            "deleted": sorted(made.topic for made in kept.done.deleted),
            "kept": sorted(kept.done.kept.keys() - kept.done.lacking.keys()),
            "lacking": {topic: " or ".join(scopes) for topic, scopes in kept.done.lacking.items()},
            "refused": kept.done.refused,
            "lost": {loss.topic: loss.words for loss in kept.losses},
            "compared_from": kept.looked_back,
        }

    told, failed = _each(config, "register", shop, keep)
    if json:
        print_json(told)
    else:
        for domain, result in told.items():
            say(_lines(domain, uri, result))
    _complain({**failed, **{domain: "some were refused" for domain, kept in told.items() if kept["refused"]}})


@app.command()
def remove(shop: Shop = None, json: Json = False) -> None:
    """Delete our subscriptions and no others; the schedule makes them no more until `register`."""
    config = settings.load()

    async def delete(subject: Subject) -> list[str]:
        uri = public_url.webhook_address(config)
        gone = await subscriptions.remove(subject.opened.pool, subject.admin, subject.shop_id, uri)
        return sorted(made.topic for made in gone)

    told, failed = _each(config, "remove", shop, delete)
    if json:
        print_json({domain: {"deleted": gone} for domain, gone in told.items()})
    else:
        say(f"{domain}: {len(gone)} deleted" for domain, gone in told.items())
    _complain(failed)


def _each(
    config: Settings, command: str, shop: str | None, work: Callable[[Subject], Awaitable[Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the work returned for each shop, and why it could not be done for the others."""
    log.configure(config)
    with servers(config, f"connector webhooks {command}") as ready:
        return asyncio.run(_work(ready, shops.domain_of(shop) if shop else None, work))


async def _work(
    config: Settings, only: str | None, work: Callable[[Subject], Awaitable[Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    hasty = config.model_copy(update={"shopify_patience": min(config.shopify_patience, connected.TRIED_FOR)})
    told: dict[str, Any] = {}
    failed: dict[str, str] = {}
    async with stores(config) as opened, aiohttp.ClientSession() as http:
        domains = [row["shop"] for row in await shops.listed(opened.pool)]
        if only and only not in domains:
            raise ConnectorError(f"{only} is not connected: connector shops add {only}")
        if not domains:
            raise ConnectorError("no shop is connected: connector shops add your-store.myshopify.com")
        async with opened.pool.acquire() as connection:
            ids = await shops.ShopIds().find(connection, [only] if only else domains)
        for domain, shop_id in ids.items():
            try:
                admin = await connected.open_admin(hasty, opened.pool, opened.redis, http, domain)
                found = await checks.check(admin)
                await connected.note(opened.pool, Vault(config), domain, found)
                told[domain] = await work(Subject(opened, admin, shop_id, found.scopes))
            except ConnectorError as error:
                failed[domain] = str(error)
    return told, failed


def _lines(domain: str, uri: str, result: dict[str, Any]) -> list[str]:
    counted = ", ".join(f"{len(result[what])} {what}" for what in ("created", "updated", "deleted", "kept"))
    lines = [f"{domain} to {uri}: {counted}"]
    for what in ("created", "updated", "deleted"):
        if 0 < len(result[what]) < 10:
            lines.append(f"  {what}: {', '.join(result[what])}")
    scopes: dict[str, list[str]] = {}
    for topic, scope in result["lacking"].items():
        scopes.setdefault(scope, []).append(topic)
    lines += [f"  lacking scope {scope}: {', '.join(topics)}" for scope, topics in scopes.items()]
    lines += [f"  refused {topic}: {why}" for topic, why in result["refused"].items()]
    lines += [f"  was gone {topic}: {why}" for topic, why in result["lost"].items()]
    if result["compared_from"]:
        lines.append(f"  what was missed is compared now: {', '.join(result['compared_from'])}")
    return lines


def _complain(failed: dict[str, str]) -> None:
    if failed:
        raise ConfigurationError("; ".join(f"{domain}: {why}" for domain, why in failed.items()))
