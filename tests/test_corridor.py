"""One walk through everything: signed HTTP in, rows out."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest
from aiohttp import web

from connector import queue
from connector.door import PATH, Door, make_app
from connector.envelope import sign
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.samples import sample
from connector.topics import TOPICS
from tests import samples
from tests.conftest import SECRET, SHOP
from tests.servers import free_port
from workers import jobs
from workers.main import make_worker

Sender = aiohttp.ClientSession


@pytest.fixture
async def url(settings: Settings, redis: queue.Redis) -> AsyncIterator[str]:
    """A running ingress."""
    door = Door(settings, redis)
    runner = web.AppRunner(make_app(door, settings.body_limit), access_log=None, auto_decompress=False)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}{PATH}"
    await runner.cleanup()


async def send(session: Sender, url: str, topic: str, body: bytes) -> int:
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": sign(body, SECRET.encode()),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-API-Version": "2026-07",
        "X-Shopify-Webhook-Id": str(uuid.uuid4()),
    }
    async with session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def outcomes(pool: Pool) -> dict[str, int]:
    rows = await pool.fetch("select outcome, count(*) from connector.deliveries group by outcome")
    return {row["outcome"]: row["count"] for row in rows}


@pytest.mark.parametrize("topic", ["orders/create", "products/update", "customers/create"])
async def test_a_signed_webhook_becomes_a_row(url: str, parts: jobs.Context, topic: str) -> None:
    async with aiohttp.ClientSession() as session:
        assert await send(session, url, topic, msgspec.json.encode(sample(topic))) == 200
    assert await make_worker(parts, burst=True).run_check() == 1
    view = topic.partition("/")[0]
    assert await parts.pool.fetchval(f"select count(*) from pos.{view} where shop = $1", SHOP) == 1


@samples.needed
async def test_every_published_sample_walks_through(url: str, parts: jobs.Context) -> None:
    topics = {samples.folder_of(topic).name: topic for topic in TOPICS}
    sent = 0
    async with aiohttp.ClientSession() as session:
        for file in sorted(samples.FOLDER.glob("[a-z]*/*.json")):
            topic = topics.get(file.parent.name, "carts/create")
            assert await send(session, url, topic, file.read_bytes()) == 200
            sent += 1
    await make_worker(parts, burst=True).run_check()
    assert sent > 100
    assert await parts.pool.fetch("select topic, error from connector.dead_letters") == []
    told = await outcomes(parts.pool)
    assert sum(told.values()) == sent
    assert told["applied"] > 40
    assert await parts.pool.fetchval("select count(*) from pos.orders") >= 4
    line = await parts.pool.fetchrow(
        "select title, total_discount::text from pos.order_lines where line_id = 15514975502636"
    )
    assert line is not None
    assert line["total_discount"] == "9.78"
