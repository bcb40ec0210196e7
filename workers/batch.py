"""A batch of deliveries in one transaction: ledger, read, apply, outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from connector import dead_letters, deliveries, history, refetches
from connector.changes import Change, Origin, Refetch, look_again
from connector.dead_letters import Failure
from connector.deliveries import Key, Outcome
from connector.envelope import Envelope
from connector.errors import Permanent
from connector.history import Source
from connector.postgres import Connection, Pool
from connector.shops import ShopIds
from connector.topics import TOPICS
from workers import ties
from workers.apply import apply, lock


@dataclass(slots=True)
class Reading:
    """A delivery, what it says should happen, and what becomes of it."""

    envelope: Envelope
    key: Key | None
    changes: Sequence[Change]
    outcome: Outcome
    failure: Failure | None = None
    again: Sequence[Refetch] = ()

    @property
    def source(self) -> Source:
        """Who tells the changes, as the history names it."""
        came = self.envelope
        return Source("replay" if came.replay else "webhook", came.topic, came.webhook_id)


class Batches:
    """Settles deliveries against one database."""

    def __init__(self, pool: Pool, wake: Callable[[int], Awaitable[None]] | None = None) -> None:
        self._pool = pool
        self._wake = wake
        self._shops = ShopIds()

    async def settle(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """Apply a batch wholly or not at all; return each delivery's outcome, in order.

        Deliveries that are not understood go to the dead letters in the same transaction. Raises whatever
        Postgres or a reader raised; then nothing of the batch was written.
        """
        async with self._pool.acquire() as connection:
            shop_ids = await self._shops.find(connection, {envelope.shop for envelope in envelopes})
            readings = [_read(envelope, shop_ids.get(envelope.shop)) for envelope in envelopes]
            async with connection.transaction():
                waiting = await _commit(connection, readings)
        if self._wake:
            for shop_id in waiting:
                await self._wake(shop_id)
        return [reading.outcome for reading in readings]

    async def bury(self, envelope: Envelope, failure: Failure) -> None:
        """Send one delivery to the dead letters, ledger included."""
        async with self._pool.acquire() as connection:
            shop_id = (await self._shops.find(connection, [envelope.shop])).get(envelope.shop)
            key = deliveries.key_of(envelope, shop_id) if shop_id else None
            async with connection.transaction():
                await _commit(connection, [Reading(envelope, key, (), "dead", failure)])


def _read(envelope: Envelope, shop_id: int | None) -> Reading:
    if shop_id is None:
        return Reading(
            envelope,
            None,
            (),
            "dead",
            Failure("permanent", f"the shop {envelope.shop} is not connected here"),
        )
    key = deliveries.key_of(envelope, shop_id)
    topic = TOPICS.get(envelope.topic)
    if topic is None:
        return Reading(envelope, key, (), "ignored")
    try:
        told = list(topic.read(envelope.body, Origin(shop_id, envelope.moment)))
    except Permanent as error:
        return Reading(envelope, key, (), "dead", Failure("permanent", str(error)))
    changes = [change for change in told if isinstance(change, Change)]
    again = [thing for thing in told if isinstance(thing, Refetch)]
    if envelope.triggered_at is None:
        # When it arrived says nothing about when Shopify made it.
        again += filter(None, map(look_again, changes))
    outcome: Outcome = "applied" if changes else "deferred" if again else "ignored"
    return Reading(envelope, key, changes, outcome, again=again)


async def _commit(connection: Connection, readings: Sequence[Reading]) -> set[int]:
    """Returns the shops of which something is to be read anew."""
    await lock(connection, [change for reading in readings for change in reading.changes])
    fresh = await _pass_ledger(connection, readings)
    changes = [change for reading in fresh for change in reading.changes]
    tied = await ties.among_themselves_or_stored(connection, changes)
    await _apply(connection, fresh)
    dead = [(reading.envelope, reading.failure) for reading in fresh if reading.failure]
    await dead_letters.bury(connection, dead)
    await dead_letters.resolve(
        connection,
        [
            (reading.envelope.dead_letter, reading.outcome)
            for reading in fresh
            if reading.envelope.dead_letter is not None and reading.outcome != "dead"
        ],
    )
    return await _have_refetched(connection, fresh, tied)


async def _pass_ledger(connection: Connection, readings: Sequence[Reading]) -> list[Reading]:
    """Those deliveries that were not settled before, or are replayed; the others become duplicates."""
    fresh: list[Reading] = [reading for reading in readings if reading.key is None]
    repeated: list[Key] = []
    for replay in (False, True):
        known = [
            (reading.key, reading)
            for reading in readings
            if reading.key and reading.envelope.replay is replay
        ]
        first: dict[Key, Reading] = {}
        for key, reading in known:
            first.setdefault(key, reading)
        new = await deliveries.record(
            connection,
            [(key, reading.envelope, reading.outcome) for key, reading in first.items()],
            again=replay,
        )
        for key, reading in known:
            if key in new and first[key] is reading:
                fresh.append(reading)
            else:
                reading.outcome = "duplicate"
                repeated.append(key)
    await deliveries.count_repeats(connection, repeated)
    return fresh


async def _have_refetched(
    connection: Connection, readings: Sequence[Reading], tied: Sequence[tuple[int, Refetch]]
) -> set[int]:
    things: defaultdict[int, list[Refetch]] = defaultdict(list)
    by: defaultdict[int, dict[Refetch, str]] = defaultdict(dict)
    for reading in readings:
        if reading.key and reading.again:
            things[reading.key.shop_id] += reading.again
            by[reading.key.shop_id].update(dict.fromkeys(reading.again, reading.key.webhook_id))
    for shop_id, thing in tied:
        things[shop_id].append(thing)
    for shop_id, wanted in sorted(things.items()):
        await refetches.ask(connection, shop_id, wanted, by=by[shop_id])
    return set(things)


async def _apply(connection: Connection, readings: Sequence[Reading]) -> None:
    changes: list[Change] = []
    owners: list[Reading] = []
    sources: list[Source] = []
    for reading in readings:
        count = len(reading.changes)
        changes += reading.changes
        owners += [reading] * count
        sources += [reading.source] * count
    written = {id(owners[position]) for position in await apply(connection, changes, sources)}
    superseded = [reading for reading in readings if reading.changes and id(reading) not in written]
    for reading in superseded:
        reading.outcome = "superseded"
    await deliveries.mark_superseded(connection, [reading.key for reading in superseded if reading.key])
    await history.record_thin(
        connection,
        [
            (reading.source, reading.key.shop_id, reading.envelope.moment, thing)
            for reading in readings
            if reading.key and reading.outcome == "deferred"
            for thing in reading.again
        ],
    )
