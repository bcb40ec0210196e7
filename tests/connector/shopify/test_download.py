"""A bulk result comes whole and once, whatever the line does."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from connector.shopify import errors
from connector.shopify.download import stream
from tests.connector.shopify.conftest import PlayedShopify

RESULT = b"".join(b'{"id":"gid:\\/\\/shopify\\/Product\\/%d"}\n' % number for number in range(40_000))


async def fetched(http: aiohttp.ClientSession, url: str, offset: int = 0, patience: float = 5.0) -> bytes:
    return b"".join([chunk async for chunk in stream(http, url, offset, patience=patience)])


def ranged(request: web.Request) -> web.Response:
    start = int(request.headers.get("Range", "bytes=0-")[6:-1])
    if start >= len(RESULT):
        return web.Response(status=416)
    headers = {"Content-Range": f"bytes {start}-{len(RESULT) - 1}/{len(RESULT)}"}
    return web.Response(status=206 if start else 200, body=RESULT[start:], headers=headers if start else {})


def whole(_request: web.Request) -> web.Response:
    return web.Response(body=RESULT)


async def broken(request: web.Request) -> web.StreamResponse:
    """Half of what is asked for, and then the connection drops."""
    answer = ranged(request)
    assert isinstance(answer.body, bytes)
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_length = len(answer.body)
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    assert request.transport
    request.transport.close()
    return response


@pytest.mark.parametrize("answers", [ranged, whole])
@pytest.mark.parametrize("offset", [0, 1, 5000, len(RESULT) - 1, len(RESULT)])
async def test_it_begins_where_it_is_asked_to(
    shopify: PlayedShopify, http: aiohttp.ClientSession, answers: object, offset: int
) -> None:
    shopify.will(answers)
    assert await fetched(http, shopify.origin + "/result", offset) == RESULT[offset:]
    (asked,) = shopify.log
    assert "X-Shopify-Access-Token" not in asked.headers
    assert asked.headers["Accept-Encoding"] == "identity"


async def test_a_dropped_connection_is_resumed(shopify: PlayedShopify, http: aiohttp.ClientSession) -> None:
    shopify.will(broken, lambda _: web.Response(status=503), broken, ranged)
    assert await fetched(http, shopify.origin + "/result", 7) == RESULT[7:]
    assert len(shopify.log) == 4


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_an_address_out_of_date_is_told(
    shopify: PlayedShopify, http: aiohttp.ClientSession, status: int
) -> None:
    shopify.will((status, "<Error><Code>ExpiredToken</Code></Error>"))
    with pytest.raises(errors.ResultExpired, match=str(status)):
        await fetched(http, shopify.origin + "/result")


async def test_what_does_not_come_is_unavailable(shopify: PlayedShopify, http: aiohttp.ClientSession) -> None:
    shopify.will((500, ""))
    with pytest.raises(errors.Unavailable):
        await fetched(http, shopify.origin + "/result", patience=0.0)


@pytest.mark.parametrize("url", ["http://files.example.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd", ""])
async def test_nothing_is_fetched_in_the_clear(http: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(errors.NotShopify, match="https"):
        await fetched(http, url)
