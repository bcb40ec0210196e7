"""The command as a process: it says where it is, and it stops when asked."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = "import typer; from connector.cli.simulate import simulate; typer.run(simulate)"
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(*arguments: str, secret: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CONNECTOR_WEBHOOK_SECRET": secret}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_announces_itself_and_stops_on_sigterm(tmp_path: Path) -> None:
    ready, state = tmp_path / "ready", tmp_path / "state"
    options = ["--port", "0", "--products", "3", "--target", "http://127.0.0.1:9/none"]
    options += ["--ready-file", str(ready), "--state-dir", str(state)]
    with running(*options, secret="one, two") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("demo-shop.myshopify.com simulated at http://127.0.0.1:")
        assert ready.read_text() in line
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=2) == 0
    assert (state / "shop.sqlite3").stat().st_size > 0


def test_without_a_secret_it_is_wrong_usage() -> None:
    with running("--port", "0", secret="") as process:
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 2
    assert "secret" in errors
