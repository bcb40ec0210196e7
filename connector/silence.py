"""The silence alarm: a topic of which nothing comes for longer than this shop's habits make likely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

import msgspec

from connector import heard
from connector.heard import Hour
from connector.postgres import Pool

HOUR = timedelta(hours=1)
#: Before a whole week is known nothing can be said: the shop may be closed on this day.
LEARNED = timedelta(days=7)
#: A silence that a healthy shop would keep less often than this is told.
UNLIKELY = 5e-4
#: How much one day of the week is thought to be like the others.
LIKENESS = 0.5


class Silence(msgspec.Struct, frozen=True):
    """Nothing of a topic since ``last_delivery_at``; ``likelihood`` is that of it in a healthy shop."""

    shop: str
    topic: str
    last_delivery_at: datetime
    hours: float
    usually_per_day: float
    likelihood: float

    def __str__(self) -> str:
        return f"no {self.topic} for {_span(self.hours)} (usually {_rate(self.usually_per_day)})"


async def look(pool: Pool, *, shop_id: int | None = None, now: datetime | None = None) -> list[Silence]:
    """The topics that are silent now, of one shop if given, the least likely first."""
    now = now or datetime.now(UTC)
    found: list[Silence] = []
    for shop, of_shop in groupby(await heard.hours(pool, shop_id), lambda hour: hour.shop):
        known = list(of_shop)
        since = min(hour.hour for hour in known)
        for topic, of_topic in groupby(known, lambda hour: hour.topic):
            if silence := _judged(shop, topic, list(of_topic), since, now):
                found.append(silence)
    return sorted(found, key=lambda silence: (silence.likelihood, silence.topic))


def likelihood(heard_in: Iterable[datetime], since: datetime, last_at: datetime, now: datetime) -> float:
    """How likely a healthy shop tells nothing from ``last_at`` to ``now``.

    By whether something came in an hour, not by how much: a till's sales come in bursts. Each hour is judged
    by the same hour of other days; a day of the week that was quieter than those excuses more. What is
    observed ends with the last delivery.
    """
    end = last_at.replace(minute=0, second=0, microsecond=0) + HOUR
    days, weeks = Counter[int](), Counter[tuple[int, int]]()
    for step in range(int((end - since) / HOUR)):
        at = since + step * HOUR
        days[at.hour] += 1
        weeks[at.weekday(), at.hour] += 1
    busy_days, busy_weeks = Counter[int](), Counter[tuple[int, int]]()
    for at in heard_in:
        busy_days[at.hour] += 1
        busy_weeks[at.weekday(), at.hour] += 1
    likely, at = 1.0, last_at
    while at < now and likely > 1e-12:
        following = min(at.replace(minute=0, second=0, microsecond=0) + HOUR, now)
        slot = at.weekday(), at.hour
        quiet = (days[at.hour] - busy_days[at.hour] + 0.5) / (days[at.hour] + 1)
        alone = (weeks[slot] - busy_weeks[slot] + LIKENESS * quiet) / (weeks[slot] + LIKENESS)
        likely *= max(quiet, alone) ** ((following - at) / HOUR)
        at = following
    return likely


def _judged(shop: str, topic: str, hours: Sequence[Hour], since: datetime, now: datetime) -> Silence | None:
    last_at = max(hour.last_at for hour in hours)
    if last_at - since < LEARNED:
        return None
    likely = likelihood((hour.hour for hour in hours), since, last_at, now)
    if likely >= UNLIKELY:
        return None
    days = (last_at - since) / timedelta(days=1)
    total = sum(hour.deliveries for hour in hours)
    return Silence(shop, topic, last_at, round((now - last_at) / HOUR, 2), round(total / days, 1), likely)


def _span(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def _rate(per_day: float) -> str:
    return f"{per_day / 24:.0f} an hour" if per_day >= 48 else f"{per_day:.1f} a day"
