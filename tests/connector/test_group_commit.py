"""Many waiting, one write."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain

import pytest

from connector.group_commit import Full, GroupCommit


class Writer:
    """A write that the test lets end."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None
        self._writing = 0

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self._writing += 1
        assert self._writing == 1, "two writes at once"
        self.batches.append(list(items))
        await self.gate.wait()
        self._writing -= 1
        if self.error:
            error, self.error = self.error, None
            raise error
        return [item * 10 for item in items]


def group(writer: Writer, **limits: int) -> GroupCommit[int, int]:
    return GroupCommit(writer, **({"max_items": 100, "max_bytes": 1000} | limits))


async def put_all(
    commit: GroupCommit[int, int], *calls: Sequence[int], size: int = 1
) -> list[asyncio.Task[Sequence[int]]]:
    """Hand each of them in, and let the first write begin."""
    tasks = [asyncio.create_task(commit.put(items, size)) for items in calls]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_one_write_at_a_time_and_the_rest_in_one() -> None:
    writer = Writer()
    commit = group(writer)
    first = await put_all(commit, [1])
    others = await put_all(commit, [2], [3], [4])
    assert writer.batches == [[1]]
    writer.gate.set()
    assert [list(await task) for task in [*first, *others]] == [[10], [20], [30], [40]]
    assert writer.batches == [[1], [2, 3, 4]]
    assert (commit.items, commit.bytes) == (0, 0)


@pytest.mark.parametrize(("limits", "size"), [({"max_items": 2}, 1), ({"max_bytes": 20}, 10)])
async def test_a_batch_is_capped_by_items_and_by_bytes(limits: dict[str, int], size: int) -> None:
    writer = Writer()
    writer.gate.set()
    tasks = await put_all(group(writer, **limits), *[[number] for number in range(6)], size=size)
    await asyncio.gather(*tasks)
    assert max(map(len, writer.batches)) == 2
    assert list(chain(*writer.batches)) == list(range(6))


async def test_a_caller_that_brings_more_than_a_batch_holds_is_written_alone() -> None:
    writer = Writer()
    writer.gate.set()
    (task,) = await put_all(group(writer, max_items=2), [1, 2, 3, 4])
    assert list(await task) == [10, 20, 30, 40]


@pytest.mark.parametrize("limits", [{"max_waiting": 2}, {"max_waiting_bytes": 2}])
async def test_beyond_what_may_wait_it_is_full_at_once_and_opens_again(limits: dict[str, int]) -> None:
    writer = Writer()
    commit = group(writer, **limits)
    tasks = await put_all(commit, [1], [2])
    assert commit.full
    with pytest.raises(Full):
        await commit.put([3], 1)
    writer.gate.set()
    await asyncio.gather(*tasks)
    assert not commit.full
    assert list(await commit.put([3], 1)) == [30]


async def test_an_error_reaches_its_batch_and_no_other() -> None:
    writer = Writer()
    commit = group(writer)
    first = await put_all(commit, [1])
    others = await put_all(commit, [2], [3])
    writer.error = ValueError("this batch")
    writer.gate.set()
    with pytest.raises(ValueError, match="this batch"):
        await first[0]
    assert [list(await task) for task in others] == [[20], [30]]


async def test_a_caller_that_leaves_disturbs_nobody() -> None:
    writer = Writer()
    commit = group(writer)
    first, second = await put_all(commit, [1], [2])
    second.cancel()
    writer.gate.set()
    assert list(await first) == [10]
    assert list(await commit.put([3], 1)) == [30]
    assert 2 in list(chain(*writer.batches))
    assert (commit.items, commit.bytes) == (0, 0)


async def test_an_error_reaches_every_caller_of_the_batch_and_nothing_stays_counted() -> None:
    writer = Writer()
    writer.error = ValueError("this batch")
    commit = group(writer, max_waiting=2)
    tasks = await put_all(commit, [1], [2])
    assert commit.full
    writer.gate.set()
    assert [str(error) for error in await asyncio.gather(*tasks, return_exceptions=True)] == [
        "this batch"
    ] * 2
    assert writer.batches == [[1, 2]]
    assert (commit.items, commit.bytes, commit.full) == (0, 0, False)
    assert list(await commit.put([3], 1)) == [30]


async def test_callers_get_their_own_results_whatever_each_brought() -> None:
    writer = Writer()
    commit = group(writer)
    tasks = await put_all(commit, [1, 2], [], [3], [4, 5, 6])
    writer.gate.set()
    assert [list(await task) for task in tasks] == [[10, 20], [], [30], [40, 50, 60]]
    assert len(writer.batches) == 1


async def test_a_caller_that_leaves_during_its_own_write_disturbs_nobody() -> None:
    writer = Writer()
    commit = group(writer)
    gone, stays, follows = [*await put_all(commit, [1], [2]), *await put_all(commit, [3])]
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert commit.items == 3
    writer.gate.set()
    assert [list(await task) for task in (stays, follows)] == [[20], [30]]
    assert writer.batches == [[1, 2], [3]]
    assert (commit.items, commit.bytes) == (0, 0)
