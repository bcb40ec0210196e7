"""What one attempt at a job leaves behind when something of it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import arq
import asyncpg
import pytest

from connector import dead_letters, queue
from connector.envelope import Envelope, decode, encode
from connector.postgres import Pool
from connector.settings import Settings
from tests.conftest import SHOP, make_settings
from tests.deliveries import envelope, stamp
from workers import jobs, policy
from workers.batch import Batches
from workers.main import make_worker

REFUSE = """
create function refuse_{id}() returns trigger language plpgsql as $$
begin raise exception 'secret tea: %', new.title using errcode = '{code}'; end $$;
create trigger refuse_{id} before insert or update on connector.products
    for each row when (new.id = {id}) execute function refuse_{id}()
"""


def product(number: int, **changed: Any) -> Envelope:
    payload = {"id": number, "title": f"Tea {number}", "updated_at": stamp(0)}
    return envelope("products/update", payload, **changed)


async def refuse(pool: Pool, number: int, code: str = "P0001") -> None:
    """Postgres raises whenever this product is written."""
    await pool.execute(REFUSE.format(id=number, code=code))


async def accept(pool: Pool, number: int) -> None:
    await pool.execute(f"drop function refuse_{number} cascade")


async def attempt(parts: jobs.Context, envelopes: list[Envelope]) -> float | None:
    """One attempt at a job of these: None when it is done, else the seconds it wants to wait."""
    try:
        await jobs.apply_deliveries({"context": parts, "job_id": "a-job", "job_try": 1}, encode(envelopes))
    except arq.Retry as retry:
        return (retry.defer_score or 0) / 1000
    return None


async def queued(redis: queue.Redis) -> list[Envelope]:
    """The deliveries that stand in the queue."""
    found = []
    for job_id in await redis.zrange(queue.QUEUE, 0, -1):
        payload = await redis.get(b"arq:job:" + job_id)
        assert payload is not None
        found += decode(queue.deserialize(payload)["a"][0])
    return found


async def outcomes(pool: Pool) -> dict[str, int]:
    rows = await pool.fetch("select outcome, count(*) from connector.deliveries group by outcome")
    return {row["outcome"]: row["count"] for row in rows}


async def letters(pool: Pool) -> list[dict[str, Any]]:
    return await dead_letters.listed(pool, waiting_only=False)


async def test_what_fails_alone_is_tried_again_alone_and_counts_its_attempts(parts: jobs.Context) -> None:
    await refuse(parts.pool, 31)
    bad = product(31, other_headers={"X-Shopify-Test": "true"})
    assert await attempt(parts, [*[product(number) for number in range(1, 30)], bad]) is None
    assert await outcomes(parts.pool) == {"applied": 29}
    for attempts in range(1, parts.settings.suspect_attempts):
        (again,) = await queued(parts.redis)
        assert (again.body, again.other_headers, again.attempts) == (bad.body, bad.other_headers, attempts)
        assert await queue.deferred(parts.redis) == 1
        await parts.redis.flushall()
        assert await attempt(parts, [again]) is None
    assert await queued(parts.redis) == []
    (letter,) = await letters(parts.pool)
    assert (letter["kind"], letter["attempts"]) == ("suspect", parts.settings.suspect_attempts)
    found = await dead_letters.find(parts.pool, letter["dead_letter_id"])
    assert found is not None
    assert "P0001" in found["error"]
    assert "workers/batch.py" in found["traceback"]
    assert "ea 31" not in found["error"] + found["traceback"]
    assert await outcomes(parts.pool) == {"applied": 29, "dead": 1}


async def test_a_failure_that_heals_by_waiting_spends_no_attempt(parts: jobs.Context) -> None:
    await refuse(parts.pool, 2, code="40P01")
    batch = [product(1), product(2)]
    for _ in range(2 * parts.settings.suspect_attempts):
        wait = await attempt(parts, batch)
        assert wait is not None
        assert 0 < wait < 2
    assert await queued(parts.redis) == []
    assert await letters(parts.pool) == []
    await accept(parts.pool, 2)
    assert await attempt(parts, batch) is None
    assert await outcomes(parts.pool) == {"applied": 2}


async def test_what_was_settled_before_something_went_away_stays_settled(parts: jobs.Context) -> None:
    batch = [product(number) for number in (1, 2, 3, 4)]
    # Rows are written in key order: the whole batch fails on 1, so 1 and 2 are settled before 4 is met.
    await refuse(parts.pool, 1)
    await refuse(parts.pool, 4, code="57P01")
    for _ in range(2):
        assert await attempt(parts, batch) is not None
        assert await outcomes(parts.pool) == {"applied": 1}
    await accept(parts.pool, 4)
    assert await attempt(parts, batch) is None
    assert await outcomes(parts.pool) == {"applied": 3}
    # 1 was set aside each time; its copies end as one.
    copies = await queued(parts.redis)
    assert [(copy.webhook_id, copy.attempts) for copy in copies] == [(batch[0].webhook_id, 1)] * 3
    await accept(parts.pool, 1)
    assert await attempt(parts, copies) is None
    assert await outcomes(parts.pool) == {"applied": 4}
    assert await letters(parts.pool) == []


async def test_dead_letters_wait_where_postgres_cannot_take_them(
    parts: jobs.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    await refuse(parts.pool, 1, code="23514")
    with monkeypatch.context() as patched:
        patched.setattr(Batches, "bury", away)
        assert await attempt(parts, [product(1)]) is not None
    assert await letters(parts.pool) == []


@pytest.mark.parametrize("kind", ["applied", "unknown shop", "no JSON", "refused"])
async def test_a_job_that_ran_before_a_crash_may_run_again(parts: jobs.Context, kind: str) -> None:
    await refuse(parts.pool, 9, code="23514")
    delivery = {
        "applied": product(1),
        "unknown shop": product(1, shop="stranger.myshopify.com"),
        "no JSON": envelope("products/update", b"{"),
        "refused": product(9),
    }[kind]
    assert await attempt(parts, [delivery]) is None
    once = (await outcomes(parts.pool), len(await letters(parts.pool)))
    assert await attempt(parts, [delivery, delivery]) is None
    assert (await outcomes(parts.pool), len(await letters(parts.pool))) == once
    assert len(await letters(parts.pool)) == (kind != "applied")


async def replay(parts: jobs.Context, *dead_letter_ids: int) -> list[Envelope]:
    marked = await dead_letters.to_replay(parts.pool, dead_letter_ids)
    assert await attempt(parts, marked) is None
    return marked


async def test_a_replay_that_was_asked_for_twice_is_harmless(parts: jobs.Context) -> None:
    await refuse(parts.pool, 1, code="23514")
    assert await attempt(parts, [product(1)]) is None
    (letter,) = await letters(parts.pool)
    first = await dead_letters.to_replay(parts.pool, [letter["dead_letter_id"]])
    second = await dead_letters.to_replay(parts.pool, [letter["dead_letter_id"]])
    await accept(parts.pool, 1)
    assert await attempt(parts, [*first, *second]) is None
    assert await attempt(parts, second) is None
    (letter,) = await letters(parts.pool)
    assert letter["resolution"] == "applied"
    assert await outcomes(parts.pool) == {"applied": 1}


async def test_a_replay_that_fails_by_suspicion_counts_from_one_again(parts: jobs.Context) -> None:
    await refuse(parts.pool, 1, code="23514")
    assert await attempt(parts, [product(1)]) is None
    await accept(parts.pool, 1)
    await refuse(parts.pool, 1)
    (letter,) = await letters(parts.pool)
    await replay(parts, letter["dead_letter_id"])
    (again,) = await queued(parts.redis)
    assert (again.replay, again.dead_letter, again.attempts) == (True, letter["dead_letter_id"], 1)
    await accept(parts.pool, 1)
    assert await attempt(parts, [again]) is None
    (letter,) = await letters(parts.pool)
    assert letter["resolution"] == "applied"


async def test_a_shop_that_is_added_later_gets_its_dead_letters_replayed(parts: jobs.Context) -> None:
    assert await attempt(parts, [product(1, shop="late.myshopify.com"), product(1)]) is None
    (letter,) = await letters(parts.pool)
    await parts.pool.execute("insert into connector.shops (domain) values ('late.myshopify.com')")
    await replay(parts, letter["dead_letter_id"])
    found = await parts.pool.fetch("select shop from pos.products order by shop")
    assert [row["shop"] for row in found] == [SHOP, "late.myshopify.com"]
    (letter,) = await letters(parts.pool)
    assert letter["resolution"] == "applied"


@pytest.fixture
async def two_at_most(
    settings: Settings, servers: Any, pool: Pool, redis: Any
) -> AsyncIterator[jobs.Context]:
    given = settings.postgres_dsn.get_secret_value()  # type: ignore[union-attr]
    yield jobs.context(make_settings(servers, given, batch_max_deliveries=2, worker_max_jobs=4), pool, redis)


async def test_jobs_are_applied_together_and_fail_apart(
    two_at_most: jobs.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = two_at_most
    monkeypatch.setattr(policy, "delay", lambda rule, attempt: 0.001)
    await refuse(parts.pool, 3)
    for number in range(1, 9):
        await queue.put(parts.redis, [product(number), envelope("carts/create", {})])
    await make_worker(parts, burst=True).run_check()
    assert await outcomes(parts.pool) == {"applied": 7, "ignored": 8, "dead": 1}
    assert [letter["attempts"] for letter in await letters(parts.pool)] == [parts.settings.suspect_attempts]
