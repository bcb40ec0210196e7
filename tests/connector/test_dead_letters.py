"""Dead letters: kept whole, listed, masked, and marked for their replay."""

from __future__ import annotations

import msgspec

from connector import dead_letters
from connector.dead_letters import Failure
from connector.envelope import Envelope
from connector.postgres import Pool
from tests.deliveries import envelope

FAILURE = Failure("suspect", "RuntimeError", "here")


async def bury(pool: Pool, *letters: Envelope, failure: Failure = FAILURE) -> list[int]:
    """Keep these; their numbers."""
    async with pool.acquire() as connection:
        await dead_letters.bury(connection, [(letter, failure) for letter in letters])
    rows = await pool.fetch("select webhook_id, dead_letter_id from connector.dead_letters")
    numbers = {row["webhook_id"]: row["dead_letter_id"] for row in rows}
    return [numbers[letter.webhook_id] for letter in letters]


async def test_a_letter_keeps_the_delivery_as_it_came(pool: Pool) -> None:
    came = envelope(
        "products/update",
        b'{"odd":  "\xff bytes"}',
        event_id="an-event",
        attempts=2,
        other_headers={"X-Shopify-Test": "true", "X-Shopify-Order-Id": "7"},
    )
    (number,) = await bury(pool, came)
    found = await dead_letters.find(pool, number)
    assert found is not None
    assert (found["body"], found["attempts"], found["traceback"]) == (came.body, 3, "here")
    assert found["headers"] == came.headers
    (marked,) = await dead_letters.to_replay(pool, [number])
    assert marked == msgspec.structs.replace(came, attempts=0, replay=True, dead_letter=number)
    assert await dead_letters.find(pool, number + 1) is None


async def test_one_without_its_time_stays_without(pool: Pool) -> None:
    (number,) = await bury(pool, envelope("products/update", {}, triggered_at=None))
    (marked,) = await dead_letters.to_replay(pool, [number])
    assert marked.triggered_at is None
    assert marked.moment == marked.received_at


async def test_failing_again_is_the_same_letter_with_more_attempts(pool: Pool) -> None:
    came = envelope("products/update", {}, attempts=4)
    (number,) = await bury(pool, came)
    async with pool.acquire() as connection:
        await dead_letters.resolve(connection, [(number, "applied")])
    assert await dead_letters.listed(pool) == []
    assert await bury(pool, came, failure=Failure("permanent", "newer words")) == [number]
    (letter,) = await dead_letters.listed(pool)
    assert (letter["attempts"], letter["kind"], letter["error"]) == (10, "permanent", "newer words")
    assert letter["resolved_at"] is None
    assert letter["first_failed_at"] < letter["last_failed_at"]


async def test_only_those_that_wait_are_replayed(pool: Pool) -> None:
    numbers = await bury(pool, *[envelope("products/update", {}) for _ in range(3)])
    async with pool.acquire() as connection:
        await dead_letters.resolve(connection, [(numbers[1], "discarded")])
    marked = await dead_letters.to_replay(pool, [*numbers, max(numbers) + 1])
    assert {letter.dead_letter for letter in marked} == {numbers[0], numbers[2]}
    replayed = {row["dead_letter_id"]: row["replayed_at"] is not None for row in await _all(pool)}
    assert replayed == {numbers[0]: True, numbers[1]: False, numbers[2]: True}


async def test_letters_are_listed_by_topic_the_latest_first(pool: Pool) -> None:
    for topic in ("orders/create", "products/update", "orders/create"):
        await bury(pool, envelope(topic, {}))
    ids = [letter["dead_letter_id"] for letter in await _all(pool)]
    assert ids == sorted(ids, reverse=True)
    assert len(await dead_letters.listed(pool, topic="orders/create")) == 2
    assert len(await dead_letters.listed(pool, limit=1)) == 1
    assert "body" not in (await _all(pool))[0]


async def _all(pool: Pool) -> list[dict[str, object]]:
    return await dead_letters.listed(pool, waiting_only=False)


def test_a_masked_payload_shows_names_and_structure_only() -> None:
    payload = {
        "id": 7,
        "customer_id": 8,
        "created_at": "2026-11-20",
        "financial_status": "paid",
        "email": "ada@example.com",
        "zip": 10115,
        "price": 12.5,
        "taxable": True,
        "note": None,
        "empty": "",
        "lines": [{"title": "secret tea"}, "plain words", 4711],
    }
    shown = msgspec.json.decode(dead_letters.masked(msgspec.json.encode(payload).decode()))
    hidden = "•••"
    assert shown == payload | {
        "email": hidden,
        "zip": hidden,
        "price": hidden,
        "lines": [{"title": hidden}, hidden, hidden],
    }


def test_what_is_no_json_is_masked_letter_by_letter() -> None:
    assert dead_letters.masked('{"email": ada') == "{•••••••: •••"
    assert "5" not in dead_letters.masked("[" * 100_000 + "555")
