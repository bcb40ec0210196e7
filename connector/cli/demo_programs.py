"""The programs of a demo: the simulated shop, and all of the connector's own, logging into one file."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from connector.cli import processes
from connector.cli.processes import API_WORKER, INGRESS, WORKER, Process
from connector.errors import ConnectorError
from connector.settings import Settings

SHOP = "demo-shop.myshopify.com"
API_KEY = "0123456789abcdef0123456789abcdef"


class Programs:
    """Started in order, and ended the other way round."""

    def __init__(self, config: Settings, options: Mapping[str, object], log_file: IO[bytes]) -> None:
        self._config, self._log_file = config, log_file
        self._secret = _secret(config.data_dir / "client-secret")
        self._ready_file = config.data_dir / "simulator.url"
        self._ready_file.unlink(missing_ok=True)
        self._simulator = Process("simulator", self._simulate(options), self._env(), log_file)
        self._running: list[Process] = []

    async def start(self) -> str:
        """Start everything; return where the simulated shop is steered, and its Admin API answers."""
        self._begin(self._simulator)
        url = await self._simulator_url()
        env = self._env(CONNECTOR_SHOPIFY_ORIGIN=url)
        self._begin(Process("ingress", INGRESS, env, self._log_file))
        self._begin(Process("worker", WORKER, env, self._log_file))
        self._begin(Process("api worker", API_WORKER, env, self._log_file))
        return url

    def require_running(self) -> None:
        """Raise ConnectorError with the last words of a program that ended by itself."""
        for program in self._running:
            if program.ended is not None:
                words = _last_line(self._config.data_dir)
                raise ConnectorError(f"the {program.name} ended with exit code {program.ended}: {words}")

    async def stop(self) -> None:
        """End them all, the shop first: one that finds nobody at home takes its subscriptions for dead."""
        shop, *others = self._running
        for program in (shop, *reversed(others)):
            await program.stop(1.5)

    def _begin(self, program: Process) -> None:
        program.start()
        self._running.append(program)

    def _env(self, **more: str) -> dict[str, str]:
        config = self._config
        return processes.environment(
            config,
            CONNECTOR_SHOP_URL=SHOP,
            CONNECTOR_API_KEY=API_KEY,
            CONNECTOR_API_PASSWORD=self._secret,
            CONNECTOR_WEBHOOK_SECRET=self._secret,
            CONNECTOR_HOST=config.host,
            CONNECTOR_PORT=str(config.port),
            CONNECTOR_PUBLIC_URL=f"http://{config.host}:{config.port}",
            CONNECTOR_LOG_FORMAT="json",
            **more,
        )

    def _simulate(self, options: Mapping[str, object]) -> Sequence[str]:
        given: dict[str, object] = {
            "target": "",
            "shop": SHOP,
            "port": 0,
            "state-dir": self._config.data_dir / "shop",
            "ready-file": self._ready_file,
            "api-key": API_KEY,
            "api-password": self._secret,
            **options,
        }
        words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
        return ["-m", "connector.cli", "simulate", *words]

    async def _simulator_url(self) -> str:
        deadline = time.monotonic() + 20
        while not self._ready_file.exists() or not self._ready_file.read_text():
            self.require_running()
            if time.monotonic() > deadline:
                raise ConnectorError("the simulated shop did not start; see demo.log in the data folder")
            await asyncio.sleep(0.02)
        return self._ready_file.read_text()


def _secret(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"shpss_{secrets.token_hex(16)}")
    return file.read_text()


def _last_line(data_dir: Path) -> str:
    lines = (data_dir / "demo.log").read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
