"""The shops this installation serves, and the ways people write their addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from connector.errors import ConfigurationError
from connector.postgres import Connection, Pool, blocks

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_SQL = blocks("connector", "shops")


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


class ShopIds:
    """Shop domain → number in our tables, remembered; a shop added later is found when it first sends."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    async def find(self, connection: Connection, domains: Iterable[str]) -> dict[str, int]:
        """The numbers of those of ``domains`` that are served; the others are absent."""
        wanted = set(domains)
        missing = wanted - self._known.keys()
        if missing:
            rows = await connection.fetch(_SQL["find"], list(missing))
            self._known.update({row["domain"]: row["shop_id"] for row in rows})
        return {domain: self._known[domain] for domain in wanted & self._known.keys()}
