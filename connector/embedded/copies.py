"""Programs copied into the data folder, once per version, for an account that cannot reach the originals."""

import os
import shutil
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from connector.embedded.errors import EmbeddedError
from connector.embedded.folder import Folder

LEFT_OUT = shutil.ignore_patterns("*.a", "pkgconfig", "pgxs", "__pycache__")


def copied(
    folder: Folder, distribution: str, sources: Sequence[Path], *, variant: str = "", root: Path | None = None
) -> Path:
    """A folder with copies of the sources, at their places relative to `root`, or without it side by side.

    Whole or not at all, by rename; an upgraded distribution is copied anew and the older copy removed.
    """
    label = "-".join(filter(None, (distribution, variant)))
    place = folder.copies / f"{label}-{_version(distribution, sources[0])}"
    if place.exists():
        return place
    _make_owned_by_us(folder.copies)
    for older in folder.copies.glob(f"{label}-*"):
        shutil.rmtree(older, ignore_errors=True)
    unfinished = place.with_name(f"{place.name}.new")
    for source in sources:
        target = unfinished / (source.relative_to(root) if root is not None else source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=LEFT_OUT)
        else:
            shutil.copy2(source, target)
    _open_for_reading(unfinished)
    os.sync()  # a name that survives a power cut must not survive it without the content
    unfinished.rename(place)
    return place


def _make_owned_by_us(copies: Path) -> None:
    """The account may enter but not write here, and a link it has put in this place is not followed."""
    copies.mkdir(exist_ok=True)
    if copies.is_symlink() or copies.stat().st_uid != os.geteuid():
        raise EmbeddedError(f"{copies} was not made by this program: remove it")
    copies.chmod(0o755)


def _open_for_reading(tree: Path) -> None:
    """Let the account read the copies, and change none: a wheel installed under umask 077 is root's alone."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _version(distribution: str, source: Path) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # unpacked without metadata
        return str(int(source.stat().st_mtime))
