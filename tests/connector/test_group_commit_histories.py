"""Callers that come, leave and are refused in any order, writes that fail: each is told what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.group_commit import Full, GroupCommit

Tasks = list[asyncio.Task[Sequence[int]]]


class Gate:
    """A write that waits for the test, and then does as it is told."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.outcomes: list[asyncio.Future[BaseException | None]] = []

    async def __call__(self, items: Sequence[int]) -> list[int]:
        assert all(outcome.done() for outcome in self.outcomes), "two writes at once"
        self.batches.append(list(items))
        self.outcomes.append(asyncio.get_running_loop().create_future())
        if error := await self.outcomes[-1]:
            raise error
        return [item * 10 for item in items]

    @property
    def writing(self) -> bool:
        return bool(self.outcomes) and not self.outcomes[-1].done()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def waiting_behind_a_write(gate: Gate) -> tuple[GroupCommit[int, int], Tasks]:
    commit: GroupCommit[int, int] = GroupCommit(gate, max_items=100, max_bytes=100)
    tasks: Tasks = []
    for number in (1, 2, 3):
        tasks.append(asyncio.create_task(commit.put([number], 1)))
        await settled()
    assert gate.batches == [[1]]
    return commit, tasks


async def test_a_write_that_is_cancelled_ends_its_own_batch_and_the_next_is_written() -> None:
    gate = Gate()
    commit, (first, *others) = await waiting_behind_a_write(gate)
    gate.outcomes[0].set_result(asyncio.CancelledError())
    await settled()
    assert first.cancelled()
    assert gate.batches == [[1], [2, 3]]
    gate.outcomes[1].set_result(None)
    assert [list(task) for task in await asyncio.gather(*others)] == [[20], [30]]
    assert (commit.items, commit.bytes) == (0, 0)


async def test_when_the_writer_itself_is_ended_nobody_is_left_waiting() -> None:
    gate = Gate()
    commit, tasks = await waiting_behind_a_write(gate)
    assert commit._writer
    commit._writer.cancel()
    await settled()
    assert [task.cancelled() for task in tasks] == [True] * 3
    assert (commit.items, commit.bytes, commit.full) == (0, 0, False)


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=12),
    st.integers(1, 6),
    st.integers(7, 70),
    st.integers(4, 40),
    st.data(),
)
def test_each_item_is_written_once_and_told_to_its_own_caller(
    sizes: list[int], max_items: int, max_bytes: int, max_waiting: int, data: st.DataObject
) -> None:
    asyncio.run(_history(sizes, max_items, max_bytes, max_waiting, data))


async def _history(
    sizes: list[int], max_items: int, max_bytes: int, max_waiting: int, data: st.DataObject
) -> None:
    gate = Gate()
    commit: GroupCommit[int, int] = GroupCommit(
        gate, max_items=max_items, max_bytes=max_bytes, max_waiting=max_waiting
    )
    numbers = iter(range(1000))
    callers: list[tuple[list[int], asyncio.Task[Sequence[int]]]] = []
    left: Tasks = []
    failed: set[int] = set()

    async def end_a_write() -> None:
        fails = data.draw(st.booleans(), "the write fails")
        failed.update(gate.batches[-1] if fails else [])
        gate.outcomes[-1].set_result(ValueError("this batch") if fails else None)
        await settled()

    for size in sizes:
        items = [next(numbers) for _ in range(size)]
        if commit.full:
            with pytest.raises(Full):
                await commit.put(items, size * 7)
            await end_a_write()
            continue
        task = asyncio.create_task(commit.put(items, size * 7))
        task.add_done_callback(
            lambda done: done.cancelled() or done.exception()
        )  # else a cut example complains
        callers.append((items, task))
        await settled()
        assert gate.writing
        if data.draw(st.sampled_from([False, False, True]), "a write ends"):
            await end_a_write()
        if not callers[-1][1].done() and data.draw(
            st.sampled_from([False, False, True]), "the caller leaves"
        ):
            callers[-1][1].cancel()
            left.append(callers[-1][1])
            await settled()
    while gate.writing:
        await end_a_write()

    assert list(chain(*gate.batches)) == list(chain(*(items for items, _ in callers)))
    brought = [items for items, _ in callers]
    for batch in gate.batches:
        assert batch in brought or (len(batch) <= max_items and len(batch) * 7 <= max_bytes)
    for items, task in callers:
        if task in left:
            assert task.cancelled()
        elif failed.intersection(items):
            assert str(task.exception()) == "this batch"
        else:
            assert list(task.result()) == [item * 10 for item in items]
    assert (commit.items, commit.bytes, commit.full) == (0, 0, False)
