"""What waits to be read anew: asked for once more while it is read, it is read once more."""

from __future__ import annotations

from connector import refetches
from connector.changes import Refetch
from connector.postgres import Pool

SHOP, KIND = 1, "Fulfillments"


async def ask(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await refetches.ask(connection, SHOP, [Refetch(KIND, 7)], now=True)


async def take(pool: Pool) -> list[refetches.Waiting]:
    return await refetches.due(pool, SHOP, KIND, 10)


async def done(pool: Pool, read: list[refetches.Waiting]) -> None:
    async with pool.acquire() as connection:
        await refetches.done(connection, SHOP, KIND, read)


async def test_what_is_asked_for_while_it_is_read_stays(pool: Pool) -> None:
    await ask(pool)
    read = await take(pool)
    await ask(pool)
    await done(pool, read)
    read = await take(pool)
    assert [each.asks for each in read] == [2]
    await done(pool, read)
    assert await take(pool) == []


async def test_two_who_read_the_same_do_not_lose_what_is_asked_for_between_their_ends(pool: Pool) -> None:
    # An import reads thing by thing what no file holds, beside the job that reads what webhooks asked for.
    await ask(pool)
    one, other = await take(pool), await take(pool)
    await done(pool, one)
    await ask(pool)
    await done(pool, other)
    assert len(await take(pool)) == 1
