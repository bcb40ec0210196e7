"""Deliveries for tests: envelopes as Shopify would send them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector.envelope import Envelope
from tests.conftest import SHOP

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def envelope(topic: str, payload: Any, *, at: float = 0.0, **changed: Any) -> Envelope:
    """A delivery that Shopify triggered ``at`` seconds after noon; ``payload`` as JSON or as bytes."""
    moment = NOON + timedelta(seconds=at)
    body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    given: dict[str, Any] = {
        "shop": SHOP,
        "topic": topic,
        "webhook_id": f"delivery-{next(_numbers)}",
        "event_id": None,
        "api_version": "2026-10",
        "triggered_at": moment,
        "received_at": moment,
        "body": body,
    }
    return Envelope(**(given | changed))


def stamp(seconds: float) -> str:
    """``updated_at`` as payloads carry it: whole seconds, with the shop's offset."""
    return (NOON + timedelta(seconds=int(seconds))).astimezone(UTC).isoformat()
