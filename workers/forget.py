"""What is dropped once tills had time to read it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from connector import feed, log
from workers.jobs import Context, Failed, attempt

logger = log.get("worker")

#: What it may take in an hour; seconds.
PATIENCE = 45.0


async def keep_changes(ctx: dict[str, Any]) -> None:
    """Drop what the feed tells of too long ago; what fails now, or takes too long, goes on in an hour."""
    parts: Context = ctx["context"]
    days = parts.settings.changes_retention_days
    kept = await attempt(asyncio.wait_for(feed.keep_changes(parts.pool, days, datetime.now(UTC)), PATIENCE))
    if isinstance(kept, Failed):
        logger.warning("old changes wait for the next hour", error=type(kept.error).__name__)
