"""Which operating system account runs the servers, and what that account can reach.

Postgres refuses to run as root. Started by root, both servers run as another account and the data folder is
its own; started by anybody else, nothing here changes anything.
"""

import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.embedded.errors import EmbeddedError


@dataclass(frozen=True, slots=True)
class Account:
    """The account the servers run as; `switched` when it is not our own."""

    name: str
    uid: int
    gid: int
    switched: bool

    def popen_arguments(self) -> dict[str, Any]:
        """The arguments of `subprocess` that make a child run as this account, without our groups."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switched else {}

    def make_private(self, folder: Path) -> None:
        """Create the folder if missing, readable by this account alone."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.switched:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)

    def open_private(self, file: Path, flags: int) -> int:
        """Open a file of this account, created if missing; a symbolic link is refused.

        As root we write into a folder that a lesser account owns: following a link it planted there would
        let it choose which file of the system we write to.
        """
        descriptor = os.open(file, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if self.switched:
            os.fchown(descriptor, self.uid, self.gid)
        return descriptor


def account_for(data_dir: Path) -> Account:
    """Ourselves; for root the data folder's owner, and when that is root again `postgres`, else `nobody`.

    The owner comes first so that `sudo connector status` leaves an ordinary user's folder to that user, and
    so that installing a system Postgres later (which adds the account `postgres`) changes nothing.
    """
    if os.geteuid() != 0:
        return Account(_name_of(os.geteuid()), os.geteuid(), os.getegid(), switched=False)
    if data_dir.is_dir() and (owner := data_dir.stat()).st_uid != 0:
        return Account(_name_of(owner.st_uid), owner.st_uid, owner.st_gid, switched=True)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid, switched=True)
    raise EmbeddedError(
        "Postgres refuses to run as root, and there is neither an account `postgres` nor `nobody` "
        "to run it as: create one (`useradd --system postgres`) or run this program as an ordinary user"
    )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # containers run under numbers nobody named
        return str(uid)


def barrier(path: Path, account: Account) -> Path | None:
    """The topmost existing folder above `path` that the account may not enter; None when the way is free."""
    if (
        not account.switched
    ):  # our own reach shows when we use it, and is more than bits: groups, access lists
        return None
    for parent in reversed(path.parents):
        if parent.exists() and not _allowed(parent.stat(), account, 0o1):
            return parent
    return None


def can_read_all(tree: Path, account: Account) -> bool:
    """Whether another account can read everything at and below `tree`, the way to it included.

    By permission bits; access lists that grant more are not consulted, and the cost is a needless copy.
    Links are followed: some installers fill a package folder with links into a cache elsewhere.
    """
    if not account.switched:
        return True
    if barrier(tree, account) is not None:
        return False
    for path in _walk(tree):
        if path.is_symlink() and barrier(path.resolve(), account) is not None:
            return False
        found = path.stat()
        wanted = 0o5 if stat.S_ISDIR(found.st_mode) or found.st_mode & 0o100 else 0o4
        if not _allowed(found, account, wanted):
            return False
    return True


def _walk(tree: Path) -> Iterator[Path]:
    yield tree
    if tree.is_dir():
        for child in tree.iterdir():
            yield from _walk(child)


def _allowed(found: os.stat_result, account: Account, wanted: int) -> bool:
    if found.st_uid == account.uid:
        granted = found.st_mode >> 6
    elif found.st_gid == account.gid:
        granted = found.st_mode >> 3
    else:
        granted = found.st_mode
    return granted & wanted == wanted
