"""How an import is shown while it runs: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from connector.cli.output import errors
from connector.syncs import Stream

#: Seconds between two plain lines.
PLAIN_EVERY = 5.0


class SyncView:
    """Progress on standard error: phase, objects, percent, rate and time left, stream by stream."""

    def __init__(self, title: str, *, quiet: bool) -> None:
        self._title, self._quiet = title, quiet
        self._tasks: dict[str, TaskID] = {}
        self._told_at = 0.0
        self._trouble: str | None = None
        self._bars = Progress(
            TextColumn("{task.description}", style="bold"),
            TextColumn("{task.fields[phase]:<10}"),
            BarColumn(),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=errors,
            disable=quiet or not errors.is_terminal,
        )

    def __enter__(self) -> Self:
        if not self._quiet:
            errors.print(self._title)
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def show(self, streams: Sequence[Stream], trouble: str | None) -> None:
        """The streams as they are now, and what holds the import up."""
        if self._quiet:
            return
        if trouble and trouble != self._trouble:
            errors.print(f"held up: {trouble}", markup=False, style="yellow")
        self._trouble = trouble
        if errors.is_terminal:
            for stream in streams:
                self._bar(stream)
        elif time.monotonic() - self._told_at > PLAIN_EVERY:
            self._told_at = time.monotonic()
            errors.print("; ".join(_words(stream) for stream in streams if stream.started_at), soft_wrap=True)

    def _bar(self, stream: Stream) -> None:
        if stream.stream not in self._tasks:
            self._tasks[stream.stream] = self._bars.add_task(stream.stream, total=None, phase="", rate="")
        done, total = _progress(stream)
        task = self._tasks[stream.stream]
        speed = self._bars.tasks[task].speed
        self._bars.update(
            task,
            completed=done,
            total=total,
            phase=stream.state,
            rate=f"{speed:,.0f}/s" if speed and not stream.ended else "",
        )


def _progress(stream: Stream) -> tuple[int, int | None]:
    """An object is read and then merged: two steps of its way."""
    if stream.ended:
        return 1, 1
    if stream.state in ("waiting", "exporting"):
        return 0, None
    return stream.read_objects + min(stream.merged, stream.objects), 2 * stream.objects or None


def _words(stream: Stream) -> str:
    done, total = _progress(stream)
    share = f" {100 * done // total}%" if total and not stream.ended else ""
    return f"{stream.stream} {stream.state}{share} ({stream.read_objects:,} of {stream.objects:,} read)"
