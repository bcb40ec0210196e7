"""Start, stop, kill, start again: what was written is there."""

import os
import time
from pathlib import Path

import asyncpg
import pytest
import redis

from connector.embedded import Servers, running


async def write(servers: Servers, value: int) -> None:
    connection = await asyncpg.connect(servers.postgres_dsn)
    await connection.execute("create table if not exists kept (value int)")
    await connection.execute("insert into kept values ($1)", value)
    await connection.close()
    with redis.Redis.from_url(servers.redis_url) as client:
        client.rpush("kept", value)


async def kept(servers: Servers) -> tuple[list[int], list[int]]:
    connection = await asyncpg.connect(servers.postgres_dsn)
    rows = await connection.fetch("select value from kept order by value")
    await connection.close()
    with redis.Redis.from_url(servers.redis_url) as client:
        return [row["value"] for row in rows], [int(value) for value in client.lrange("kept", 0, -1)]


async def test_what_was_written_is_there_after_a_restart(place: Path) -> None:
    with running(place) as servers:
        assert servers.owner
        await write(servers, 1)
        pids = servers.postgres_pid, servers.redis_pid
    for pid in pids:
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with running(place) as servers:
        assert await kept(servers) == ([1], [1])


async def test_the_settings_are_the_ones_that_make_acknowledged_mean_durable(data_dir: Path) -> None:
    with running(data_dir) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        expected = {
            "listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "server_encoding": "UTF8",
            "TimeZone": "UTC", "jit": "off", "max_connections": "100", "shared_buffers": "256MB",
        }  # fmt: skip
        found = {name: await connection.fetchval("select current_setting($1)", name) for name in expected}
        assert found == expected
        assert (
            await connection.fetchval("select current_user || '/' || current_database()")
            == "connector/connector"
        )
        await connection.close()
        with redis.Redis.from_url(servers.redis_url) as client:
            wanted = {
                "appendonly": "yes",
                "appendfsync": "always",
                "maxmemory-policy": "noeviction",
                "port": "0",
            }
            assert client.config_get(*wanted) == wanted


async def test_each_server_stops_and_starts_on_its_own(data_dir: Path) -> None:
    with running(data_dir) as servers:
        await write(servers, 1)
        for server in (servers.postgres, servers.redis):
            assert server is not None
            before = server.pid
            server.stop()
            assert server.pid is None
            server.start()
            assert server.pid not in (None, before)
        assert await kept(servers) == ([1], [1])


async def test_what_was_acknowledged_survives_kill_9(data_dir: Path) -> None:
    with running(data_dir) as servers:
        assert servers.postgres is not None and servers.redis is not None
        for value in range(3):
            await write(servers, value)
            # A client in the middle of something keeps its backend, and with it the shared memory, alive a
            # moment longer than the postmaster.
            client = await asyncpg.connect(servers.postgres_dsn)
            servers.postgres.kill()
            servers.redis.kill()
            servers.postgres.start()
            servers.redis.start()
            client.terminate()
        assert await kept(servers) == ([0, 1, 2], [0, 1, 2])


@pytest.mark.parametrize("content", ["", "garbage\n", f"{os.getpid()}\nx\n1\n5432\n\n\n1 2\nready   \n"])
def test_a_stale_postmaster_pid_is_no_obstacle(data_dir: Path, content: str) -> None:
    """Also one that says `ready` under a process id which belongs to somebody else by now, here to us."""
    with running(data_dir, want_redis=False) as servers:
        assert servers.postgres is not None
        servers.postgres.stop()
        (data_dir / "postgres" / "postmaster.pid").write_text(content)
        (data_dir / "run" / ".s.PGSQL.5432.lock").write_text(content)
        servers.postgres.start()
        assert (data_dir / "postgres" / "postmaster.pid").read_text().startswith(f"{servers.postgres_pid}\n")


def test_an_interrupted_initialisation_starts_over(place: Path) -> None:
    with running(place, want_postgres=False):  # makes the folder
        unfinished = place / "postgres.new-1"
        unfinished.mkdir()
        (unfinished / "PG_VERSION").write_text("18\n")
    with running(place, want_redis=False):
        assert not list(place.glob("postgres.new*"))


async def test_stopping_waits_for_nobody(data_dir: Path) -> None:
    with running(data_dir) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        await connection.execute("begin; create table half_done (x int)")
        client = redis.Redis.from_url(servers.redis_url)
        client.ping()
        begun = time.monotonic()
    assert time.monotonic() - begun < 4
    connection.terminate()
    client.close()


@pytest.mark.parametrize("name", ["x" * 120, "with space, comma and ünïcode"])
async def test_any_path_will_do_for_the_data(place: Path, name: str) -> None:
    """A socket's path may have about 100 bytes, and URLs have their own ideas about unusual characters."""
    place.mkdir(mode=0o755)
    for _ in range(2):
        with running(place / name) as servers:
            assert servers.postgres is not None
            sockets = servers.postgres.sockets
            assert sockets.stat().st_mode & 0o777 == 0o700
            assert sockets.stat().st_uid == (place / name / "postgres").stat().st_uid
            await write(servers, 1)
    sockets.rmdir()


async def test_a_port_opens_loopback_to_who_has_the_password(
    data_dir: Path, unused_tcp_port_factory: object
) -> None:
    assert callable(unused_tcp_port_factory)
    postgres_port, redis_port = unused_tcp_port_factory(), unused_tcp_port_factory()
    with running(data_dir, postgres_port=postgres_port, redis_port=redis_port) as servers:
        await write(servers, 1)
        assert await kept(servers) == ([1], [1])  # over the sockets, as always
        password = (data_dir / "password").read_text()
        login = {"host": "127.0.0.1", "port": postgres_port, "user": "connector", "database": "connector"}
        connection = await asyncpg.connect(**login, password=password)
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(**login, password="guess")
        with redis.Redis(port=redis_port, password=password) as client:
            assert client.ping()
        with redis.Redis(port=redis_port) as client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_a_log_that_has_grown_too_long_is_put_aside(place: Path) -> None:
    with running(place, want_postgres=False) as servers:
        assert servers.redis is not None
        servers.redis.stop()
        os.truncate(servers.redis.log, 9 * 1024 * 1024)
        servers.redis.start()
        assert (place / "valkey.log.1").stat().st_size == 9 * 1024 * 1024
        assert servers.redis.log.stat().st_size < 100_000
