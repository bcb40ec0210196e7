"""Servers that a killed predecessor left running in our data folder: how they are found and ended."""

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from connector.embedded.account import Account
from connector.embedded.errors import EmbeddedError

SERVER_NAMES = ("postgres", "valkey-server", "redis-server")


def end_orphans(folder: Path, account: Account, request: signal.Signals) -> None:
    """End the servers that a killed predecessor left running in this folder, and wait until they are gone.

    The caller holds the lock on the data folder, so whoever still works in it has lost its parent.
    """
    for ask, seconds in ((request, 8.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + seconds
        for pid in (found := servers_in(folder, account)):
            # Postgres's own children end with the postmaster; a signal to them would look like a crash.
            if ask is signal.SIGKILL or _parent_of(pid) not in found:
                _signal(pid, ask)
        while servers_in(folder, account):
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        else:
            return
    raise EmbeddedError(
        f"processes {servers_in(folder, account)} still use {folder} and do not end: end them by hand"
    )


def servers_in(folder: Path, account: Account) -> list[int]:
    """The server processes of the account whose working folder this is; an operator's shell there is none."""
    if not Path("/proc/self/cwd").exists():
        return _servers_by_command(folder)
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _works_in(entry, folder, account)
    ]


def _works_in(process: Path, folder: Path, account: Account) -> bool:
    try:
        return (
            process.stat().st_uid == account.uid
            and (process / "cwd").readlink() == folder
            and (process / "comm").read_text().strip() in SERVER_NAMES
            and (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    except OSError:  # ended meanwhile, or not ours to look at
        return False


def _servers_by_command(folder: Path) -> list[int]:
    """The same where there is no /proc (macOS), by the folder in the command line."""
    listing = subprocess.run(
        ["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=False
    ).stdout
    lines = (line.split(None, 1) for line in listing.splitlines())
    servers = re.compile(rf"\b({'|'.join(SERVER_NAMES)})\b")
    return [int(pid) for pid, command in lines if str(folder) in command and servers.search(command)]


def _parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def _signal(pid: int, request: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, request)
