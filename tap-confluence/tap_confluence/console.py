"""Says every few seconds how far a run is: as lines of the log, or on a terminal as one line that is written over."""

from __future__ import annotations

import logging
import shutil
import sys
import threading
from collections.abc import Callable
from typing import TextIO

EVERY_SECONDS = 5.0
"""Between two lines of the log."""
EVERY_SECONDS_IN_PLACE = 0.5
"""Between two states of the line on a terminal."""
_CLEAR = "\r\x1b[K"
"""To the beginning of the line, and nothing behind it (ECMA-48)."""


class Teller:
    """Asks in a thread of its own how far the run is, so that it speaks also while everything waits."""

    def __init__(self, line: Callable[[], str | None], say: Callable[[str], None], every: float) -> None:
        """Take who knows the line (None: nothing to say), who shows it, and the seconds in between."""
        self._line = line
        self._say = say
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="progress", daemon=True)

    def start(self) -> None:
        """Begin to speak, after the first few seconds."""
        self._thread.start()

    def close(self) -> None:
        """Fall silent."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _tell(self) -> None:
        while not self._over.wait(self._every):
            line = self._line()
            if line is not None:
                self._say(line)


class LineInPlace(logging.Filter):
    """One line of a terminal, written over and over; as a filter of handlers it makes way for lines of the log."""

    def __init__(self, stream: TextIO) -> None:
        """Take the terminal."""
        super().__init__()
        self._stream = stream
        self._shown = False

    def show(self, line: str) -> None:
        """Show a line where the last one was, as much of it as fits."""
        width = shutil.get_terminal_size().columns
        self._shown = True
        self._stream.write(_CLEAR + line[: width - 1])
        self._stream.flush()

    def clear(self) -> None:
        """Leave nothing behind."""
        if self._shown:
            self._shown = False
            self._stream.write(_CLEAR)
            self._stream.flush()

    def filter(self, record: logging.LogRecord) -> bool:
        """Make way; let every record pass."""
        del record
        self.clear()
        return True


class Console:
    """Shows progress while it is open."""

    def __init__(self, line: Callable[[], str | None], logger: logging.Logger) -> None:
        """Take who knows how far the run is, and the log for where nobody watches a terminal."""
        self._in_place = LineInPlace(sys.stderr) if sys.stderr.isatty() else None
        if self._in_place is None:
            self._teller = Teller(line, lambda text: logger.info("%s", text), EVERY_SECONDS)
        else:
            self._teller = Teller(line, self._in_place.show, EVERY_SECONDS_IN_PLACE)

    def __enter__(self) -> None:
        if self._in_place is not None:
            for handler in logging.getLogger().handlers:
                handler.addFilter(self._in_place)
        self._teller.start()

    def __exit__(self, *_: object) -> None:
        self._teller.close()
        if self._in_place is not None:
            self._in_place.clear()
            for handler in logging.getLogger().handlers:
                handler.removeFilter(self._in_place)
