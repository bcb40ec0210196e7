"""The embedded Redis: Valkey, where every acknowledged write is on disk."""

import signal
import socket
import subprocess
from pathlib import Path

from connector.embedded import child, orphans
from connector.embedded.folder import Folder
from connector.embedded.server import Server

SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "always",  # acknowledged means durable; group commit upstream makes it cheap
    "save": "",  # the append-only file is the one copy; snapshots would only cost
    "maxmemory-policy": "noeviction",  # full means refused, never forgotten
    "unixsocketperm": "700",
    "logfile": "",  # standard output, which is our log file
    "always-show-logo": "no",
    "daemonize": "no",
}


class Valkey(Server):
    """Valkey on a private Unix socket; on loopback TCP too, with the password, when given a port."""

    name = "valkey"
    stop_by = ((signal.SIGTERM, 4.0),)

    def __init__(self, folder: Folder, program: Path, *, port: int = 0) -> None:
        super().__init__(folder)
        self.program = program
        self.socket = folder.sockets() / "valkey.sock"
        self.port = port
        self.password = folder.password() if port else ""

    @property
    def url(self) -> str:
        login = f":{self.password}@" if self.password else ""
        return f"unix://{login}{self.socket}?db=0"

    def _launch(self, output: int) -> subprocess.Popen[bytes]:
        data = self.folder.valkey
        self.folder.account.make_private(data)
        orphans.end_orphans(data, self.folder.account, signal.SIGTERM)
        settings = SETTINGS | {
            "dir": str(data),
            "unixsocket": str(self.socket),
            "port": str(self.port),
            "bind": "127.0.0.1",
            "requirepass": self.password,
        }
        # By standard input: a command line, password in it, can be read by everybody on the machine.
        config = "".join(f"{name} {_quoted(value)}\n" for name, value in settings.items())
        return child.start(
            [self.program, "-"],
            self.folder.account,
            cwd=data,
            output=output,
            ends_by=signal.SIGTERM,
            text=config,
        )

    def _is_ready(self, pid: int) -> bool:
        """Whether it answers PONG; while it still reads its data it answers LOADING."""
        login = f"AUTH {self.password}\r\n" if self.password else ""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(str(self.socket))
                connection.sendall(f"{login}PING\r\nQUIT\r\n".encode())
                with connection.makefile("rb") as answers:
                    return b"+PONG" in answers.read()
            except OSError:
                return False


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
