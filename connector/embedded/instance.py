"""The servers of one data folder while a block of code runs: started here, or those of another process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from connector.embedded.binaries import find_postgres, find_valkey
from connector.embedded.errors import AlreadyRunning, EmbeddedError
from connector.embedded.folder import Folder, prepare_data_dir
from connector.embedded.lock import Holder, Lock, holder, take
from connector.embedded.postgres import Postgres
from connector.embedded.server import Server, stop_all
from connector.embedded.valkey import Valkey

HANDOVER = 0.5  # seconds that a predecessor which is just ending, or a look at the lock, may hold it up
ATTACH_LIMIT = 180.0  # seconds to wait for servers another process is starting


@dataclass(frozen=True, slots=True)
class Servers:
    """Running servers and how to reach them; `postgres` and `redis` are set only when we own them."""

    postgres_dsn: str  # "" when not wanted, as with the others
    redis_url: str
    psql: str  # a shell line that opens psql on the database
    owner: bool  # we started them and stop them
    data_dir: Path
    postgres: Postgres | None = None
    redis: Valkey | None = None

    @property
    def postgres_pid(self) -> int | None:
        return self.postgres.pid if self.postgres is not None else None

    @property
    def redis_pid(self) -> int | None:
        return self.redis.pid if self.redis is not None else None


class _Addresses(TypedDict):
    postgres_dsn: str
    redis_url: str
    psql: str


@contextmanager
def running(
    data_dir: Path,
    *,
    command: str = "connector",
    want_postgres: bool = True,
    want_redis: bool = True,
    exclusive: bool = False,
    postgres_port: int = 0,
    redis_port: int = 0,
) -> Iterator[Servers]:
    """The servers of `data_dir`, ready: started here and stopped at the end, or those another process runs.

    `command` is what other processes are told about us. With `exclusive` they are ours or AlreadyRunning is
    raised. A port opens a server on 127.0.0.1 as well, with the password in `data_dir/password`. Servers we
    attach to end with the process that owns them. Call it from the main thread, before others exist.
    """
    if not (want_postgres or want_redis):
        yield Servers("", "", "", owner=False, data_dir=data_dir)
        return
    folder = prepare_data_dir(data_dir)
    with _said_plainly(folder):
        lock = _lock_or_servers(folder, command, exclusive, want_postgres, want_redis)
    if isinstance(lock, Servers):
        yield lock
        return
    wanted: list[Server] = []
    try:
        with _said_plainly(folder):
            postgres = Postgres(folder, find_postgres(folder), port=postgres_port) if want_postgres else None
            redis = Valkey(folder, find_valkey(folder), port=redis_port) if want_redis else None
            # Valkey first: it gets ready while a new Postgres is still being initialised.
            wanted += [server for server in (redis, postgres) if server is not None]
            for server in wanted:
                server.launch()
            for server in wanted:
                server.wait_until_ready()
            addresses = _Addresses(
                postgres_dsn=postgres.dsn if postgres is not None else "",
                redis_url=redis.url if redis is not None else "",
                psql=postgres.psql if postgres is not None else "",
            )
            lock.announce(**addresses)
        yield Servers(**addresses, owner=True, data_dir=folder.path, postgres=postgres, redis=redis)
    finally:
        try:
            stop_all(wanted)
        finally:
            lock.release()


@contextmanager
def _said_plainly(folder: Folder) -> Iterator[None]:
    """What the system refuses (a full disk, a program it cannot run) as the error our callers expect."""
    try:
        yield
    except OSError as error:
        raise EmbeddedError(f"the servers in {folder.path} cannot be started: {error}") from error


def _lock_or_servers(
    folder: Folder, command: str, exclusive: bool, want_postgres: bool, want_redis: bool
) -> Lock | Servers:
    deadline = time.monotonic() + (HANDOVER if exclusive else ATTACH_LIMIT)
    while True:
        if (lock := take(folder, command)) is not None:
            return lock
        theirs = holder(folder.path)
        if theirs is not None and theirs.ready and not exclusive:
            return _attached(theirs, folder, want_postgres, want_redis)
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    who = f"`{theirs.command}`, process {theirs.pid}" if theirs is not None else "another process"
    if exclusive:
        raise AlreadyRunning(f"already running: {who}, data in {folder.path}")
    raise EmbeddedError(f"{who} holds {folder.path} but its servers are not ready after {ATTACH_LIMIT:.0f} s")


def _attached(theirs: Holder, folder: Folder, want_postgres: bool, want_redis: bool) -> Servers:
    missing = [
        name
        for name, wanted, address in (
            ("Postgres", want_postgres, theirs.postgres_dsn), ("Redis", want_redis, theirs.redis_url),
        ) if wanted and not address
    ]  # fmt: skip
    if missing:
        raise EmbeddedError(
            f"`{theirs.command}`, process {theirs.pid}, runs the servers in {folder.path}, but not "
            f"{missing[0]}: use the same CONNECTOR_POSTGRES_DSN and CONNECTOR_REDIS_URL as it does"
        )
    return Servers(
        postgres_dsn=theirs.postgres_dsn if want_postgres else "",
        redis_url=theirs.redis_url if want_redis else "",
        psql=theirs.psql if want_postgres else "",
        owner=False, data_dir=folder.path,
    )  # fmt: skip
