"""`make bench`: webhooks/s acknowledged and applied, ack and lag, CPU per webhook, beside two rivals.

All three run in turn in the same run, so that the ratios hold when the machine's speed drifts. A run counts
only when every answer was 2xx and every design left the same rows. How fast a catalogue is imported, and what
webhooks notice of that, is measured by ``python -m tests.benchmarks.imports``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from connector import migrate, postgres, queue, shops
from connector.cli.processes import INGRESS, WORKER, Process
from connector.embedded import Servers
from connector.postgres import Pool
from connector.status import VIEWS
from tests.benchmarks.load import SECRET, SHOP, Report, bodies, quantiles, requests, send, trickle
from tests.servers import free_port, servers_of_its_own

RIVALS = ("-m", "tests.benchmarks.rivals")
DESIGNS = {
    "corridor": {"ingress": INGRESS, "worker": WORKER},
    "plain": {"ingress": (*RIVALS, "plain-ingress"), "worker": (*RIVALS, "plain-worker")},
    "bare": {"ingress": (*RIVALS, "bare")},
}


@dataclass
class Figures:
    """One run of one design."""

    acknowledged: float
    applied: float | None
    ack_p50: float
    ack_p99: float
    lag_p50: float | None
    lag_p99: float | None
    cpu: dict[str, float]
    rows: dict[str, int]


class Bench:
    """One pair of servers, emptied before each run."""

    def __init__(self, servers: Servers, pool: Pool, redis: queue.Redis) -> None:
        self._servers, self._pool, self._redis = servers, pool, redis
        self._port = free_port()
        self._env = {
            **os.environ,
            "CONNECTOR_POSTGRES_DSN": servers.postgres_dsn,
            "CONNECTOR_REDIS_URL": servers.redis_url,
            "CONNECTOR_SHOP_URL": SHOP,
            "CONNECTOR_WEBHOOK_SECRET": SECRET.decode(),
            "CONNECTOR_PORT": str(self._port),
            "CONNECTOR_LOG_LEVEL": "warning",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }

    async def flood(self, design: str, made: Sequence[bytes], connections: int) -> Figures:
        """Send everything at once and wait until all of it stands in Postgres."""
        async with self._running(design) as programs:
            before = _cpu(programs)
            started = time.perf_counter()
            report = await send(made, port=self._port, connections=connections)
            if set(report.statuses) != {200}:
                raise SystemExit(f"{design}: not every answer was 200: {report.statuses}")
            applied = None if design == "bare" else await self._applied(len(made), started)
            after = _cpu(programs)
            lag_p50, lag_p99 = await self._lag()
            return Figures(
                len(made) / report.took,
                applied,
                *_ack(report),
                lag_p50,
                lag_p99,
                {name: 1e6 * (after[name] - before[name]) / len(made) for name in after},
                {view: await self._pool.fetchval(f"select count(*) from pos.{view}") for view in VIEWS},
            )

    async def idle(self, made: Sequence[bytes]) -> tuple[float | None, float | None]:
        """Lag p50 and p99 when webhooks come one by one."""
        async with self._running("corridor"):
            started = time.perf_counter()
            await trickle(made, port=self._port, pause=0.02)
            await self._applied(len(made), started)
            return await self._lag()

    def _running(self, design: str) -> _Programs:
        return _Programs(self, DESIGNS[design])

    async def prepare(self) -> None:
        await self._redis.flushall()
        await self._pool.execute("drop schema if exists connector cascade; drop schema if exists pos cascade")
        await self._pool.expire_connections()
        await migrate.migrate(self._pool)
        await shops.add(self._pool, SHOP)

    async def _applied(self, count: int, started: float) -> float:
        deadline = time.perf_counter() + 120
        while await self._pool.fetchval("select count(*) from connector.deliveries") < count:
            if time.perf_counter() > deadline:
                raise SystemExit("not everything that was acknowledged was applied within 120 s")
            await asyncio.sleep(0.05)
        return count / (time.perf_counter() - started)

    async def _lag(self) -> tuple[float | None, float | None]:
        row = await self._pool.fetchrow(
            "select percentile_cont(array[0.5, 0.99]) within group (order by "
            "1000 * extract(epoch from settled_at - received_at)::float8) as lag from connector.deliveries"
        )
        assert row is not None
        return tuple(row["lag"]) if row["lag"] else (None, None)

    def started(self, modules: dict[str, Sequence[str]]) -> dict[str, Process]:
        programs = {
            name: Process(name, [*module, str(self._port)] if module[1] == RIVALS[1] else module, self._env)
            for name, module in modules.items()
        }
        for program in programs.values():
            program.start()
        return programs

    async def listening(self) -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return

    def pids(self) -> dict[str, int | None]:
        return {"redis": self._servers.redis_pid, "postgres": self._servers.postgres_pid}


class _Programs:
    def __init__(self, bench: Bench, modules: dict[str, Sequence[str]]) -> None:
        self._bench, self._modules = bench, modules

    async def __aenter__(self) -> dict[str, int]:
        await self._bench.prepare()
        self._programs = self._bench.started(self._modules)
        await self._bench.listening()
        await asyncio.sleep(0.7)
        own = {name: program.pid for name, program in self._programs.items()}
        return {name: pid for name, pid in {**own, **self._bench.pids()}.items() if pid}

    async def __aexit__(self, *_: object) -> None:
        for program in self._programs.values():
            await program.stop(5)


def _cpu(programs: dict[str, int]) -> dict[str, float]:
    """CPU seconds of each program so far, its children's included."""
    tick = os.sysconf("SC_CLK_TCK")
    seconds: dict[int, float] = {}
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        pid = int(entry.parent.name)
        parents[pid] = int(fields[1])
        seconds[pid] = sum(map(int, fields[11:15])) / tick
    return {
        name: sum(spent for pid, spent in seconds.items() if pid == of or parents[pid] == of)
        for name, of in programs.items()
    }


def _ack(report: Report) -> tuple[float, float]:
    p50, p99 = quantiles(report.seconds)
    return p50, p99


async def measure(servers: Servers, count: int, rounds: int) -> None:
    pool = await postgres.connect(servers.postgres_dsn)
    bench = Bench(servers, pool, await queue.connect(servers.redis_url))
    source = bodies()
    print(
        f"{count} webhooks a run, {rounds} rounds, "
        f"mean body {statistics.mean(len(body) for _, body in source):.0f} bytes"
    )
    for connections in (32, 128):
        runs: dict[str, list[Figures]] = {design: [] for design in DESIGNS}
        for _ in range(rounds):
            for design in DESIGNS:
                made = requests(source, count, port=bench._port)
                runs[design].append(await bench.flood(design, made, connections))
        _print(connections, runs)
    p50, p99 = await bench.idle(requests(source, 200, port=bench._port))
    print(f"\nidle, one by one: lag p50 {p50:.1f} ms, p99 {p99:.1f} ms (goals 10 and 25)")
    await pool.close()


def _print(connections: int, runs: dict[str, list[Figures]]) -> None:
    rows = {tuple(sorted(run.rows.items())) for design in ("corridor", "plain") for run in runs[design]}
    print(f"\n{connections} connections; equal rows: {'yes' if len(rows) == 1 else f'NO {rows}'}")
    print(
        f"{'':10}{'ack/s':>8}{'applied/s':>11}{'ack p50':>9}{'p99':>8}"
        f"{'lag p50':>9}{'p99':>9}  CPU us per webhook"
    )
    for design, figures in runs.items():
        middle = sorted(figures, key=lambda run: run.applied or run.acknowledged)[len(figures) // 2]
        cpu = ", ".join(f"{name} {spent:.0f}" for name, spent in middle.cpu.items())
        print(
            f"{design:10}{middle.acknowledged:8.0f}{_cell(middle.applied, 11)}"
            f"{middle.ack_p50:9.1f}{middle.ack_p99:8.1f}"
            f"{_cell(middle.lag_p50, 9)}{_cell(middle.lag_p99, 9)}  {cpu}"
        )
    applied = _ratios(runs, "plain", lambda run: run.applied or 0)
    acknowledged = _ratios(runs, "bare", lambda run: run.acknowledged)
    print(
        f"applied, corridor / plain: {applied} (goal 3); "
        f"acknowledged, corridor / bare: {acknowledged} (goal 0.5)"
    )


def _ratios(runs: dict[str, list[Figures]], rival: str, figure: object) -> str:
    assert callable(figure)
    pairs = zip(runs["corridor"], runs[rival], strict=True)
    ratios = sorted(figure(ours) / figure(theirs) for ours, theirs in pairs)
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def _cell(value: float | None, width: int) -> str:
    return (
        f"{'–':>{width}}" if value is None else f"{value:{width}.1f}" if width == 9 else f"{value:{width}.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--count", type=int, default=12_000, help="webhooks a run")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with servers_of_its_own("make bench") as servers:
        uvloop.run(measure(servers, given.count, given.rounds))


if __name__ == "__main__":
    sys.exit(main())
