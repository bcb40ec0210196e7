"""The lock on a data folder: one process runs its servers, the others read who, and where they listen."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from connector.embedded.errors import EmbeddedError
from connector.embedded.folder import Folder


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that runs the servers of a data folder; once `ready`, their addresses ("" when not run)."""

    pid: int
    command: str
    ready: bool = False
    postgres_dsn: str = ""
    redis_url: str = ""
    psql: str = ""


class Lock:
    """The lock, ours until released; the kernel releases it when we die, however we die."""

    def __init__(self, descriptor: int, command: str) -> None:
        self._descriptor = descriptor
        self._holder = Holder(os.getpid(), command)
        self._write(json.dumps(asdict(self._holder)))

    def announce(self, *, postgres_dsn: str, redis_url: str, psql: str) -> None:
        """Tell whoever comes later that the servers are ready."""
        holder = replace(self._holder, ready=True, postgres_dsn=postgres_dsn, redis_url=redis_url, psql=psql)
        self._write(json.dumps(asdict(holder)))

    def release(self) -> None:
        self._write("")
        os.close(self._descriptor)

    def _write(self, text: str) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)


def take(folder: Folder, command: str) -> Lock | None:
    """The lock, or None while another process holds it. Its file stays: unlinking would be a race."""
    descriptor = folder.account.open_private(folder.lock, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return Lock(descriptor, command)


def holder(data_dir: Path) -> Holder | None:
    """Who runs the servers of this data folder now; None when nobody does. Changes nothing."""
    with _opened(data_dir.expanduser() / "lock") as descriptor:
        if descriptor is None:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(descriptor)
        return None


@contextmanager
def _opened(lock: Path) -> Iterator[int | None]:
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        yield None
        return
    except OSError as error:
        raise EmbeddedError(f"{lock} cannot be read: {error.strerror}; run as its owner") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Holder | None:
    try:
        return Holder(**json.loads(os.pread(descriptor, 65536, 0)))
    except (
        ValueError,
        TypeError,
    ):  # read between its truncation and its writing, or written by another version
        return None
