"""How a line is logged: one event, its fields, to standard error."""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import Any, TextIO, cast

import msgspec
import structlog

from connector.settings import Settings


def configure(settings: Settings) -> None:
    """JSON lines for machines, coloured lines for a person at a terminal."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    level = getattr(logging, settings.log_level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([_as_json] if as_json else [structlog.dev.ConsoleRenderer()]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Lasting(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard library; theirs is only worth reading when something is wrong.
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr, format="%(name)s: %(message)s")
    # arq logs a traceback with every job it gives up; ours never give up through arq.
    logging.getLogger("arq").setLevel(logging.ERROR)


class _Lasting:
    """A stream whose reader may go away: what is done stays done, whether or not anybody reads of it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def _as_json(_logger: Any, _name: str, event: structlog.typing.EventDict) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry where they come from."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(component=name)
    return logger
