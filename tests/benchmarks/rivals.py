"""What the corridor is measured beside: a bare handler, and the plain design most people would write.

Started as `python -m tests.benchmarks.rivals bare|plain-ingress|plain-worker PORT`.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import sys
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import uvloop
from aiohttp import web
from arq import Worker
from arq.connections import RedisSettings, create_pool

from connector import postgres
from connector.envelope import Envelope, decode, encode
from tests.benchmarks.load import SECRET
from workers.batch import Batches


async def bare(request: web.Request) -> web.Response:
    """Check the signature, answer."""
    body = await request.read()
    signature = b64encode(hmac.digest(SECRET, body, "sha256")).decode()
    matches = hmac.compare_digest(signature, request.headers["X-Shopify-Hmac-Sha256"])
    return web.Response(status=200 if matches else 401)


async def plain(request: web.Request) -> web.Response:
    """Check the signature, enqueue one job, answer."""
    envelope = Envelope.from_http(request.headers, await request.read(), [SECRET], datetime.now(UTC))
    await request.app["redis"].enqueue_job("apply_one", encode([envelope]))
    return web.Response()


async def apply_one(ctx: dict[str, Any], payload: bytes) -> None:
    """One transaction for one webhook, through the same reader and the same statements."""
    await ctx["batches"].settle(decode(payload))


async def serve(handler: Any, port: int, redis_url: str | None = None) -> None:
    app = web.Application(client_max_size=10 * 1024 * 1024)
    if redis_url:
        app["redis"] = await create_pool(RedisSettings.from_dsn(redis_url))
    app.router.add_post("/webhooks/shopify", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


async def work(redis_url: str, dsn: str) -> None:
    pool = await postgres.connect(dsn, size=10)
    worker = Worker(
        [apply_one],
        redis_settings=RedisSettings.from_dsn(redis_url),
        ctx={"batches": Batches(pool)},
        keep_result=0,
        poll_delay=0.05,
        max_jobs=10,
        handle_signals=False,
    )
    await worker.async_run()


if __name__ == "__main__":
    role, port = sys.argv[1], int(sys.argv[2])
    redis, database = os.environ["CONNECTOR_REDIS_URL"], os.environ["CONNECTOR_POSTGRES_DSN"]
    if role == "bare":
        uvloop.run(serve(bare, port))
    elif role == "plain-ingress":
        uvloop.run(serve(plain, port, redis))
    else:
        uvloop.run(work(redis, database))
