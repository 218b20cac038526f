"""The process that takes files apart: bounded in time and memory, and made anew when it dies of one."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from target_cdm_docs.files.extracting import Part, UnreadableError, extract

MOST_SECONDS = 60.0
MOST_MEMORY = 2_000_000_000
"""Bytes of address space."""
MOST_CHARACTERS = 2_000_000
"""Of one file's text; what stands behind them is left out."""

_GRACE = 5.0
"""Seconds beyond its time after which a worker ends itself."""

_SPAWN = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class Worker:
    """A process that reads one file after another; started with the first.

    Attributes:
        seconds: How long it may take over one file.
        memory: How much address space it may have, in bytes.
    """

    seconds: float = MOST_SECONDS
    memory: int = MOST_MEMORY
    _process: SpawnProcess | None = field(default=None, init=False)
    _pipe: Connection | None = field(default=None, init=False)

    def read(self, path: Path, kind: str) -> tuple[list[Part], str | None]:
        """Return what a file says, and what is wrong with it or with the reading, if anything.

        Args:
            path: The file.
            kind: As ``kinds.kind_of`` has it.
        """
        if self._process is not None and not self._process.is_alive():
            self.close()  # what it died of is not this file
        pipe = self._pipe or self._start()
        try:
            pipe.send((str(path), kind, self.seconds))
            if pipe.poll(self.seconds):
                parts, problem = pipe.recv()
                return parts, problem
            problem = f"reading it took more than {self.seconds:g} s"
        except (EOFError, OSError):
            problem = "reading it ended the process that did so; it may be broken, or need too much memory"
        self.close()
        return [], problem

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def _start(self) -> Connection:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, self.memory), daemon=True)
        self._process.start()
        theirs.close()
        return self._pipe


def _serve(pipe: Connection, memory: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # standard output is the target's: STATE alone leaves there
    logging.disable()  # what libraries say of a file is in its problem, and nothing for standard error
    warnings.simplefilter("ignore")
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - POSIX alone has it

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            path, kind, seconds = pipe.recv()
            with _no_longer_than(seconds + _GRACE):
                told = _read(Path(path), kind)
            pipe.send(told)


@contextlib.contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """End this process if it takes longer: whoever asked may be gone, and would not end it."""
    if not hasattr(signal, "setitimer"):  # not POSIX
        yield
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _read(path: Path, kind: str) -> tuple[list[Part], str | None]:
    parts: list[Part] = []
    room = MOST_CHARACTERS
    try:
        for part in extract(path, kind):
            room -= _length(part)
            if room < 0:
                return parts, f"its text is longer than {MOST_CHARACTERS:,} characters: the rest was left out"
            parts.append(part)
    except UnreadableError as error:
        return parts, str(error)
    except MemoryError:
        return [], "reading it needs too much memory"
    except Exception as error:  # noqa: BLE001 - libraries raise what they like over broken files
        return parts, f"it cannot be read: {type(error).__name__}: {error}"[:500]
    return parts, None


def _length(part: Part) -> int:
    what, said = part
    if what == "table":
        return sum(len(cell) + 3 for row in said for cell in row)
    return len(said[1]) if what == "heading" else len(said)
