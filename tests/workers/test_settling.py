"""What becomes of deliveries: outcomes, halving, retries, dead letters and their replays."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from connector import dead_letters, postgres, queue
from connector.envelope import Envelope
from connector.errors import Permanent, Transient
from connector.postgres import Pool
from connector.topics import TOPICS, Topic
from tests.deliveries import envelope, stamp
from workers import jobs, policy
from workers.batch import Batches
from workers.main import make_worker


def product(number: int, *, at: float = 0.0, **changed: Any) -> Envelope:
    payload = {"id": number, "title": f"Tea {number}", "updated_at": stamp(at), "variants": []}
    return envelope("products/update", payload, at=at, **changed)


async def run(parts: jobs.Context, *deliveries: Envelope) -> None:
    """Enqueue as one job and work until the queue is empty."""
    await queue.put(parts.redis, deliveries)
    await make_worker(parts, burst=True).run_check()


async def outcomes(pool: Pool) -> dict[str, int]:
    rows = await pool.fetch("select outcome, count(*) from connector.deliveries group by outcome")
    return {row["outcome"]: row["count"] for row in rows}


async def test_every_delivery_of_a_batch_has_its_own_outcome(pool: Pool) -> None:
    newest, older = product(1, at=5), product(1, at=2)
    batch = [newest, older, newest, envelope("carts/create", {}), envelope("returns/close", {}), product(2)]
    unknown = product(3, shop="stranger.myshopify.com")
    told = await Batches(pool).settle([*batch, unknown])
    assert told == ["applied", "superseded", "duplicate", "ignored", "deferred", "applied", "dead"]
    assert await Batches(pool).settle(batch) == ["duplicate"] * 6
    assert await outcomes(pool) == {"applied": 2, "superseded": 1, "ignored": 1, "deferred": 1}
    assert "stranger.myshopify.com is not connected" in await pool.fetchval(
        "select error from connector.dead_letters"
    )


async def test_one_bad_delivery_is_halved_out_and_its_neighbours_are_applied(parts: jobs.Context) -> None:
    await parts.pool.execute("alter table connector.products add constraint no_thirteen check (id <> 13)")
    await run(parts, *[product(number) for number in range(1, 21)])
    assert await outcomes(parts.pool) == {"applied": 19, "dead": 1}
    assert await parts.pool.fetchval("select count(*) from pos.products") == 19
    (letter,) = await dead_letters.listed(parts.pool)
    assert "no_thirteen" in letter["error"]
    found = await dead_letters.find(parts.pool, letter["dead_letter_id"])
    assert found is not None
    assert "Tea 13" not in found["error"] + found["traceback"]
    assert b"Tea 13" in found["body"]


async def test_a_replay_passes_the_ledger_and_resolves_its_letter(parts: jobs.Context) -> None:
    await parts.pool.execute("alter table connector.products add constraint no_thirteen check (id <> 13)")
    await run(parts, product(13))
    (letter,) = await dead_letters.listed(parts.pool)
    number = letter["dead_letter_id"]

    async def replay() -> None:
        await run(parts, *await dead_letters.to_replay(parts.pool, [number]))

    await replay()
    (again,) = await dead_letters.listed(parts.pool)
    assert (again["dead_letter_id"], again["attempts"]) == (number, 2)
    await parts.pool.execute("alter table connector.products drop constraint no_thirteen")
    await replay()
    assert await dead_letters.listed(parts.pool) == []
    (resolved,) = await dead_letters.listed(parts.pool, waiting_only=False)
    assert resolved["resolution"] == "applied"
    assert await outcomes(parts.pool) == {"applied": 1}
    assert await dead_letters.to_replay(parts.pool, [number]) == []


async def test_a_replay_of_old_news_is_superseded(parts: jobs.Context) -> None:
    await parts.pool.execute(
        "alter table connector.products add constraint no_thirteen check (title <> 'Tea 13')"
    )
    await run(parts, product(13, at=1))
    await parts.pool.execute("alter table connector.products drop constraint no_thirteen")
    await run(parts, envelope("products/update", {"id": 13, "title": "new", "updated_at": stamp(9)}, at=9))
    (letter,) = await dead_letters.listed(parts.pool)
    await run(parts, *await dead_letters.to_replay(parts.pool, [letter["dead_letter_id"]]))
    (resolved,) = await dead_letters.listed(parts.pool, waiting_only=False)
    assert resolved["resolution"] == "superseded"
    assert await parts.pool.fetchval("select title from pos.products") == "new"


async def test_a_suspect_failure_is_tried_again_and_then_dead_lettered(
    parts: jobs.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def bug(body: bytes, origin: object) -> Any:
        tries.append(1)
        raise RuntimeError("personal: ada@example.com")

    monkeypatch.setitem(TOPICS, "products/update", Topic("products", bug))
    monkeypatch.setattr(policy, "delay", lambda rule, attempt: 0.001)
    await run(parts, product(1), envelope("carts/create", {}))
    assert await outcomes(parts.pool) == {"dead": 1, "ignored": 1}
    (letter,) = await dead_letters.listed(parts.pool)
    assert (letter["kind"], letter["attempts"], letter["error"]) == ("suspect", 5, "RuntimeError")
    # The first try is made twice, with the batch and alone.
    assert len(tries) == 6


async def test_postgres_going_away_spends_no_attempt(
    parts: jobs.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "delay", lambda rule, attempt: 0.001)
    blocker = await postgres.connect(parts.settings.postgres_dsn.get_secret_value(), size=1)  # type: ignore[union-attr]
    async with blocker.acquire() as other:
        locked = other.transaction()
        await locked.start()
        await other.execute("lock table connector.products in access exclusive mode")
        working = asyncio.create_task(run(parts, product(1)))
        while not (  # noqa: ASYNC110  Postgres tells no one that a backend waits
            ended := await other.fetchval(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                "where datname = current_database() and wait_event_type = 'Lock'"
            )
        ):
            await asyncio.sleep(0.01)
        assert ended == 1
        await locked.rollback()
    await working
    await blocker.close()
    assert await outcomes(parts.pool) == {"applied": 1}
    assert await dead_letters.listed(parts.pool) == []


async def test_a_retry_after_midnight_meets_its_first_delivery(pool: Pool) -> None:
    first = product(1, at=11 * 3600 + 3599)
    late = envelope(
        first.topic,
        first.body,
        webhook_id=first.webhook_id,
        triggered_at=first.triggered_at,
        received_at=first.received_at.replace(day=21),
    )
    assert await Batches(pool).settle([first]) == ["applied"]
    assert await Batches(pool).settle([late]) == ["duplicate"]


async def test_two_workers_with_the_same_deliveries_apply_each_once(pool: Pool, dsn: str) -> None:
    deliveries = [product(number % 7 + 1, at=number / 10) for number in range(60)]
    other = await postgres.connect(dsn, size=2)
    told = await asyncio.gather(
        Batches(pool).settle(deliveries), Batches(other).settle(list(reversed(deliveries)))
    )
    await other.close()
    assert sorted(word == "duplicate" for both in told for word in both) == [False] * 60 + [True] * 60
    assert await pool.fetchval("select count(*) from pos.products") == 7
    assert await pool.fetchval("select sum(repeats) from connector.deliveries") == 60


KINDS: list[tuple[BaseException, str]] = [
    (Permanent("no"), "permanent"),
    (asyncpg.NumericValueOutOfRangeError("x"), "permanent"),
    (asyncpg.UniqueViolationError("x"), "permanent"),
    (Transient("away"), "transient"),
    (asyncpg.DeadlockDetectedError("x"), "transient"),
    (asyncpg.SerializationError("x"), "transient"),
    (asyncpg.ConnectionDoesNotExistError("x"), "transient"),
    (asyncpg.AdminShutdownError("x"), "transient"),
    (asyncpg.CannotConnectNowError("x"), "transient"),
    (asyncpg.TooManyConnectionsError("x"), "transient"),
    (asyncpg.DiskFullError("x"), "transient"),
    (asyncpg.ReadOnlySQLTransactionError("x"), "transient"),
    (ConnectionRefusedError(), "transient"),
    (TimeoutError(), "transient"),
    (asyncpg.exceptions._base.DataError("an argument it could not encode"), "suspect"),
    (asyncpg.UndefinedTableError("x"), "suspect"),
    (KeyError("x"), "suspect"),
    (ValueError("x"), "suspect"),
]


@pytest.mark.parametrize(("error", "kind"), KINDS, ids=lambda value: type(value).__name__)
def test_every_error_has_its_kind(error: BaseException, kind: str) -> None:
    assert policy.rule_for(error).kind == kind


def test_delays_double_up_to_the_longest_and_are_jittered() -> None:
    rule = policy.rule_for(Transient("away"))
    for attempt, middle in [(1, 0.5), (2, 1), (3, 2), (7, 30), (1000, 30)]:
        delays = [policy.delay(rule, attempt) for _ in range(200)]
        assert middle * 0.5 <= min(delays) < middle * 0.7
        assert middle * 1.3 < max(delays) <= middle * 1.5
