"""Whose file is read when several could be."""

from __future__ import annotations

import asyncio

from workers.sync.turns import Turns


async def test_who_comes_later_waits_between_two_chunks_until_who_goes_before_is_through() -> None:
    turns, told = Turns(), list[str]()

    async def read(name: str, rank: int) -> None:
        with turns.reading(rank):
            for number in range(3):
                await turns.mine(rank)
                told.append(f"{name} {number}")
                await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        with turns.reading(0):
            for name, rank in (("orders", 3), ("inventory", 2), ("products", 1)):
                group.create_task(read(name, rank))
            await asyncio.sleep(0)
            assert told == []
    assert told == [f"{name} {number}" for name in ("products", "inventory", "orders") for number in range(3)]


async def test_who_fails_holds_nobody_up() -> None:
    turns = Turns()
    waiting = asyncio.Event()

    async def later() -> None:
        with turns.reading(2):
            waiting.set()
            await turns.mine(2)

    with turns.reading(1):
        task = asyncio.create_task(later())
        await waiting.wait()
        assert not task.done()
    await asyncio.wait_for(task, 5)
