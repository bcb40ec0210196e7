"""Ids and times of change of all things of a type, page by page, however many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from connector.gids import number
from connector.shopify.client import Admin
from connector.shopify.documents import Document


class Version(msgspec.Struct, rename="camel", frozen=True):
    """A thing, and when Shopify last changed it."""

    id: str
    updated_at: datetime

    @property
    def number(self) -> int:
        """The number at the end of its gid."""
        return number(self.id)


class _Page(msgspec.Struct):
    nodes: list[Version]


async def versions(
    admin: Admin, asked: Document, query: str = "", *, share: float = 1.0
) -> AsyncIterator[list[Version]]:
    """Pages of what matches ``query``, by rising id.

    Each page asks for ids above the last one: Shopify's cursors end at 25,000 objects (Shopify docs, "API
    limits").
    """
    last = 0
    while True:
        wanted = f"{query} id:>{last}".strip()
        answer = await admin.ask(asked, {"query": wanted}, share=share)
        (page,) = msgspec.json.decode(answer.data, type=dict[str, _Page]).values()
        found = sorted(page.nodes, key=lambda version: version.number)
        found = [version for version in found if version.number > last]
        if not found:
            return
        yield found
        last = found[-1].number
