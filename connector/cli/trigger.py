"""`connector trigger`: the first thing a new user tries."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Annotated

import aiohttp
import msgspec
import typer

from connector import settings, shops
from connector.cli.output import console
from connector.envelope import sign
from connector.errors import ConfigurationError, ConnectorError
from connector.simulator.samples import sample


def trigger(
    topic: Annotated[str, typer.Argument(help="Such as orders/create.")],
    url: Annotated[
        str | None, typer.Option(help="The ingress; by default the configured host and port.")
    ] = None,
) -> None:
    """Send one signed, believable webhook to a running ingress."""
    config = settings.load()
    if not config.webhook_secrets or not config.shop_url:
        raise ConfigurationError(
            "set CONNECTOR_SHOP_URL and CONNECTOR_WEBHOOK_SECRET as the ingress has them"
        )
    try:
        body = msgspec.json.encode(sample(topic), enc_hook=str)
    except KeyError as error:
        raise ConnectorError(str(error.args[0])) from None
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": sign(body, config.webhook_secrets[0]),
        "X-Shopify-Shop-Domain": shops.domain_of(config.shop_url),
        "X-Shopify-API-Version": config.api_version,
        "X-Shopify-Webhook-Id": str(uuid.uuid4()),
        "X-Shopify-Event-Id": str(uuid.uuid4()),
        "X-Shopify-Triggered-At": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    target = url or f"http://{config.host}:{config.port}/webhooks/shopify"
    status, text = asyncio.run(_post(target, body, headers))
    console.print(f"{status} from {target}{': ' + text if text else ''}", markup=False, soft_wrap=True)
    if status != 200:
        raise typer.Exit(1)
    console.print(f"see it: connector deliveries show {headers['X-Shopify-Webhook-Id']}", soft_wrap=True)


async def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ConnectorError(
            f"no ingress answers at {url}: {type(error).__name__}; start one: connector up"
        ) from None
