"""A server as a child process: how it is started, how it is ended, and that it ends with us."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from connector.embedded.account import Account

PR_SET_PDEATHSIG = 1


def start(
    command: Sequence[str | Path],
    account: Account,
    *,
    cwd: Path,
    output: int,
    ends_by: signal.Signals,
    text: str = "",
) -> subprocess.Popen[bytes]:
    """Start a child as the account, with `text` on its standard input, which gets `ends_by` when we die.

    Its own session: Ctrl-C in the terminal reaches us alone, and we end the servers after their clients.
    A `preexec_fn` is safe here although it runs Python after a fork: the servers are started from the main
    thread before any other thread exists, so no lock can be held by a thread that the fork left behind.
    """
    child = subprocess.Popen(
        command, cwd=cwd, env=environment(), start_new_session=True, stdin=subprocess.PIPE, stdout=output,
        stderr=output, preexec_fn=end_with_us(ends_by), **account.popen_arguments(),
    )  # fmt: skip
    assert child.stdin is not None
    with (
        contextlib.suppress(BrokenPipeError),
        child.stdin as stdin,
    ):  # broken: it ended at once, its log says why
        stdin.write(text.encode())
    return child


def environment() -> Mapping[str, str]:
    """What the servers see: no PG* variable that would change what they do, and none of our secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C"}


def stop(children: Mapping[subprocess.Popen[bytes], Sequence[tuple[signal.Signals, float]]]) -> None:
    """End the children side by side: to each its signals in turn, each with the seconds it has to obey.

    The last resort after all signals is SIGKILL; both servers recover from that, they only start slower.
    """
    begun = time.monotonic()
    waiting = {child: list(steps) for child, steps in children.items()}
    due = dict.fromkeys(waiting, begun)
    while waiting:
        for child, steps in list(waiting.items()):
            if child.poll() is not None:
                del waiting[child]
            elif time.monotonic() >= due[child]:
                request, seconds = steps.pop(0) if steps else (signal.SIGKILL, 60.0)
                child.send_signal(request)
                due[child] = time.monotonic() + seconds
        time.sleep(0.002)


def end_with_us(request: signal.Signals) -> Callable[[], None] | None:
    """Have the kernel send `request` to the child when the thread that started it ends.

    That is the end of our process for the main thread only; a server started from another thread would be
    stopped when that thread is done, so there it is left out and the next start ends the orphan instead.
    """
    if not sys.platform.startswith("linux") or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None).prctl  # looked up before the fork
    us = os.getpid()

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, int(request), 0, 0, 0)
        if os.getppid() != us:  # we died before the kernel knew whom to tell
            os._exit(1)

    return in_child
