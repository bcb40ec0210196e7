"""The shop on disk: what it holds and what it still owes its subscribers, true even after kill -9."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from connector.simulator.event import Event
from connector.simulator.register import Register
from connector.simulator.shop import TABLES, Key, Shop

# Tables keep the order of insertion (rowid), so a shop read back lists its entities as it did before.
SCHEMA: Final = """
create table if not exists record (kind text, key text, body text not null, primary key (kind, key));
create table if not exists pending (webhook_id text primary key, body text not null);
create table if not exists register (only integer primary key check (only = 1), body text not null);
"""


class Journal:
    """One transaction per action: its changes and its events are on disk together or not at all."""

    def __init__(self, path: Path | None = None) -> None:
        """Without a path nothing outlives the process."""
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        # Normal is enough: a killed process loses nothing, only a power failure could cost the last actions.
        self._db.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + SCHEMA)

    def load(self, clock: Callable[[], datetime]) -> Shop | None:
        """The shop as last recorded, or None if there never was one."""
        found = self._db.execute("select body from register").fetchone()
        if found is None:
            return None
        register = msgspec.json.decode(found[0], type=Register)
        shop = Shop(register.domain, register.seed, clock, register)
        for kind, body in self._db.execute("select kind, body from record order by rowid"):
            shop.keep(msgspec.json.decode(body, type=TABLES[kind]))
        shop.changed.clear()
        return shop

    def pending(self) -> list[Event]:
        """Events that were never acknowledged, oldest first."""
        rows = self._db.execute("select body from pending order by rowid")
        return [msgspec.json.decode(body, type=Event) for (body,) in rows]

    def record(self, shop: Shop, events: Iterable[Event]) -> None:
        """Write what changed in the shop since the last time, and the events that tell of it."""
        kept, gone = [], []
        for kind, key in shop.changed:
            record = shop.table(kind).get(key)
            if record is None:
                gone.append((kind, _text(key)))
            else:
                kept.append((kind, _text(key), _json(record)))
        owed = [(event.webhook_id, _json(event)) for event in events]
        with self._transaction():
            self._db.executemany("delete from record where kind = ? and key = ?", gone)
            self._db.executemany(
                "insert into record values (?, ?, ?) on conflict do update set body = excluded.body", kept
            )
            self._db.executemany("insert into pending values (?, ?)", owed)
            self._db.execute(
                "insert into register values (1, ?) on conflict do update set body = excluded.body",
                (_json(shop.register),),
            )
        shop.changed.clear()

    def settle(self, webhook_ids: Iterable[str]) -> None:
        """These events are owed no longer."""
        with self._transaction():
            self._db.executemany("delete from pending where webhook_id = ?", [(i,) for i in webhook_ids])

    def close(self) -> None:
        self._db.close()

    def _transaction(self) -> sqlite3.Connection:
        self._db.execute("begin immediate")
        return self._db  # as a context manager it commits, or rolls back on an error


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _text(key: Key) -> str:
    return ":".join(map(str, key)) if isinstance(key, tuple) else str(key)
