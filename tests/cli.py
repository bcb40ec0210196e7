"""A person at a terminal of their own, with the settings of a test and no others."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import NamedTuple

from connector.settings import Settings

ROOT = Path(__file__).parents[1]


class Ended(NamedTuple):
    code: int
    told: str
    complained: str


class Terminal:
    """Types `connector …` in a process of its own; no traceback is ever shown."""

    def __init__(self, config: Settings, **env: str) -> None:
        given = {
            "CONNECTOR_DATA_DIR": str(config.data_dir),
            "CONNECTOR_SHOPIFY_ORIGIN": config.shopify_origin or "",
            "CONNECTOR_SHOPIFY_PATIENCE": "0.3",
            "CONNECTOR_SHOPIFY_TIMEOUT": "5",
        }
        if config.postgres_dsn and config.redis_url:
            given["CONNECTOR_POSTGRES_DSN"] = config.postgres_dsn.get_secret_value()
            given["CONNECTOR_REDIS_URL"] = config.redis_url.get_secret_value()
        others = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
        self.env = others | given | env

    async def types(self, *arguments: str, **env: str) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "connector.cli", *arguments),
            cwd=ROOT,
            env=self.env | env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, complained = await asyncio.wait_for(process.communicate(), 40)
        assert b"Traceback" not in told + complained, complained.decode()
        return Ended(process.returncode or 0, told.decode(), complained.decode())
