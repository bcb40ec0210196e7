"""One version, two contents: only reading the thing anew tells which is true."""

from __future__ import annotations

import pytest

from connector.postgres import Pool
from tests.deliveries import envelope, stamp
from workers.batch import Batches

TEA = {"id": 7, "title": "Tea", "updated_at": stamp(0)}
OTHER = TEA | {"title": "Green tea"}


async def asked(pool: Pool) -> list[tuple[str, int]]:
    return [(row["kind"], row["id"]) for row in await pool.fetch("select kind, id from connector.refetches")]


@pytest.mark.parametrize("together", [True, False])
async def test_two_contents_of_one_version_have_the_thing_read_anew(pool: Pool, together: bool) -> None:
    first, second = envelope("products/update", TEA), envelope("products/update", OTHER)
    batches = Batches(pool)
    for batch in [[first, second]] if together else [[first], [second]]:
        await batches.settle(batch)
    assert await asked(pool) == [("Product", 7)]


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_content_twice_is_no_tie(pool: Pool, together: bool) -> None:
    first, second = envelope("products/create", TEA), envelope("products/update", TEA)
    batches = Batches(pool)
    for batch in [[first, second]] if together else [[first], [second]]:
        await batches.settle(batch)
    assert await asked(pool) == []


async def test_a_delivery_without_a_trigger_time_has_its_thing_read_anew(pool: Pool) -> None:
    await Batches(pool).settle([envelope("products/update", TEA, triggered_at=None)])
    assert await asked(pool) == [("Product", 7)]


async def test_what_comes_later_in_the_same_second_is_no_tie(pool: Pool) -> None:
    batches = Batches(pool)
    await batches.settle([envelope("products/update", TEA)])
    await batches.settle([envelope("products/update", OTHER, at=0.25)])
    assert await asked(pool) == []
    assert await pool.fetchval("select title from connector.products") == "Green tea"
