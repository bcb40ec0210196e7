"""How soon a worker process picks a job up, and what it costs while there is none.

``python -m tests.benchmarks.pickup``: the time from handing a delivery to Redis until its line stands in the
ledger, with the wake-up and, for comparison, with the poll alone; and the CPU of an idle worker.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from connector import migrate, postgres, queue, shops
from connector.embedded import Servers
from connector.envelope import encode
from connector.postgres import Pool
from tests.conftest import SHOP, make_settings
from tests.deliveries import envelope
from tests.servers import servers_of_its_own
from tests.workers.processes import WorkerProcess, until

IDLE = 10.0
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


async def measure(servers: Servers, folder: Path) -> None:
    """Print the figures."""
    pool = await postgres.connect(servers.postgres_dsn, size=1)
    await migrate.migrate(pool)
    await shops.add(pool, SHOP)
    redis = await queue.connect(servers.redis_url)
    worker = await WorkerProcess(make_settings(servers, servers.postgres_dsn), folder).working()
    try:
        await handed_over(redis, pool, 20, woken=True)
        for woken, count in ((True, 300), (False, 20)):
            times = await handed_over(redis, pool, count, woken=woken)
            cuts = statistics.quantiles(times, n=100)
            how = "with the wake-up" if woken else "by the poll alone"
            print(
                f"from Redis to the ledger {how}: {cuts[49]:.1f} ms p50, {cuts[98]:.1f} ms p99 ({count} jobs)"
            )
        before = cpu(worker.child.pid)
        await asyncio.sleep(IDLE)
        print(f"an idle worker: {100 * (cpu(worker.child.pid) - before) / IDLE:.2f} % of one CPU")
    finally:
        await worker.end(within=10)
        await redis.aclose()
        await pool.close()


async def handed_over(redis: queue.Redis, pool: Pool, count: int, *, woken: bool) -> list[float]:
    """Milliseconds from before each put to the ledger's own clock, one delivery at a time."""
    sent = []
    for number in range(count):
        delivery = envelope("carts/create", {}, received_at=datetime.now(UTC))
        if woken:
            await queue.put(redis, [delivery])
        else:
            await redis.enqueue_job(queue.APPLY, encode([delivery]))
        sent.append(delivery.webhook_id)
        # Not in step with the poll, whose half second would else be met at the same place each time.
        await asyncio.sleep(0.02 + number % 7 * 0.005 + (0 if woken else 0.5))
    known = "select count(*) = $2 from connector.deliveries where webhook_id = any($1)"
    await until(lambda: pool.fetchval(known, sent, count), 30)
    rows = await pool.fetch(
        "select extract(epoch from settled_at - received_at)::float8 * 1000 as milliseconds "
        "from connector.deliveries where webhook_id = any($1)",
        sent,
    )
    return [row["milliseconds"] for row in rows]


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has had, on Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def main() -> None:
    with servers_of_its_own() as servers, tempfile.TemporaryDirectory() as folder:
        uvloop.run(measure(servers, Path(folder)))


if __name__ == "__main__":
    main()
