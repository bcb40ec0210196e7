"""From a verified delivery to a durable job: grouped, bounded, and never said to be stored when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from connector import queue
from connector.envelope import Envelope
from connector.errors import Transient
from connector.group_commit import Full
from connector.intake import Intake
from connector.settings import Settings
from tests.connector.door import stored
from tests.deliveries import envelope


class Store:
    """The way into Redis, opened by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._real = queue.put
        self.sizes: list[int] = []
        self.begun, self.open = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(queue, "put", self.put)

    async def put(self, redis: queue.Redis, envelopes: Sequence[Envelope]) -> None:
        self.sizes.append(len(envelopes))
        self.begun.set()
        await self.open.wait()
        await self._real(redis, envelopes)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    return Store(monkeypatch)


def taking(intake: Intake, count: int, body: bytes = b"x") -> list[asyncio.Task[None]]:
    return [asyncio.create_task(intake.take(envelope("products/update", body))) for _ in range(count)]


async def test_what_arrives_during_a_write_is_one_job(
    settings: Settings, redis: queue.Redis, store: Store
) -> None:
    intake = Intake(redis, settings)
    first = taking(intake, 1)
    await store.begun.wait()
    others = taking(intake, 5)
    store.open.set()
    await asyncio.gather(*first, *others)
    assert store.sizes == [1, 5]
    assert (await queue.waiting(redis), len(await stored(redis))) == (2, 6)


@pytest.mark.parametrize("limits", [{"batch_max_deliveries": 2}, {"batch_max_bytes": 1024}])
async def test_a_job_is_capped_as_the_settings_say(
    settings: Settings, redis: queue.Redis, store: Store, limits: dict[str, int]
) -> None:
    store.open.set()
    await asyncio.gather(*taking(Intake(redis, settings.model_copy(update=limits)), 6, b"x" * 512))
    assert store.sizes == [2, 2, 2]


@pytest.mark.parametrize("limits", [{"intake_max_requests": 2}, {"intake_max_bytes": 1024}])
async def test_beyond_what_may_wait_it_refuses_at_once_and_takes_again_later(
    settings: Settings, redis: queue.Redis, store: Store, limits: dict[str, int]
) -> None:
    intake = Intake(redis, settings.model_copy(update=limits))
    waiting = taking(intake, 2, b"x" * 512)
    await store.begun.wait()
    with pytest.raises(Full):
        await intake.take(envelope("products/update", b"x"))
    store.open.set()
    await asyncio.gather(*waiting)
    await intake.take(envelope("products/update", b"y"))
    assert len(await stored(redis)) == 3


async def test_a_redis_that_refuses_is_told_to_everyone_who_waited(
    settings: Settings, redis: queue.Redis
) -> None:
    intake = Intake(redis, settings)
    await redis.config_set("maxmemory", "1")
    try:
        told = await asyncio.gather(*taking(intake, 3), return_exceptions=True)
    finally:
        await redis.config_set("maxmemory", "0")
    assert [type(error) for error in told] == [Transient] * 3
    assert await stored(redis) == []
    await intake.take(envelope("products/update", b"x"))
    assert (len(await stored(redis)), intake.group.items, intake.group.bytes) == (1, 0, 0)


async def test_a_sender_that_leaves_takes_nobody_with_it(
    settings: Settings, redis: queue.Redis, store: Store
) -> None:
    intake = Intake(redis, settings)
    leaving, staying = taking(intake, 2)
    await store.begun.wait()
    leaving.cancel()
    store.open.set()
    await staying
    assert leaving.cancelled()
    assert len(await stored(redis)) == 2
