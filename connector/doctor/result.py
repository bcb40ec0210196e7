"""What a check finds, and what the checks share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import aiohttp
import msgspec

from connector.errors import ConnectorError
from connector.postgres import Pool
from connector.queue import Redis
from connector.settings import Settings
from connector.shopify.check import Checkup
from connector.shopify.client import Admin

State = Literal["ok", "warning", "failed", "skipped"]


class Result(msgspec.Struct, frozen=True):
    """One sentence on one thing, and how to mend it; ``shop`` where it is about one of them."""

    check: str
    state: State
    words: str
    mend: str | None = None
    shop: str | None = None


class Found(NamedTuple):
    """A result before it carries the name of its check."""

    state: State
    words: str
    mend: str | None = None
    shop: str | None = None


class Connected(NamedTuple):
    """A shop whose credentials work, and what they open."""

    shop_id: int
    admin: Admin
    checkup: Checkup


@dataclass
class Patient:
    """What is looked at. Checks that come first fill in what those after them need."""

    config: Settings
    http: aiohttp.ClientSession
    postgres: Pool | None = None
    queue: Redis | None = None
    shops: dict[str, Connected] = field(default_factory=dict)

    @property
    def pool(self) -> Pool:
        """Postgres, for checks that need it to answer."""
        if self.postgres is None:
            raise ConnectorError("Postgres is not connected")
        return self.postgres

    @property
    def redis(self) -> Redis:
        """Redis, for checks that need it to answer."""
        if self.queue is None:
            raise ConnectorError("Redis is not connected")
        return self.queue


class Check(NamedTuple):
    """A look at one thing, left out where one of ``needs`` failed."""

    name: str
    needs: tuple[str, ...]
    look: Callable[[Patient], AsyncIterator[Found]]
