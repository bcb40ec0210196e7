"""How fast a whole catalogue is imported, in how much memory, and what the webhooks notice of it.

``python -m tests.benchmarks.imports``: a simulated Shopify in one process exports products and inventory, the
API's worker in another imports them. Timed is everything from the moment that both files are ready: download,
reading, staging, proving, merging, sweeping. Beside it, in the same round, asyncpg's bare COPY of the same
rows, from memory, into the same tables, emptied, all columns, indexes in place.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import uvloop

from connector import connected, migrate, postgres, queue
from connector.cli.processes import INGRESS, WORKER
from connector.embedded import Servers
from connector.settings import Settings
from tests.benchmarks.importing import KEY, PASSWORD, PAUSE, Bench
from tests.benchmarks.load import SECRET, SHOP
from tests.servers import free_port, servers_of_its_own
from tests.workers.processes import until


async def measure(servers: Servers, folder: Path, products: int, rounds: int, sizes: Sequence[int]) -> None:
    config = Settings(
        _env_file=None,
        postgres_dsn=servers.postgres_dsn,
        redis_url=servers.redis_url,
        data_dir=servers.data_dir,
        shop_url=SHOP,
        api_key=KEY,
        api_password=PASSWORD,
        webhook_secret=SECRET.decode(),
        port=free_port(),
        shopify_origin=f"http://127.0.0.1:{free_port()}",
    )
    pool = await postgres.connect(servers.postgres_dsn)
    await migrate.migrate(pool)
    redis = await queue.connect(servers.redis_url)
    await connected.begin(config, pool, redis)
    async with aiohttp.ClientSession() as http:
        bench = Bench(config, pool, redis, http)
        ready = folder / "ready"
        simulator = bench.process(
            "simulator", "-m", "connector.cli", "simulate", "--shop", SHOP, "--target", "", "--rate", "0",
            "--products", "1", "--port", str(config.shopify_origin).rpartition(":")[2],
            "--api-key", KEY, "--api-password", PASSWORD, "--ready-file", str(ready),
        )  # fmt: skip
        try:
            await until(ready.exists, 60)
            await _speed(bench, products, rounds)
            await _memory(bench, sizes)
            await _lag(bench, products)
        finally:
            await simulator.stop(5)
    await redis.aclose()
    await pool.close()


async def _speed(bench: Bench, products: int, rounds: int) -> None:
    print(f"{products} products with 10 variants, 3 locations, {rounds} rounds; load {_load()}")
    ratios: dict[str, list[float]] = {"into empty tables": [], "every row an update": []}
    rates: dict[str, list[float]] = {**{name: [] for name in ratios}, "bare COPY": []}
    for _ in range(rounds):
        await bench.emptied()
        for edition, name in enumerate(ratios):
            rates[name].append((await bench.imported(products, edition)).rate)
        rates["bare COPY"].append(bare := await bench.bare())
        for name, found in ratios.items():
            found.append(rates[name][-1] / bare)
    for name, found in rates.items():
        print(f"{name:22}{_range(found, 0)} rows/s")
    for (name, found), goal in zip(ratios.items(), (0.5, 0.35), strict=True):
        print(f"{name:22}{_range(found, 2)} of bare COPY (goal {goal}); load {_load()}")


async def _memory(bench: Bench, sizes: Sequence[int]) -> None:
    for products in sizes:
        await bench.emptied()
        done = [await bench.imported(products, edition) for edition in (0, 1)]
        print(
            f"{products:7} products, {done[0].rows:8} rows: peak memory of the importing process "
            f"{max(each.megabytes for each in done):.0f} MB (goal 200); "
            f"{done[0].rate:.0f} rows/s into empty tables, {done[1].rate:.0f} when every row is an update"
        )


async def _lag(bench: Bench, products: int) -> None:
    programs = [bench.process("ingress", *INGRESS), bench.process("worker", *WORKER)]
    try:
        await asyncio.sleep(3)
        async with bench.webhooks() as alone:
            await asyncio.sleep(10)
        await bench.emptied()
        both = [await bench.imported(products, edition, webhooks=True) for edition in (0, 1)]
    finally:
        for program in programs:
            await program.stop(5)
    print(f"lag of a webhook every {1000 * PAUSE:.0f} ms: p50 {alone[0]:.1f} ms, p99 {alone[1]:.1f} ms alone")
    for name, done in zip(("an import into empty tables", "one that updates every row"), both, strict=True):
        assert done.lags
        print(f"  beside {name}: p50 {done.lags[0]:.1f} ms, p99 {done.lags[1]:.1f} ms; load {_load()}")


def _range(values: Sequence[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.imports", description=__doc__)
    parser.add_argument("--products", type=int, default=20_000, help="with 10 variants each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[10_000, 50_000, 100_000], help="where memory is measured"
    )
    given = parser.parse_args()
    with servers_of_its_own("python -m tests.benchmarks.imports") as servers, TemporaryDirectory() as folder:
        uvloop.run(measure(servers, Path(folder), given.products, given.rounds, given.sizes))


if __name__ == "__main__":
    main()
