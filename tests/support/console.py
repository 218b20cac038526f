"""What a command line says when it runs in this process, and everything put back that it leaves behind."""

from __future__ import annotations

import io
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field


def _as_a_process_writes(errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "utf-8", errors)


def _said(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


@dataclass(frozen=True)
class Console:
    """Where a command line writes. Standard error writes with backslashes what cannot be encoded; output refuses it."""

    _out: io.TextIOWrapper = field(default_factory=lambda: _as_a_process_writes("strict"))
    _err: io.TextIOWrapper = field(default_factory=lambda: _as_a_process_writes("backslashreplace"))

    @property
    def out(self) -> str:
        """All that was written to standard output."""
        return _said(self._out)

    @property
    def err(self) -> str:
        """All that was written to standard error."""
        return _said(self._err)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Catch what is said inside; put handlers of signals, of the log and of exceptions back.

        The SDK adds a handler to the root logger with every command line: each would hear all that follow.
        """
        hook, signals = sys.excepthook, {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        loggers = [logging.getLogger(name) for name in (None, "tap-confluence", "urllib3", "requests")]
        heard = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
        try:
            with redirect_stdout(self._out), redirect_stderr(self._err):
                yield
        finally:
            sys.excepthook = hook
            for number, handler in signals.items():
                signal.signal(number, handler)
            for logger, level, handlers in heard:
                logger.setLevel(level)
                logger.handlers[:] = handlers
