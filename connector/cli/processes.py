"""The connector's other programs as child processes: started, watched, ended in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import IO

from connector import log
from connector.embedded.child import end_with_us
from connector.settings import Settings

logger = log.get("up")

INGRESS = ("-m", "connector.ingress")
WORKER = ("-m", "workers.main")
API_WORKER = ("-m", "workers.main", "api")

#: A program that ends sooner than this after its start did not really start; seconds.
STARTED = 2.0


def environment(config: Settings, **changed: str) -> dict[str, str]:
    """The variables that give a child the same settings."""
    assert config.postgres_dsn and config.redis_url
    return {
        **os.environ,
        "CONNECTOR_POSTGRES_DSN": config.postgres_dsn.get_secret_value(),
        "CONNECTOR_REDIS_URL": config.redis_url.get_secret_value(),
        "CONNECTOR_DATA_DIR": str(config.data_dir),
        **changed,
    }


class Process:
    """One program, restarted when it ends by itself."""

    def __init__(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str], output: IO[bytes] | None = None
    ) -> None:
        self.name = name
        self.restarts = 0
        self._arguments, self._env, self._output = arguments, env, output
        self._child: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C is for us, and we end our children in order."""
        self._started_at = time.monotonic()
        self._child = subprocess.Popen(
            [sys.executable, *self._arguments],
            env=dict(self._env),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
            preexec_fn=end_with_us(signal.SIGTERM),
        )

    @property
    def pid(self) -> int | None:
        """Its process id, once started."""
        return self._child.pid if self._child else None

    @property
    def ended(self) -> int | None:
        """Its exit code once it has ended."""
        return self._child.poll() if self._child else None

    @property
    def failed_to_start(self) -> bool:
        """Whether it ended at once: restarting would only end at once again."""
        return self.ended == 1 and time.monotonic() - self._started_at < STARTED and self.restarts == 0

    def restart_if_ended(self) -> None:
        """Start it again once it has ended, later the more often that happens at once."""
        if self.ended is None:
            return
        lived = time.monotonic() - self._started_at
        if lived > 60:
            self.restarts = 0
        if lived > min(0.5 * 2.0**self.restarts, 30):
            logger.warning("restarting", program=self.name, exit_code=self.ended)
            self.restarts += 1
            self.start()

    async def stop(self, grace: float) -> None:
        """Ask it to end, wait ``grace`` seconds, then end it."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        deadline = time.monotonic() + grace
        while self._child.poll() is None:
            if time.monotonic() > deadline:
                logger.warning("ended the hard way", program=self.name)
                self._child.kill()
                self._child.wait()
            await asyncio.sleep(0.02)


async def supervise(processes: Sequence[Process], stopped: asyncio.Event) -> bool:
    """Restart what ends by itself until ``stopped``; False when a program could not start at all."""
    while not stopped.is_set():
        for process in processes:
            if process.failed_to_start:
                return False
            process.restart_if_ended()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), 0.1)
    return True
