"""The embedded Postgres: its data made once, its settings, when it is ready."""

import os
import shlex
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from connector.embedded import child, orphans
from connector.embedded.binaries import PostgresPrograms
from connector.embedded.errors import EmbeddedError
from connector.embedded.folder import Folder
from connector.embedded.server import Server

USER = DATABASE = "connector"
SETTINGS = {
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "1GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "minimal",  # nothing replicates from here
    "max_wal_senders": "0",
    "jit": "off",  # our statements are short; compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",  # a line every five minutes would fill the log with nothing
    "log_line_prefix": "%m [%p] ",
    "cluster_name": "shopify-connector",
}
READY_LINE = 7  # of postmaster.pid, counted from 0: its status


class Postgres(Server):
    """Postgres on a private Unix socket; on loopback TCP too, with the password, when given a port."""

    name = "postgres"
    # Fast shutdown; should its checkpoint take too long, an immediate one: the next start recovers.
    stop_by = ((signal.SIGINT, 3.5), (signal.SIGQUIT, 0.5))

    def __init__(self, folder: Folder, programs: PostgresPrograms, *, port: int = 0) -> None:
        super().__init__(folder)
        self.programs = programs
        self.sockets = folder.sockets()
        self.port = port or 5432  # the socket is named after it
        self.tcp = bool(port)

    @property
    def dsn(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.sockets), safe='/')}&port={self.port}"

    @property
    def psql(self) -> str:
        program = str(self.programs.psql or "psql")
        return shlex.join([program, "-h", str(self.sockets), "-p", str(self.port), "-U", USER, DATABASE])

    def _launch(self, output: int) -> subprocess.Popen[bytes]:
        data = self.folder.postgres
        if not data.exists():
            self._initialise(output)
        orphans.end_orphans(data, self.folder.account, signal.SIGINT)
        self._clear_stale_locks()
        settings = SETTINGS | {
            "unix_socket_directories": str(self.sockets),
            "listen_addresses": "127.0.0.1" if self.tcp else "",
            "port": str(self.port),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return child.start(
            [self.programs.postgres, "-D", data, *options],
            self.folder.account, cwd=data, output=output, ends_by=signal.SIGINT,
        )  # fmt: skip

    def _is_ready(self, pid: int) -> bool:
        # After kill -9 the file of the previous life still says "ready", under the previous process id.
        try:
            lines = (self.folder.postgres / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > READY_LINE and lines[0] == str(pid) and lines[READY_LINE].strip() == "ready"

    def _clear_stale_locks(self) -> None:
        """Remove lock files that are empty, or whose process is gone and its process id somebody else's now.

        Postgres takes any live process under that id for a running server and refuses to start, and after a
        restart of a container the ids are the same few. Nobody runs here: the orphans have just been ended.
        """
        for lock in self.sockets.glob(".s.PGSQL.*"):
            lock.unlink()
        stale = self.folder.postgres / "postmaster.pid"
        if stale.exists() and not _names_nobody(stale.read_text()):
            stale.unlink()

    def _initialise(self, output: int) -> None:
        """Make the data folder, whole or not at all: beside its place, then renamed."""
        account, place = self.folder.account, self.folder.postgres
        for unfinished in place.parent.glob("postgres.new*"):
            orphans.end_orphans(unfinished, account, signal.SIGKILL)
            shutil.rmtree(unfinished, ignore_errors=True)
        # Its own name: an initdb that is just being ended with a killed predecessor removes what it made.
        made = place.with_name(f"postgres.new-{os.getpid()}")
        self.folder.password()
        for locale in ("C.UTF-8", "C"):  # the second for systems without the first
            shutil.rmtree(made, ignore_errors=True)
            options = (f"--username={USER}", f"--pwfile={self.folder.password_file}", "--no-instructions")
            login = ("--auth-local=trust", "--auth-host=scram-sha-256")
            encoding = ("--encoding=UTF8", f"--locale={locale}")
            if self._run(output, self.programs.initdb, "-D", made, *options, *login, *encoding):
                break
        else:
            raise EmbeddedError(f"initdb failed: {self.last_words()}")
        single = (self.programs.postgres, "--single", "-D", made, "-c", "exit_on_error=on", "postgres")
        if not self._run(output, *single, text=f"CREATE DATABASE {DATABASE};\n"):
            raise EmbeddedError(f"the database could not be created: {self.last_words()}")
        made.rename(place)
        parent = os.open(place.parent, os.O_RDONLY)
        os.fsync(parent)
        os.close(parent)

    def _run(self, output: int, *command: str | Path, text: str = "") -> bool:
        cwd = self.folder.path
        begun = child.start(
            command, self.folder.account, cwd=cwd, output=output, ends_by=signal.SIGTERM, text=text
        )
        try:
            return begun.wait(timeout=120) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            if begun.poll() is None:
                begun.kill()
                begun.wait()


def _names_nobody(postmaster_pid: str) -> bool:
    """Whether the file names a process that is gone; Postgres deals with that, but not with an empty file."""
    try:
        os.kill(int(postmaster_pid.partition("\n")[0]), 0)
    except ProcessLookupError:
        return True
    except (ValueError, PermissionError):
        return False
    return False
