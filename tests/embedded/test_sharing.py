"""One process owns the servers of a data folder: what a second one gets, and what is left when it dies."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import redis

from connector.embedded import AlreadyRunning, EmbeddedError, Holder, holder, running

Start = Callable[..., "subprocess.Popen[str]"]


def answer(process: "subprocess.Popen[str]") -> tuple[bool, str, str, int, int]:
    assert process.stdout is not None
    owner, postgres_dsn, redis_url, postgres_pid, redis_pid = json.loads(process.stdout.readline())
    return owner, postgres_dsn, redis_url, postgres_pid, redis_pid


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


async def test_a_second_process_attaches_and_an_exclusive_one_is_told_who_is_there(
    data_dir: Path, another_process: Start
) -> None:
    assert holder(data_dir) is None
    first = another_process("connector demo")
    owner, postgres_dsn, redis_url, _, _ = answer(first)
    assert owner
    with running(data_dir) as servers:
        assert not servers.owner
        assert (servers.postgres_dsn, servers.redis_url) == (postgres_dsn, redis_url)
        await (await asyncpg.connect(servers.postgres_dsn)).close()
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.ping()
    expected = f"already running: `connector demo`, process {first.pid}, data in {data_dir}"
    with pytest.raises(AlreadyRunning, match=expected), running(data_dir, exclusive=True):
        pass
    found = holder(data_dir)
    assert isinstance(found, Holder) and (found.pid, found.command, found.ready) == (
        first.pid,
        "connector demo",
        True,
    )
    first.communicate(timeout=10)
    assert holder(data_dir) is None
    with running(data_dir, exclusive=True) as servers:
        assert servers.owner


def test_a_second_process_waits_for_servers_that_are_being_started(another_process: Start) -> None:
    processes = [another_process() for _ in range(3)]
    answers = [answer(process) for process in processes]
    assert sorted(owner for owner, *_ in answers) == [False, False, True]
    assert len({dsn for _, dsn, *_ in answers}) == 1


def test_servers_the_owner_does_not_run_are_missed_by_name(data_dir: Path) -> None:
    with (
        running(data_dir, command="connector up", want_postgres=False),
        pytest.raises(EmbeddedError, match=r"connector up.* but not Postgres"),
        running(data_dir),
    ):
        pass


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="the kernel tells children only on Linux")
def test_the_servers_end_by_themselves_when_their_owner_is_killed(
    data_dir: Path, another_process: Start
) -> None:
    first = another_process()
    _, _, _, postgres_pid, redis_pid = answer(first)
    first.kill()
    deadline = time.monotonic() + 5
    while alive(postgres_pid) or alive(redis_pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()  # an orderly shutdown, not a crash
    with running(data_dir, exclusive=True) as servers:
        assert servers.owner


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks at /proc")
def test_orphans_are_ended_before_a_new_start(data_dir: Path, another_process: Start) -> None:
    """Servers started from a thread are not tied to it, so they are left behind as on other systems."""
    first = another_process(thread="another thread")
    _, _, _, postgres_pid, redis_pid = answer(first)
    first.kill()
    first.wait()
    assert alive(postgres_pid) and alive(redis_pid)
    with running(data_dir, exclusive=True) as servers:
        assert not alive(postgres_pid) and not alive(redis_pid)
        assert None not in (servers.postgres_pid, servers.redis_pid)


def test_ctrl_c_in_the_terminal_reaches_the_owner_alone(data_dir: Path) -> None:
    with running(data_dir) as servers:
        for pid in (servers.postgres_pid, servers.redis_pid):
            assert pid is not None and os.getsid(pid) == pid != os.getsid(0)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at /proc")
def test_the_servers_see_none_of_our_environment(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("CONNECTOR_API_PASSWORD", "secret")
    with running(data_dir) as servers:
        for pid in (servers.postgres_pid, servers.redis_pid):
            if os.access(f"/proc/{pid}/environ", os.R_OK):
                seen = Path(f"/proc/{pid}/environ").read_bytes()
                assert b"PGPORT" not in seen and b"secret" not in seen


def test_a_failed_start_leaves_nothing_running(data_dir: Path) -> None:
    with running(data_dir):
        pass
    with (data_dir / "postgres" / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = on\n")
    with (
        pytest.raises(EmbeddedError, match=r"postgres did not start: .*no_such_setting.*postgres\.log"),
        running(data_dir),
    ):
        pass
    assert holder(data_dir) is None
    found = subprocess.run(["ps", "-axo", "command="], capture_output=True, text=True, check=True).stdout
    assert str(data_dir) not in found


def test_sigterm_of_the_owner_is_as_good_as_a_kill(data_dir: Path, another_process: Start) -> None:
    """Nothing catches it in the little program here, so it dies without any clean-up of its own."""
    first = another_process()
    answer(first)
    first.send_signal(signal.SIGTERM)
    first.wait()
    with running(data_dir, exclusive=True) as servers:
        assert servers.owner
