"""When a topic's silence is told: early for a busy shop, late for a small one, seldom for a healthy one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from connector import heard, silence
from connector.postgres import Pool
from connector.silence import UNLIKELY, Silence, likelihood
from tests.conftest import SHOP

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 10, 5, tzinfo=UTC)
Habit = Callable[[datetime], float]


def busy(at: datetime) -> float:
    return 40 if 8 <= at.hour < 22 else 0.2


def weekdays(at: datetime) -> float:
    return 6 if at.weekday() < 5 and 9 <= at.hour < 18 else 0


def small(at: datetime) -> float:
    return 0.4 if 9 <= at.hour < 19 else 0


def rare(at: datetime) -> float:
    return 0.02


def life(habit: Habit, days: int, seed: int = 1) -> list[datetime]:
    """The moments at which something came, from a Monday on."""
    random = Random(seed)
    moments = []
    for step in range(days * 24):
        hour = MONDAY + step * HOUR
        at, rate = 0.0, habit(hour)
        while rate and (at := at + random.expovariate(rate)) < 1:
            moments.append(hour + at * HOUR)
    return moments


def at_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def alarmed(moments: list[datetime], now: datetime) -> bool:
    known = [moment for moment in moments if now - heard.KEPT < moment <= now]
    begun = max(MONDAY, at_hour(now - heard.KEPT))
    return (
        bool(known)
        and known[-1] - begun >= silence.LEARNED
        and (likelihood({at_hour(moment) for moment in known}, begun, known[-1], now) < UNLIKELY)
    )


def told_after(habit: Habit, days: int, hour: int) -> float:
    """Hours of silence until it is told, where nothing comes any more from that hour of the last day on."""
    dead = MONDAY + timedelta(days=days - 1, hours=hour)
    moments = [moment for moment in life(habit, days) if moment < dead]
    for quarter in range(4 * 24 * 30):
        now = dead + quarter * HOUR / 4
        if alarmed(moments, now):
            return (now - moments[-1]) / HOUR
    return float("inf")


@pytest.mark.parametrize(
    ("habit", "days", "hour", "least", "most"),
    [
        (busy, 9, 10, 0.5, 3),  # a second week's Tuesday
        (busy, 29, 10, 0.5, 2.5),
        (weekdays, 9, 10, 2, 9),
        (weekdays, 29, 10, 1, 7),
        (small, 29, 10, 9, 100),
        (rare, 29, 10, 200, float("inf")),
    ],
)
def test_it_is_told_when_the_shop_would_have_been_heard(
    habit: Habit, days: int, hour: int, least: float, most: float
) -> None:
    assert least <= told_after(habit, days, hour) <= most


@pytest.mark.parametrize("habit", [busy, weekdays, small, rare])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_healthy_shop_is_seldom_suspected(habit: Habit, seed: int) -> None:
    moments = life(habit, 49, seed)
    looks = [MONDAY + step * HOUR for step in range(48, 49 * 24, 4)]
    assert sum(alarmed(moments, now) for now in looks) / len(looks) < 0.01


async def put(pool: Pool, topic: str, moments: list[datetime]) -> None:
    shop_id = await pool.fetchval("select shop_id from connector.shops where domain = $1", SHOP)
    await pool.executemany(
        "insert into connector.deliveries (shop_id, webhook_id, triggered_on, received_at, settled_at, "
        "topic, api_version, outcome, body) values ($1, $2, $3, $4, $4, $5, '2026-10', 'applied', '')",
        [(shop_id, f"{topic}{number}", at.date(), at, topic) for number, at in enumerate(moments)],
    )


async def test_what_the_ledger_knows_is_counted_kept_and_judged(pool: Pool) -> None:
    now = datetime.now(UTC)
    begun = at_hour(now) - timedelta(days=14)
    steady = [begun + step * HOUR / 2 for step in range(14 * 48 - 2 * 8)]  # both until eight hours ago
    await put(pool, "orders/updated", steady)
    await put(pool, "products/update", [*steady, now - timedelta(minutes=2)])
    (found,) = await silence.look(pool, now=now)
    assert (found.shop, found.topic) == (SHOP, "orders/updated")
    assert found.last_delivery_at == steady[-1]
    assert 8 < found.hours < 10
    assert found.usually_per_day == pytest.approx(48, rel=0.02)
    assert str(found).startswith("no orders/updated for ")
    total = await pool.fetchval("select sum(deliveries) from connector.heard where topic = 'orders/updated'")
    assert total == len(steady)

    # The ledger's days go; what was counted stays, and counting again counts nothing twice.
    await pool.execute("delete from connector.deliveries where received_at < $1", now - timedelta(days=2))
    assert [each.topic for each in await silence.look(pool, now=now)] == ["orders/updated"]
    again = await pool.fetchval("select sum(deliveries) from connector.heard where topic = 'orders/updated'")
    assert again == total
    await put(pool, "orders/updated", [])
    await pool.execute(
        "update connector.deliveries set received_at = $1, settled_at = $1 where webhook_id = $2",
        now,
        f"orders/updated{len(steady) - 1}",
    )
    assert await silence.look(pool, now=now) == []


async def test_a_young_shop_is_not_judged(pool: Pool) -> None:
    now = datetime.now(UTC)
    await put(pool, "orders/updated", [now - timedelta(days=6) + step * HOUR / 2 for step in range(48)])
    assert await silence.look(pool, now=now) == []


async def test_hours_that_are_too_old_are_forgotten(pool: Pool) -> None:
    now = datetime.now(UTC)
    await put(pool, "orders/updated", [now - timedelta(days=30), now - timedelta(days=3)])
    await heard.count(pool)
    await heard.forget(pool)
    assert await pool.fetchval("select count(*) from connector.heard") == 1


def test_it_reads_as_a_sentence() -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    assert str(Silence(SHOP, "orders/updated", moment, 3.2, 288, 1e-5)) == (
        "no orders/updated for 3 h (usually 12 an hour)"
    )
    assert str(Silence(SHOP, "refunds/create", moment, 200, 2.5, 1e-5)) == (
        "no refunds/create for 8 days (usually 2.5 a day)"
    )
