"""A simulated Shopify, a process that imports from it, and the bare COPY that this is measured beside."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from connector import connected, queue, shops, syncs
from connector.cli.processes import WORKER, Process, environment
from connector.postgres import Pool
from connector.settings import Settings
from connector.shopify import bulk
from connector.shopify.client import Admin
from tests.benchmarks.load import SECRET, SHOP, bodies, requests, trickle
from tests.workers.processes import until
from workers.sync.streams import STREAMS

TABLES = ("products", "variants", "inventory_items", "inventory_levels")
WHAT = ("products", "inventory")
KEY, PASSWORD = f"{1:032x}", f"shpat_{7:032x}"
#: Webhooks come one by one, with this pause; seconds.
PAUSE = 0.025


@dataclass
class Imported:
    """One import."""

    rows: int
    seconds: float
    megabytes: float
    lags: tuple[float, float] | None = None

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


class Bench:
    """A simulated Shopify, and what imports from it."""

    def __init__(self, config: Settings, pool: Pool, redis: queue.Redis, http: aiohttp.ClientSession) -> None:
        self._config, self._pool, self._redis, self._http = config, pool, redis, http
        self._env = environment(
            config,
            CONNECTOR_SHOP_URL=SHOP,
            CONNECTOR_API_KEY=KEY,
            CONNECTOR_API_PASSWORD=PASSWORD,
            CONNECTOR_WEBHOOK_SECRET=SECRET.decode(),
            CONNECTOR_PORT=str(config.port),
            CONNECTOR_SHOPIFY_ORIGIN=str(config.shopify_origin),
            CONNECTOR_LOG_LEVEL="warning",
            PYTHONPATH=str(Path(__file__).parents[2]),
        )

    def process(self, name: str, *arguments: str) -> Process:
        program = Process(name, arguments, self._env)
        program.start()
        return program

    async def imported(self, products: int, edition: int, *, webhooks: bool = False) -> Imported:
        """Have it exported, then imported by a worker process of its own."""
        run = await self._exported(products, edition)
        await self._pool.execute("checkpoint")
        await queue.call(self._redis, "sync", run.run_id)
        worker = self.process("importer", *WORKER, "api", "burst")
        began = ended = 0.0
        megabytes = 0.0
        async with self.webhooks() if webhooks else contextlib.nullcontext() as lags:
            while not ended:
                await asyncio.sleep(0.02)
                megabytes = max(megabytes, _peak(worker.pid))
                streams = await syncs.streams(self._pool, run.run_id)
                if not began and any(stream.state == "reading" for stream in streams):
                    began = time.perf_counter()
                found = await syncs.get(self._pool, run.run_id)
                if found.state != "running":
                    ended = time.perf_counter()
        await worker.stop(10)
        if found.state != "done":
            raise SystemExit(f"the import ended as {found.state}: {found.error}")
        rows = sum(stream.objects for stream in streams)
        return Imported(rows, ended - began, megabytes, lags and (lags[0], lags[1]))

    async def bare(self) -> float:
        """Rows/s of COPY alone, of all rows that stand in the tables; they stand there again afterwards."""
        count, seconds = 0, 0.0
        async with self._pool.acquire() as connection:
            for table in TABLES:
                found = await connection.fetch(f"select * from connector.{table}", timeout=600)
                rows = [tuple(row) for row in found]
                del found
                await connection.execute(f"truncate connector.{table}")
                # Bare: nothing is logged for tills.
                await connection.execute(f"alter table connector.{table} disable trigger user")
                await connection.execute("checkpoint")
                started = time.perf_counter()
                await connection.copy_records_to_table(
                    table, schema_name="connector", records=rows, timeout=600
                )
                seconds += time.perf_counter() - started
                await connection.execute(f"alter table connector.{table} enable trigger user")
                count += len(rows)
                del rows
        return count / seconds

    async def emptied(self) -> None:
        await self._pool.execute(f"truncate {', '.join(f'connector.{table}' for table in TABLES)}")

    @asynccontextmanager
    async def webhooks(self) -> AsyncIterator[list[float]]:
        """A modest steady stream of them; at the end it holds p50 and p99 of their lag in milliseconds."""
        lags: list[float] = []
        made = requests(bodies(), 100_000, port=self._config.port)
        since = await self._pool.fetchval("select clock_timestamp()")
        sending = asyncio.create_task(trickle(made, port=self._config.port, pause=PAUSE))
        try:
            yield lags
        finally:
            sending.cancel()
            await asyncio.sleep(1)
            told = await self._pool.fetchval(
                "select percentile_cont(array[0.5, 0.99]) within group (order by 1000 * "
                "extract(epoch from settled_at - received_at)::float8) from connector.deliveries "
                "where received_at > $1",
                since,
            )
            lags += told or [0.0, 0.0]

    async def _exported(self, products: int, edition: int) -> syncs.Run:
        """An import as one that was left while Shopify exported; both files are ready by now."""
        async with self._http.post(
            f"{self._config.shopify_origin}/simulator/admin",
            json={"catalogue": [products, 10, edition], "bucket": 20_000, "restore_rate": 1_000},
        ) as answer:
            answer.raise_for_status()
        shop_id = await shops.add(self._pool, SHOP)
        admin = await connected.open_admin(self._config, self._pool, self._redis, self._http, SHOP)
        run, _ = await syncs.begin(self._pool, shop_id, WHAT, "asked")
        for name in WHAT:
            operation = await bulk.run(admin, STREAMS[name].query)
            await syncs.note(
                self._pool, run.run_id, name,
                state="exporting", operation_id=operation.id, asked_at=operation.created_at,
            )  # fmt: skip
            await until(lambda number=operation.id: _ready(admin, number), 900)
        return run


async def _ready(admin: Admin, number: str) -> bool:
    told = await bulk.read(admin, number)
    return told is not None and told.status == "COMPLETED"


def _peak(pid: int | None) -> float:
    """The most memory that a process ever held, in megabytes."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line), 0.0)
