"""The ingress process: listens, and at its end lets every request that has begun come to its answer.

`python -m connector.ingress`, started by `connector ingress`.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import time

import uvloop
from aiohttp import web
from aiohttp.http import HttpProcessingError

from connector import log, queue, settings
from connector.door import Door, make_app
from connector.errors import ConfigurationError
from connector.public_url import PATH
from connector.settings import Settings

#: How long a connection that has sent half a head may take to send the rest while we shut down; seconds.
HALF_READ_GRACE = 1.0
#: What aiohttp may add to that, for writing answers and for cutting off what is not done; seconds, twice.
CUT_OFF_WITHIN = 0.5
#: Longer than proxies keep a connection to us, so that none sends into one that we are closing; aiohttp's
#: own is an hour, and connections that never sent anything would fill us up for as long.
KEEP_IDLE = 620.0
#: Connections that come at once; one turned away tries again after a second, when Shopify has given up.
BACKLOG = 1024

logger = log.get("ingress")


async def run(config: Settings) -> None:
    """Serve until SIGTERM or SIGINT; raises ConfigurationError where it cannot start."""
    if config.redis_url is None:
        raise ConfigurationError("CONNECTOR_REDIS_URL must be set for an ingress")
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    logging.getLogger("aiohttp.server").addFilter(_without_what_was_sent)
    redis = await queue.connect(config.redis_url.get_secret_value())
    try:
        for warning in await queue.check_persistence(redis):
            logger.warning(warning)
        door = Door(config, redis)
        await door.shops.read()
        if not door.shops:
            logger.warning(
                "no shop is connected: run `connector shops add`, or set CONNECTOR_SHOP_URL and "
                "CONNECTOR_WEBHOOK_SECRET"
            )
        reading = asyncio.create_task(door.shops.keep_fresh())
        try:
            await _serve(door, config, stopped)
        finally:
            reading.cancel()
    finally:
        await redis.aclose()


async def _serve(door: Door, config: Settings, stopped: asyncio.Event) -> None:
    # The signature is over the bytes as they came: nothing may unpack them first.
    runner = web.AppRunner(
        make_app(door, config.body_limit),
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=KEEP_IDLE,
        shutdown_timeout=CUT_OFF_WITHIN,
    )
    await runner.setup()
    try:
        site = web.TCPSite(
            runner,
            config.host,
            config.port,
            backlog=BACKLOG,
            reuse_port=hasattr(socket, "SO_REUSEPORT") or None,
        )
        await _listen(site, config)
        logger.info("listening", url=f"http://{config.host}:{config.port}{PATH}")
        await stopped.wait()
        await _close(door, runner, site, config.shutdown_timeout)
    finally:
        await runner.cleanup()


async def _listen(site: web.TCPSite, config: Settings) -> None:
    try:
        await site.start()
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {config.host}:{config.port}: {error.strerror}; "
            "see CONNECTOR_HOST and CONNECTOR_PORT"
        ) from error


async def _close(door: Door, runner: web.AppRunner, site: web.TCPSite, grace: float) -> None:
    """Stop listening, then let every request that has begun come to its answer within ``grace`` seconds.

    Not left to aiohttp: it stops reading first, so that half a body would never become whole. It also counts
    a connection as idle until it has read a request's head whole; such ones get a moment to send the rest.
    """
    door.closing = True
    await site.stop()
    started = time.monotonic()
    while runner.server and runner.server.connections:  # nothing tells when one ends
        if time.monotonic() - started > (grace if door.begun else min(grace, HALF_READ_GRACE)):
            break
        await asyncio.sleep(0.01)


def _without_what_was_sent(record: logging.LogRecord) -> bool:
    """aiohttp quotes a request that it cannot parse, which may be personal, below a traceback of its own."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.args = "refused what is no HTTP: %s", (type(error).__name__,)
        record.exc_info = record.exc_text = None
    return True


def main() -> int:
    """Run an ingress process; returns its exit code."""
    try:
        config = settings.load()
        log.configure(config)
        uvloop.run(run(config))
    except ConfigurationError as error:
        print(f"connector ingress: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
