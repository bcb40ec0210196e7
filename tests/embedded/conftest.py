"""A data folder for each test that the servers' account can reach, and a second process to share it with."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.embedded import running

HOLD = """
import json, sys, threading
from pathlib import Path
from connector.embedded import running

def hold():
    with running(Path(sys.argv[1]), command=sys.argv[2]) as servers:
        addresses = [servers.postgres_dsn, servers.redis_url]
        pids = [servers.postgres_pid, servers.redis_pid]
        print(json.dumps([servers.owner, *addresses, *pids]), flush=True)
        sys.stdin.read()

if sys.argv[3] == "main thread":
    hold()
else:
    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A path where a data folder can be made; nothing is there yet.

    Not in `tmp_path`: under root that lies below a 0700 folder, where the servers' account cannot go.
    """
    yield from _reachable()


@pytest.fixture
def data_dir(place: Path, initialised: Path) -> Path:
    """A data folder with an empty database, where no servers run."""
    subprocess.run(["cp", "-a", initialised, place], check=True)
    return place


@pytest.fixture(scope="session")
def initialised() -> Iterator[Path]:
    """Made once, because initdb is most of what starting for the first time takes."""
    for path in _reachable():
        with running(path):
            pass
        yield path


def _reachable() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="connector-test-", dir="/var/tmp"))
    parent.chmod(0o755)
    yield parent / "data"
    shutil.rmtree(parent)


@pytest.fixture
def another_process(data_dir: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts processes that hold the servers of the data folder until their standard input is closed."""
    started: list[subprocess.Popen[str]] = []

    def start(command: str = "connector demo", thread: str = "main thread") -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(data_dir), command, thread],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.communicate(timeout=10)
