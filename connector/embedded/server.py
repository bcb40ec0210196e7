"""One server and its life: started, awaited, stopped, killed, started again on the same data."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path

from connector.embedded import child
from connector.embedded.errors import EmbeddedError
from connector.embedded.folder import Folder

START_LIMIT = 180.0  # seconds; after a crash a server first replays its log, and that is work, not a hang

Stop = Sequence[tuple[signal.Signals, float]]


class Server(ABC):
    """A server of this process. Start it from the main thread: it ends with the thread that started it."""

    name: str
    stop_by: Stop

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The process id while the server runs."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    @property
    def log(self) -> Path:
        return self.folder.path / f"{self.name}.log"

    def start(self) -> None:
        """Start on the existing data and wait until clients are served. Raises EmbeddedError."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start without waiting, so that both servers can get ready side by side."""
        if self.pid is not None:
            raise EmbeddedError(f"{self.name} runs already, process {self.pid}")
        log = self.folder.open_log(self.log.name)
        with os.fdopen(log, "ab") as output:
            self._log_start = output.tell()
            self._child = self._launch(output.fileno())

    def wait_until_ready(self) -> None:
        assert self._child is not None
        deadline = time.monotonic() + START_LIMIT
        while not self._is_ready(self._child.pid):
            if self._child.poll() is not None:
                raise EmbeddedError(f"{self.name} did not start: {self.last_words()}")
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"{self.name} is not ready after {START_LIMIT:.0f} s: {self.last_words()}"
                )
            time.sleep(0.002)

    def stop(self) -> None:
        """End cleanly, everything on disk; harmless when the server has ended already."""
        stop_all([self])

    def kill(self) -> None:
        """End as a power cut would (SIGKILL): for tests of what survives."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def last_words(self) -> str:
        """The end of what the server has logged since it was last started, and where to read on."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read()[-4000:].decode(errors="replace").strip().splitlines()
        return f"{' / '.join(lines[-4:]) or 'it logged nothing'} (log: {self.log})"

    @abstractmethod
    def _launch(self, output: int) -> subprocess.Popen[bytes]: ...

    @abstractmethod
    def _is_ready(self, pid: int) -> bool: ...


def stop_all(servers: Iterable[Server]) -> None:
    """End the servers side by side."""
    child.stop({server._child: server.stop_by for server in servers if server._child is not None})
