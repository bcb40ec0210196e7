"""A bulk result's bytes: from an offset on, resumed where a connection drops, never with a token."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from urllib.parse import urlsplit

import aiohttp

from connector.settings import is_loopback
from connector.shopify import errors

CHUNK = 256 * 1024
#: A download may last hours; only silence ends it; seconds.
SILENCE = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30)
EXPIRED = (400, 403, 404, 410)  # storage says 400 for a signature out of date, too

_RANGE = re.compile(r"bytes (\d+)-")


async def stream(
    http: aiohttp.ClientSession, url: str, offset: int, *, patience: float
) -> AsyncGenerator[bytes, None]:
    """The bytes of ``url`` from ``offset`` on.

    Raises ResultExpired where the address does not open any more, Unavailable where nothing came for
    ``patience`` seconds.
    """
    _check(url)
    progress, failures = time.monotonic(), 0
    while True:
        try:
            async for chunk in _from(http, url, offset):
                offset += len(chunk)
                yield chunk
                progress, failures = time.monotonic(), 0
            return
        except (aiohttp.ClientError, TimeoutError, OSError, errors.Unavailable) as error:
            failures += 1
            pause = random.uniform(0.0, min(15.0, 0.5 * 2.0 ** min(failures, 10)))
            if time.monotonic() - progress + pause > patience:
                raise errors.Unavailable(
                    f"a bulk result stopped coming after {offset} bytes ({type(error).__name__})"
                ) from None
            await asyncio.sleep(pause)


async def _from(http: aiohttp.ClientSession, url: str, offset: int) -> AsyncIterator[bytes]:
    headers = {"Accept-Encoding": "identity"}  # offsets count the bytes as they are stored
    if offset:
        headers["Range"] = f"bytes={offset}-"
    async with http.get(url, headers=headers, allow_redirects=False, timeout=SILENCE) as response:
        if response.status == 416:
            return  # nothing is left
        if response.status in EXPIRED:
            raise errors.ResultExpired(
                f"the address of a bulk result does not open any more (HTTP {response.status})"
            )
        if response.status not in (200, 206):
            raise errors.Unavailable(f"a bulk result's storage answered HTTP {response.status}")
        skip = offset
        if response.status == 206:
            begins = _RANGE.match(response.headers.get("Content-Range", ""))
            skip = offset - int(begins[1]) if begins else 0
            if skip < 0:
                raise errors.Unavailable("a bulk result's storage answered with another part than asked for")
        async for chunk in response.content.iter_chunked(CHUNK):
            if skip:
                skip, chunk = max(0, skip - len(chunk)), chunk[skip:]
            if chunk:
                yield chunk


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise errors.NotShopify("a bulk result's address is not https: nothing is fetched from there")
