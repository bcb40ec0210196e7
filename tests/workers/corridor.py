"""A simulated shop on one side, our programs as processes on the other, and the views they keep."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from arq.constants import in_progress_key_prefix
from pydantic import SecretStr

from connector import queue, reconciles, refetches, syncs
from connector.cli.processes import API_WORKER
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.compare import KEYS, Difference, differences
from connector.simulator.truth import truth
from connector.status import rows_of
from tests.servers import free_port
from tests.simulator.admin.app import STATIC, App, installed
from tests.simulator.shops import DOMAIN
from tests.workers.processes import WorkerProcess, until

ALL = reconciles.WHAT["all"]


@dataclass
class Corridor:
    """From the shop's acts to the POS's views, with nothing between them but processes and servers."""

    app: App
    config: Settings
    pool: Pool
    redis: queue.Redis
    folder: Path
    started: list[WorkerProcess] = field(default_factory=list)

    def start(self, arguments: tuple[str, ...]) -> WorkerProcess:
        """Run one of our programs, as `connector up` does."""
        env = {
            f"CONNECTOR_{name.upper()}": value.get_secret_value()
            if isinstance(value, SecretStr)
            else str(value)
            for name, value in self.config.model_dump(exclude_unset=True).items()
            if value is not None and name != "log_level"
        }
        started = WorkerProcess(self.config, self.folder, arguments=arguments, env=env)
        self.started.append(started)
        return started

    async def shop_id(self) -> int:
        number: int = await self.pool.fetchval(
            "select shop_id from connector.shops where domain = $1", DOMAIN
        )
        return number

    async def run(self) -> syncs.Run | None:
        """The newest import."""
        return await syncs.latest(self.pool, await self.shop_id())

    async def ended(self, state: str = "done") -> bool:
        """Whether the newest import ended; fails where it ended otherwise."""
        run = await self.run()
        assert run is None or run.state in ("running", state), run
        return run is not None and run.state == state

    async def streams(self) -> dict[str, syncs.Stream]:
        """How far the newest import is."""
        run = await self.run()
        return {each.stream: each for each in await syncs.streams(self.pool, run.run_id)} if run else {}

    async def kill_and_start(self, worker: WorkerProcess) -> WorkerProcess:
        """End the API's worker as a power cut would, and start another one."""
        worker.kill()
        # What it worked on would be free ten seconds after its death; that is shown elsewhere.
        run = await self.run()
        jobs = [f"refetch:{await self.shop_id()}", *([f"sync:{run.run_id}"] if run else [])]
        await self.redis.delete(*[in_progress_key_prefix + job for job in jobs])
        return self.start(API_WORKER)

    async def quiet(self) -> None:
        """Trade stops; all that was told is applied, all that is thin is read."""
        self.app.simulation.turn(False, 1.0)
        assert await self.app.simulation.courier.drain(20) == 0
        await until(self._nothing_waits, 60)

    async def _nothing_waits(self) -> bool:
        return (
            await queue.waiting(self.redis) == 0 == await refetches.waiting(self.pool, await self.shop_id())
        )

    async def compare(self, kind: reconciles.Kind = "full") -> None:
        """Have everything compared once, and what that asks for read."""
        shop_id = await self.shop_id()
        await reconciles.want(self.pool, shop_id, ALL, kind)
        await queue.call(self.redis, "reconcile", shop_id)

        async def compared() -> bool:
            return not await reconciles.waiting(self.pool, shop_id, ALL)

        await until(compared, 60)
        await until(self._nothing_waits, 60)

    async def differences(self) -> list[Difference]:
        """Where the views differ from what the shop holds, over all that the Admin API tells."""
        return differences(
            truth(self.app.shop, admin=True), {view: await rows_of(self.pool, view) for view in KEYS}
        )


@asynccontextmanager
async def corridor(
    settings: Settings, pool: Pool, redis: queue.Redis, folder: Path, *,
    webhooks: bool = True, changed: dict[str, Any] | None = None, **shop: Any,
) -> AsyncIterator[Corridor]:  # fmt: skip
    """A shop that lives in the present. Nothing runs yet; what the test starts is killed at its end."""
    shop.setdefault("clock", lambda: datetime.now(UTC))
    async with installed(backoff=0.2, **shop) as app:
        port = free_port()
        given: dict[str, Any] = {
            "shop_url": DOMAIN,
            "api_key": STATIC.api_key,
            "api_password": SecretStr(STATIC.api_password),
            "webhook_secret": SecretStr("secret"),
            "shopify_origin": f"http://127.0.0.1:{app.client.port}",
            "port": port,
            "public_url": f"http://127.0.0.1:{port}" if webhooks else None,
        }
        await app.steer(bucket=100_000, restore_rate=100_000)
        await pool.execute("delete from connector.shops")  # this one is the only one
        found = Corridor(app, settings.model_copy(update=given | (changed or {})), pool, redis, folder)
        try:
            yield found
        finally:
            for program in found.started:
                program.kill()
