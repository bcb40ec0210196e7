"""Worker processes that a test may kill, and waiting for what they do."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

import asyncpg
import msgspec

from connector.cli.processes import WORKER, environment
from connector.embedded.child import end_with_us
from connector.settings import Settings

ROOT = Path(__file__).parents[2]


async def until(holds: Callable[[], Any], seconds: float = 10.0) -> None:
    """Look again until it holds; fail when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        told = holds()
        if await told if isinstance(told, Awaitable) else told:
            return
        assert time.monotonic() < deadline, "did not come true in time"
        await asyncio.sleep(0.02)


async def passed(seconds: float) -> None:
    """Time goes by, as in an outage of that length."""
    end = time.monotonic() + seconds
    await until(lambda: time.monotonic() > end, seconds + 5)


@asynccontextmanager
async def products_locked(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Nobody can write products as long as the block runs, or until the connection is closed."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("begin; lock table connector.products in access exclusive mode")
        yield connection
    finally:
        connection.terminate()  # Postgres itself may be gone


class WorkerProcess:
    """``python -m workers.main`` or another program of ours, and what it says."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        stderr: IO[bytes] | int | None = None,
        arguments: Sequence[str] = WORKER,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._log = folder / f"worker-{time.monotonic_ns()}.log"
        changed = {
            "CONNECTOR_LOG_LEVEL": "info",
            "CONNECTOR_LOG_FORMAT": "json",
            "CONNECTOR_WORKER_MAX_JOBS": str(settings.worker_max_jobs),
            "CONNECTOR_SHUTDOWN_TIMEOUT": str(settings.shutdown_timeout),
        }
        with self._log.open("wb") as output:
            self.child = subprocess.Popen(
                [sys.executable, *arguments],
                env={**os.environ, **environment(settings, **changed), **(env or {})},
                cwd=ROOT,
                stderr=output if stderr is None else stderr,
                preexec_fn=end_with_us(signal.SIGKILL),
            )

    def said(self, event: str) -> list[dict[str, Any]]:
        """The lines it logged for an event, so far."""
        lines = [line for line in self._log.read_bytes().splitlines(keepends=True) if line.endswith(b"}\n")]
        told = [msgspec.json.decode(line) for line in lines]
        return [line for line in told if line["event"] == event]

    @property
    def lives(self) -> bool:
        return self.child.poll() is None

    async def working(self) -> WorkerProcess:
        """Itself, once it takes jobs."""
        await until(lambda: self.said("working"), 15)
        return self

    async def end(self, within: float) -> int:
        """Ask it to end; its exit code. Fails when it takes longer."""
        self.child.terminate()
        await until(lambda: not self.lives, within)
        return self.child.wait()

    def kill(self) -> None:
        """As a power cut would; harmless when it has ended."""
        self.child.kill()
        self.child.wait()
