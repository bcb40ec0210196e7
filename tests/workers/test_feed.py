"""Whatever writers do side by side, a till that comes and goes ends with what the views show."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector import postgres, shops
from connector.postgres import Connection
from tests.workers.anything import change, tell
from tests.workers.till import Till, keys

_domains = (f"feed-{number}.myshopify.com" for number in itertools.count())

WRITERS = 4
#: The last of the writers commits only when all is over.
LATE = WRITERS - 1


class Writer:
    """A connection with a transaction under way; who would have to wait for another gives up."""

    def __init__(self, connection: Connection, shop_id: int, tables: Sequence[str]) -> None:
        self._connection, self._shop_id, self._tables = connection, shop_id, tables
        self._transaction: Any = None

    async def write(self, random: Random, number: int) -> None:
        """Change something, in the transaction under way or else a new one."""
        if self._transaction is None:
            self._transaction = self._connection.transaction()
            await self._transaction.start()
        try:
            await self._write(random, number)
        except (
            asyncpg.LockNotAvailableError,
            asyncpg.DeadlockDetectedError,
            asyncpg.CardinalityViolationError,  # one line twice in a statement
        ):
            await self.end(commit=False)

    async def _write(self, random: Random, number: int) -> None:
        act = random.random()
        if act < 0.75:
            made = [change(random, self._shop_id, number) for _ in range(random.choice((1, 1, 3)))]
            await tell(self._connection, made)
        elif act < 0.85:
            await self._connection.execute(
                "insert into connector.collection_products (shop_id, collection_id, product_id, position) "
                "values ($1, $2, $3, $4) on conflict (shop_id, collection_id, product_id) "
                "do update set position = excluded.position",
                self._shop_id,
                *[random.randint(1, 4) for _ in range(3)],
            )
        elif act < 0.87:
            await self._connection.execute(
                "update connector.shops set domain = $2 where shop_id = $1", self._shop_id, next(_domains)
            )
        else:
            table = random.choice(self._tables)
            await self._connection.execute(
                f"delete from connector.{table} where ctid = any(array(select ctid from connector.{table} "
                "where shop_id = $1 order by ctid offset $2 limit $3))",
                self._shop_id,
                random.randint(0, 3),
                random.randint(1, 3),
            )

    async def end(self, *, commit: bool) -> None:
        if self._transaction is not None:
            await (self._transaction.commit() if commit else self._transaction.rollback())
            self._transaction = None


SEED = st.integers(0, 2**32)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["write", "write and commit", "write and commit"]), st.integers(0, 1), SEED
        ),
        st.tuples(
            st.sampled_from(["write", "write and commit", "roll back"]), st.integers(1, LATE - 1), SEED
        ),
        st.tuples(st.just("write"), st.just(LATE), SEED),
        st.tuples(st.just("read"), st.integers(1, 4), SEED),
        st.tuples(st.just("break off"), st.integers(1, 4), st.integers(0, 12)),
    ),
    min_size=30,
    max_size=200,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
@given(steps=STEPS)
async def test_a_replica_equals_the_views(dsn: str, steps: list[tuple[str, int, int]]) -> None:
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(await postgres.connect(dsn, size=WRITERS + 1))
        shop_id = await shops.add(pool, next(_domains))
        connections = [await stack.enter_async_context(pool.acquire()) for _ in range(WRITERS + 1)]
        tables = [
            row["source"]
            for row in await connections[0].fetch(
                "select distinct source from connector.feeds where source <> 'shops' order by source"
            )
        ]
        writers = [Writer(connection, shop_id, tables) for connection in connections[:WRITERS]]
        for connection in connections[:WRITERS]:
            await connection.execute("set lock_timeout = '5ms'")
        till = Till(connections[WRITERS], shop_id, await keys(connections[WRITERS]))
        for number, (what, which, seed) in enumerate(steps):
            match what:
                case "write":
                    await writers[which].write(Random(seed), number)
                case "write and commit":
                    await writers[which].write(Random(seed), number)
                    await writers[which].end(commit=True)
                case "roll back":
                    await writers[which].end(commit=False)
                case "read":
                    await till.read_next(which)
                case "break off":
                    await till.read_next(which, breaks_off_after=seed)
        for writer in writers[:LATE]:
            await writer.end(commit=True)
        while await till.read_next(2):
            pass
        await writers[LATE].end(commit=True)
        while await till.read_next(1000):
            pass
        assert till.replica == await till.shown()
