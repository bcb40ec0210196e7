"""How a demo ends: all of it comes to rest, and is compared with the shop's own state."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import msgspec

from connector import queue, reconciles, refetches, shops, status, syncs
from connector.cli.demo_till import Till
from connector.cli.output import errors
from connector.cli.servers import Stores
from connector.cli.simulated import Simulator, compare
from connector.commands import store as commands
from connector.simulator.compare import KEYS

#: Seconds after which the last change of the shop is compared.
SEARCHED_AFTER = 11.0


async def settled(opened: Stores) -> None:
    """Until nothing waits, be it for a worker, for Shopify's answer or for being read anew."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        importing = await syncs.running(opened.pool)
        waiting = await queue.waiting(opened.redis) or (await commands.unsettled(opened.pool)).get("pending")
        if not (importing or waiting or await refetches.shops_asking(opened.pool)):
            return
        await asyncio.sleep(0.05)


async def reconcile(opened: Stores, what: str) -> None:
    """Compare all of some families, and mend what differs."""
    # A change of this very moment is not compared: Shopify's search may not know it yet.
    await asyncio.sleep(SEARCHED_AFTER)
    shop_id, _ = await shops.choose(opened.pool, None)
    families = reconciles.WHAT[what]
    await reconciles.want(opened.pool, shop_id, families, "full")
    await queue.call(opened.redis, "reconcile", shop_id)
    while await reconciles.waiting(opened.pool, shop_id, families):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await settled(opened)
    runs = (await reconciles.report(opened.pool, shop_id))[: len(families)]
    errors.print(f"comparing found and mended {sum(run['repaired'] for run in runs)} rows")


async def summary(opened: Stores, simulator: Simulator, till: Till, span: timedelta) -> dict[str, Any]:
    """What became of the deliveries and commands of the span, and every field that differs."""
    told = await status.look(opened.pool, opened.redis, since=span)
    found = await compare(opened.pool, simulator)
    for difference in found[:100]:
        errors.print(str(difference), markup=False, style="red", soft_wrap=True)
    rows = await status.rows_per_view(opened.pool)
    answers = await till.answers()
    for kind, ended in answers.items():
        errors.print(f"{kind}: {', '.join(f'{count} {how}' for how, count in ended.items())}")
    if not found:
        count = sum(rows[view] for view in KEYS)
        errors.print(f"no difference in {count} rows of {len(KEYS)} views")
    return {
        "seconds": round(span.total_seconds(), 1),
        "deliveries": (await simulator.stats())["deliveries"],
        "outcomes": told.outcomes,
        "repeats": told.repeats,
        "dead_letters": told.dead_letters,
        "waiting_jobs": told.waiting_jobs,
        "commands": answers,
        "lag_ms": told.lag,
        "lag_from_trigger_ms": told.lag_from_trigger,
        "rows": rows,
        "compared_views": list(KEYS),
        "reconciled": await reconciles.report(opened.pool),
        "differences": [msgspec.to_builtins(difference, enc_hook=str) for difference in found],
    }
