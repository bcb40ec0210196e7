"""The shops this installation serves, and the ways people write their addresses."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from connector.errors import ConfigurationError
from connector.postgres import Connection, Pool, blocks

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_SQL = blocks("connector", "shops")

#: How long a process may go on taking a removed shop for one that is served; seconds.
REMEMBERED = 2.0
#: A shop's rows are many; seconds.
_PATIENCE = 86_400.0


class Facts(NamedTuple):
    """What Shopify says of a shop when it is asked."""

    shopify_id: int
    name: str | None
    currency: str | None
    iana_timezone: str | None
    taxes_included: bool | None
    plan_name: str | None


def domain_of(store_url: str) -> str:
    """The myshopify domain from a bare name, a domain, a URL or an admin.shopify.com/store/… address.

    Raises ConfigurationError for anything else: a custom domain does not tell which shop it is.
    """
    text = store_url.strip().lower()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
    except ValueError:  # a bracket, which begins an IPv6 address
        parts = urlsplit("")
    host, path = parts.hostname or "", parts.path.strip("/").split("/")
    if host == "admin.shopify.com" and len(path) >= 2 and path[0] == "store":
        name = path[1]
    elif "." not in host:
        name = host
    else:
        name, _, rest = host.partition(".")
        if rest != "myshopify.com":
            name = ""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{store_url!r} is not a store address: use your-store.myshopify.com, "
            "as Shopify shows it under Settings, Domains"
        )
    return f"{name}.myshopify.com"


async def add(pool: Pool, domain: str) -> int:
    """Serve this shop from now on; adding it twice is the same as once. Returns its number in our tables."""
    return int(await pool.fetchval(_SQL["add"], domain))


async def domain(pool: Pool, shop_id: int) -> str:
    """A shop's domain by its number; raises ConfigurationError where it is not served any more."""
    found: str | None = await pool.fetchval(_SQL["domain"], shop_id)
    if found is None:
        raise ConfigurationError(f"the shop with the number {shop_id} is not connected here")
    return found


async def choose(pool: Pool, wanted: str | None) -> tuple[int, str]:
    """The number and domain of the shop that is meant: the named one, or the only one there is.

    Raises ConfigurationError where it is not connected, or several are and none is named.
    """
    found = {row["shop"]: row["shop_id"] for row in await listed(pool)}
    if wanted is not None:
        name = domain_of(wanted)
        if name not in found:
            raise ConfigurationError(f"{name} is not connected here: connector shops add {name}")
        return found[name], name
    if len(found) == 1:
        ((name, shop_id),) = found.items()
        return shop_id, name
    if not found:
        raise ConfigurationError("no shop is connected: connector shops add your-store.myshopify.com")
    raise ConfigurationError(f"several shops are connected, name one with --shop: {', '.join(found)}")


async def listed(pool: Pool) -> list[dict[str, Any]]:
    """The shops that are served, with what is known of their credentials; nothing secret."""
    return [dict(row) for row in await pool.fetch(_SQL["listed"])]


async def keep_facts(pool: Pool, domain: str, facts: Facts) -> None:
    """Note what Shopify says of the shop; where a webhook told it already, that stands."""
    await pool.execute(
        _SQL["keep_facts"],
        domain,
        facts.shopify_id,
        facts.name,
        facts.currency,
        facts.iana_timezone,
        facts.taxes_included,
        facts.plan_name,
    )


async def remove(pool: Pool, domain: str) -> int | None:
    """Serve this shop no longer, and delete its credentials; its number, or None where it was not served."""
    shop_id = await pool.fetchval(_SQL["remove"], domain)
    return None if shop_id is None else int(shop_id)


async def removed(pool: Pool, domain: str) -> int | None:
    """The number of a shop that was served once; its data may still be here."""
    number: int | None = await pool.fetchval(_SQL["removed"], domain)
    return number


async def delete_data(pool: Pool, shop_id: int, domain: str) -> int:
    """Delete all that was mirrored of a removed shop, ledger and dead letters included; how many rows."""
    await asyncio.sleep(REMEMBERED)  # until then a worker may take it for one that is served
    tables = [row["table_name"] for row in await pool.fetch(_SQL["with_data"])]
    deleted = 0
    for table in tables:
        told = await pool.execute(_SQL["delete_data"].format(view=table), shop_id, timeout=_PATIENCE)
        deleted += int(told.split()[-1])
    await pool.execute(_SQL["delete_dead_letters"], domain, timeout=_PATIENCE)
    return deleted


class ShopIds:
    """Shop domain → number in our tables, remembered for a moment; a shop added later is found at once."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._forgotten_at = 0.0

    async def find(self, connection: Connection, domains: Iterable[str]) -> dict[str, int]:
        """The numbers of those of ``domains`` that are served; the others are absent."""
        now = time.monotonic()
        if now >= self._forgotten_at:  # one may have been removed
            self._known, self._forgotten_at = {}, now + REMEMBERED
        wanted = set(domains)
        missing = wanted - self._known.keys()
        if missing:
            rows = await connection.fetch(_SQL["find"], list(missing))
            self._known.update({row["domain"]: row["shop_id"] for row in rows})
        return {domain: self._known[domain] for domain in wanted & self._known.keys()}
