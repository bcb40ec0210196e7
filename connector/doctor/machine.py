"""Whether this Python and its packages can run the program."""

from __future__ import annotations

import platform
import re
import sys
from importlib import metadata

from connector import __version__
from connector.doctor.result import Result

OLDEST = (3, 11)
PROGRAM = "shopify-connector"
#: Answers to traps of one version of a package stand in our code.
PINNED = {"arq": "0.28."}


def look() -> list[Result]:
    """Python, then packages."""
    return [_python(sys.version_info[:2]), _packages()]


def versions() -> dict[str, str]:
    """Every package that the program requires, with the version that is installed."""
    return {name: installed or "missing" for name, installed in _required().items()}


def _python(version: tuple[int, ...]) -> Result:
    words = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if version < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        return Result("python", "failed", f"{words} is too old", f"install Python {wanted} or newer")
    return Result("python", "ok", words)


def _packages() -> Result:
    required = _required()
    if not required:
        return Result(
            "packages", "warning", "the program runs from a folder and is not installed", "pip install it"
        )
    wrong = [f"{name} is missing" for name, installed in required.items() if installed is None]
    wrong += [
        f"{name} is {required[name]} instead of {pinned}*"
        for name, pinned in PINNED.items()
        if not (required.get(name) or pinned).startswith(pinned)
    ]
    if wrong:
        return Result("packages", "failed", "; ".join(wrong), f"pip install --upgrade '{PROGRAM}[embedded]'")
    return Result("packages", "ok", f"release {__version__} and its {len(required)} packages are installed")


def _required() -> dict[str, str | None]:
    try:
        wanted = metadata.requires(PROGRAM) or []
    except metadata.PackageNotFoundError:
        return {}
    names = [
        re.split(r"[^\w.-]", line, maxsplit=1)[0]
        for line in wanted
        if "extra ==" not in line and not ("sys_platform" in line and sys.platform == "win32")
    ]
    return {name: _installed(name) for name in names}


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
