"""Servers of a test's own, and a free port for what the test itself serves."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connector import embedded
from connector.embedded import Servers


@contextmanager
def servers_of_its_own(command: str = "a test", *, want_postgres: bool = True) -> Iterator[Servers]:
    """A Postgres and a Redis that may be stopped, killed and started; nothing of them stays.

    Not in pytest's own folder: as root that one is closed to the account that the servers run as.
    """
    folder = Path(tempfile.mkdtemp(prefix="shopify-connector-tests-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        with embedded.running(folder / "data", command=command, want_postgres=want_postgres) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
