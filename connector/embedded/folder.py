"""The data folder: where it is, whose it is, and where in it everything lies."""

import hashlib
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from connector.embedded.account import Account, account_for, barrier
from connector.embedded.errors import EmbeddedError

ROOT_DATA_DIR = Path("/var/lib/shopify-connector")
SOCKET_NAMES = (".s.PGSQL.65535", "valkey.sock")
SOCKET_PATH_LIMIT = 103  # bytes; 107 on Linux, 103 on macOS, and one rule for both
LOG_LIMIT = 8 * 1024 * 1024  # bytes; a longer log is put aside at start, the one before it dropped


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder made ready for its account."""

    path: Path
    account: Account

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def copies(self) -> Path:
        """Programs the account could not reach where they were installed."""
        return self.path / "programs"

    @property
    def password_file(self) -> Path:
        """Holds what a login over TCP needs; the sockets lie in private folders and ask for nothing."""
        return self.path / "password"

    def password(self) -> str:
        """The content of the password file, made up the first time."""
        descriptor = self.account.open_private(self.password_file, os.O_RDWR)
        with os.fdopen(descriptor, "r+") as file:
            password = file.read().strip()
            if not password:
                password = secrets.token_urlsafe(24)
                file.write(password)
        return password

    def sockets(self) -> Path:
        """The folder for the sockets, created if missing: in the data folder, or in a short private one.

        The kernel limits a socket's path to about 100 bytes, and clients disagree on how a path with unusual
        characters is written into a URL. Either sends the sockets to a folder named after this one.
        """
        inside = self.path / "run"
        if _fits(inside):
            self.account.make_private(inside)
            return inside
        name = f"shopify-connector-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]}"
        for parent in (Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")):
            outside = parent / name
            if parent.is_dir() and _fits(outside) and barrier(outside, self.account) is None:
                _claim(outside, self.account)
                return outside
        raise EmbeddedError(
            f"no folder for sockets: {self.path} is too long a path and no temporary folder will do; "
            "choose a shorter CONNECTOR_DATA_DIR"
        )

    def open_log(self, name: str) -> int:
        """Open a server's log for appending, after putting one that has grown too long aside."""
        log = self.path / name
        descriptor = self.account.open_private(log, os.O_WRONLY | os.O_APPEND)
        if os.fstat(descriptor).st_size <= LOG_LIMIT:
            return descriptor
        os.close(descriptor)
        log.replace(log.with_name(f"{name}.1"))
        return self.account.open_private(log, os.O_WRONLY | os.O_APPEND)


def default_data_dir() -> Path:
    """Where the embedded servers keep their data when nothing else is said."""
    if os.geteuid() == 0:
        return ROOT_DATA_DIR
    try:
        home = Path.home()
    except RuntimeError as error:
        raise EmbeddedError("this account has no home folder: set CONNECTOR_DATA_DIR") from error
    return home / ".local/share/shopify-connector"


def prepare_data_dir(data_dir: Path) -> Folder:
    """Create the data folder if missing and give it to the account that runs the servers, 0700.

    A folder that already holds files which are not ours is refused rather than closed to everybody else.
    """
    path = data_dir.expanduser().resolve()
    account = account_for(path)
    _must_be_reachable(path, account)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
        if (found.st_uid, found.st_mode & 0o777) != (account.uid, 0o700):
            if any(path.iterdir()) and not ((path / "lock").exists() or (path / "postgres").exists()):
                raise EmbeddedError(
                    f"{path} holds files that are not ours: set CONNECTOR_DATA_DIR to a folder of its own"
                )
            if account.switched:
                os.chown(path, account.uid, account.gid)
            path.chmod(0o700)
    except (FileExistsError, NotADirectoryError) as error:
        raise EmbeddedError(
            f"the data folder {path} is a file, or below one: set CONNECTOR_DATA_DIR to another"
        ) from error
    except PermissionError as error:
        raise EmbeddedError(
            f"the data folder {path} belongs to somebody else or cannot be created: run as its owner, "
            "or set CONNECTOR_DATA_DIR to another"
        ) from error
    _must_be_reachable(path, account)  # again: parents made just now have the permissions our umask left them
    return Folder(path, account)


def _must_be_reachable(path: Path, account: Account) -> None:
    if (closed := barrier(path, account)) is not None:
        raise EmbeddedError(
            f"the data folder {path} lies below {closed}, which the account `{account.name}` that runs the "
            f"servers cannot enter: set CONNECTOR_DATA_DIR to a folder outside it, such as {ROOT_DATA_DIR}"
        )


def _fits(folder: Path) -> bool:
    longest = max(len(os.fsencode(folder / name)) for name in SOCKET_NAMES)
    return longest <= SOCKET_PATH_LIMIT and re.fullmatch(r"[\w/.+~-]+", str(folder), re.ASCII) is not None


def _claim(folder: Path, account: Account) -> None:
    """Create a private folder where everybody may write, or take ours of last time; never another's."""
    try:
        folder.mkdir(mode=0o700)
        if account.switched:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    except FileExistsError:
        found = folder.lstat()
        if (found.st_uid, found.st_mode) != (account.uid, 0o040700):
            raise EmbeddedError(
                f"{folder} exists and is not private to `{account.name}`: remove it, or choose a "
                "shorter CONNECTOR_DATA_DIR"
            ) from None
