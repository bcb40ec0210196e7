"""What the public door answers, and when: 200 only for a delivery that is durable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from connector import log, metrics, queue
from connector.envelope import Envelope, Rejected
from connector.errors import Transient
from connector.group_commit import Full
from connector.intake import Intake
from connector.known_shops import KnownShops
from connector.public_url import PATH
from connector.settings import Settings

RETRY_AFTER = "2"
#: How long a sender may take over a body; seconds. Shopify itself gives up after five.
BODY_WITHIN = 10.0

logger = log.get("ingress")


class Door:
    """Answers webhook requests for the shops it knows."""

    def __init__(self, config: Settings, redis: queue.Redis) -> None:
        self.shops = KnownShops(config, redis)
        self._body_limit = config.body_limit
        self._redis = redis
        self.intake = Intake(redis, config)
        self.closing = False
        #: Requests whose head was read and whose answer is not ready yet.
        self.begun = 0

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """POST /webhooks/shopify: 200 once durable, else why not."""
        self.begun += 1
        try:
            return await self._received(request)
        finally:
            self.begun -= 1

    async def readyz(self, _request: web.Request) -> web.Response:
        """GET /readyz: each check by name, and 503 when one fails."""
        checks = {
            "redis": await self._redis_answers(),
            "intake": not self.intake.group.full,
            "shop": bool(self.shops),
            "open": not self.closing,
        }
        told = {name: "ok" if passed else "failed" for name, passed in checks.items()}
        return _json(200 if all(checks.values()) else 503, told)

    async def metrics(self, _request: web.Request) -> web.Response:
        """GET /metrics."""
        metrics.WAITING_REQUESTS.set(self.intake.group.items)
        metrics.WAITING_BYTES.set(self.intake.group.bytes)
        return web.Response(body=metrics.exposition(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _received(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await self._body(request)
            started = time.perf_counter()
            envelope = await self._verified(request, body)
            await self.intake.take(envelope)
        except Rejected as refusal:
            logger.warning("refused", status=refusal.status, error=refusal.error, detail=refusal.detail)
            return self._answer(refusal.status, refusal.error, refusal.detail)
        except (Full, Transient) as error:
            logger.warning("not durable now", error=str(error) or "too many requests are waiting")
            return self._answer(503, "not durable now", "try again shortly")
        metrics.ACKNOWLEDGE_SECONDS.observe(time.perf_counter() - started)
        return self._answer(200)

    async def _verified(self, request: web.Request, body: bytes) -> Envelope:
        """A shop that was connected, or whose secret was changed, a moment ago is looked up once more."""
        received_at = datetime.now(UTC)
        try:
            return self._read(request, body, received_at)
        except Rejected as refusal:
            if refusal.status == 400 or not await self.shops.read_again():
                raise
        return self._read(request, body, received_at)

    def _read(self, request: web.Request, body: bytes, received_at: datetime) -> Envelope:
        secrets = self.shops.secrets(request.headers.get("X-Shopify-Shop-Domain", "").strip().lower())
        envelope = Envelope.from_http(request.headers, body, secrets, received_at)
        if envelope.shop not in self.shops:
            raise Rejected(404, "unknown shop", f"{envelope.shop} is not connected here")
        return envelope

    async def _body(self, request: web.Request) -> bytes:
        length = request.content_length
        if length is not None and length > self._body_limit:
            raise self._too_large()
        try:
            async with asyncio.timeout(BODY_WITHIN):
                return await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise self._too_large() from None
        except (TimeoutError, ConnectionError, web.RequestPayloadError):
            raise Rejected(400, "incomplete body", "the body did not come whole") from None

    def _too_large(self) -> Rejected:
        return Rejected(413, "body too large", f"at most {self._body_limit} bytes are taken")

    async def _redis_answers(self) -> bool:
        try:
            return bool(await asyncio.wait_for(self._redis.ping(), 1.0))
        except queue.AWAY:
            return False

    def _answer(self, status: int, error: str | None = None, detail: str = "") -> web.Response:
        metrics.REQUESTS.labels(status).inc()
        response = web.Response(status=200) if error is None else _refusal(status, error, detail)
        if status == 503:
            response.headers["Retry-After"] = RETRY_AFTER
        if status == 413 or self.closing:
            response.force_close()
        return response


def make_app(door: Door, body_limit: int) -> web.Application:
    """The routes, in one place."""
    app = web.Application(client_max_size=body_limit, middlewares=[_plain_errors])
    app.router.add_post(PATH, door.receive)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", door.readyz)
    app.router.add_get("/metrics", door.metrics)
    return app


async def _alive(_request: web.Request) -> web.Response:
    return _json(200, {"status": "alive"})


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """404 and 405 of the router as JSON like every other answer."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as error:
        metrics.REQUESTS.labels(405).inc()
        response = _refusal(405, "wrong method", f"use {', '.join(sorted(error.allowed_methods))}")
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except web.HTTPNotFound:
        return _refusal(404, "not found", f"webhooks go to {PATH}")


def _refusal(status: int, error: str, detail: str) -> web.Response:
    return _json(status, {"error": error, "detail": detail})


def _json(status: int, body: dict[str, str]) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")
