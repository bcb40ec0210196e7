"""A Shopify that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import aiohttp
import msgspec
import pytest
from aiohttp import web

from connector.embedded import Servers
from tests.servers import free_port

VERSION = "2026-10"
JSON = {"Content-Type": "application/json", "X-Shopify-API-Version": VERSION}


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body, type=dict[str, Any])


Play = Callable[[web.Request], web.StreamResponse]


class PlayedShopify:
    """Plays the answers given to ``will``, one each; the last one again and again."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.log: list[Asked] = []
        self._answers: list[Any] = []

    def will(self, *answers: Any) -> None:
        """Each a JSON value (HTTP 200), a (status, JSON) pair, or a function of the request."""
        self._answers = list(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.log.append(Asked(request.method, request.path, dict(request.headers), body))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if callable(answer):
            made = answer(request)
            return await made if asyncio.iscoroutine(made) else made
        status, value = answer if isinstance(answer, tuple) else (200, answer)
        return web.Response(status=status, body=msgspec.json.encode(value), headers=JSON)


def priced(data: Any, requested: int = 10, actual: int | None = 5, available: float = 1900.0) -> Any:
    """A GraphQL answer with what it cost."""
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
    cost = {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}
    return {"data": data, "extensions": {"cost": cost}}


def failing(code: str, message: str = "no", **extensions: Any) -> Any:
    """A GraphQL answer that is one error."""
    return {"errors": [{"message": message, "extensions": {"code": code, **extensions}}]}


@pytest.fixture
async def shopify() -> AsyncIterator[PlayedShopify]:
    port = free_port()
    played = PlayedShopify(f"http://127.0.0.1:{port}")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", played.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield played
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def servers_url(servers: Servers) -> str:
    return servers.redis_url
