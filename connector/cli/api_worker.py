"""A worker of the API's queue for one command: what the command asked for is done, even where none runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connector.cli.processes import API_WORKER, Process, environment
from connector.settings import Settings

#: Somebody looks on, and is told soon what holds it up; seconds.
PATIENCE = "10"


@asynccontextmanager
async def api_worker(config: Settings) -> AsyncIterator[Process]:
    """It runs as long as the block; other workers take what it does not, and the other way round."""
    worker = Process(
        "worker",
        (*API_WORKER, "burst"),
        environment(config, CONNECTOR_LOG_LEVEL="error", CONNECTOR_SHOPIFY_PATIENCE=PATIENCE),
    )
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop(config.shutdown_timeout)
