"""How far a run is, in words for a person, and what it came to (CONTRACT 1.4, and Singer metrics)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tap_confluence.client.totals import Totals

WORTH_COUNTING = 5_000
"""Rows of a stream after which one more request, for how many there are, is a small part of all."""
SILENCE = 5.0
"""Seconds without a row that are worth a word."""
_MINUTE, _HOUR = 60, 3600


class Progress:
    """Counts rows; any thread may ask how far it is."""

    def __init__(self, totals: Callable[[], Totals], clock: Callable[[], float] = time.monotonic) -> None:
        """Take where the requests are counted, and a clock in seconds."""
        self.rows: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self._totals = totals
        self._clock = clock
        self._begun = self._stream_begun = self._newest = clock()
        self._stream: str | None = None
        self._expected: dict[str, int | None] = {}
        self._space: str | None = None
        self._is_writing = False

    @contextmanager
    def reading(self, stream: str) -> Generator[None, None, None]:
        """Within it, rows of this stream are what is read."""
        self._stream, self._space = stream, None
        self._stream_begun = self._newest = self._clock()
        try:
            yield
        finally:
            self._stream = None

    @contextmanager
    def writing(self, rows: Sequence[Mapping[str, Any]]) -> Generator[None, None, None]:
        """Within it, whoever reads the output is waited for; then these rows of the stream are written."""
        self._is_writing = True
        yield
        self._is_writing = False
        if self._stream is not None and rows:
            self.rows[self._stream] += len(rows)
            self._space = rows[-1].get("space_key") or self._space
            self._newest = self._clock()

    @property
    def wants_total(self) -> bool:
        """Whether the stream is large enough to ask how many rows it has; True once a stream."""
        stream = self._stream
        return stream is not None and stream not in self._expected and self.rows[stream] >= WORTH_COUNTING

    def expect(self, rows: int | None) -> None:
        """The stream will have this many rows; None where that cannot be known."""
        if self._stream is not None:
            self._expected[self._stream] = rows

    def line(self) -> str | None:
        """One line: rows, of how many, where, how fast, what is waited for, and how long it takes if that is known.

        None while no stream is read.
        """
        stream, now, totals = self._stream, self._clock(), self._totals()
        if stream is None:
            return None
        rows, seconds = self.rows[stream], now - self._stream_begun
        pace = rows / seconds if seconds else 0.0
        total = self._expected.get(stream)
        parts = [f"reading {stream}: {rows:,} rows"]
        if total is not None and total >= rows:
            parts = [f"reading {stream}: {rows:,} of {total:,} rows, {rows * 100 // max(1, total)} %"]
        if self._space:
            # A key is the site's word, and a terminal obeys what is not printable.
            parts.append(f"now in {''.join(filter(str.isprintable, self._space))}")
        if pace >= 1:
            parts.append(f"{pace:,.0f} rows/s")
        silent = now - self._newest
        if silent >= SILENCE:
            whom = "the reader of this output" if self._is_writing else "the site"
            parts.append(f"waiting for {whom} for {_duration(silent)}")
        elif total is not None and total >= rows and pace:
            parts.append(f"about {_duration((total - rows) / pace)} left")
        return f"{', '.join(parts)}; {totals.requests:,} requests, {_duration(now - self._begun)}"

    def failed(self, stream: str, count: int = 1) -> None:
        """Rows or walks could not be read."""
        self.failures[stream] += count

    def figures(self) -> dict[str, float]:
        """What the run came to, by name."""
        totals = self._totals()
        return {
            "http_request_count": totals.requests,
            "http_retry_count": totals.retries,
            "seconds_waited": round(totals.seconds_waited, 3),
            "bytes_received": totals.bytes,
            "points": totals.points,
            "failure_count": sum(self.failures.values()),
        }

    def summary(self) -> str:
        """One line: rows per stream, requests, retries, seconds waited, bytes, failures."""
        totals = self._totals()
        rows = ", ".join(f"{stream} {count:,}" for stream, count in self.rows.items() if count) or "no rows"
        return (
            f"{rows}; {totals.requests:,} requests, {totals.retries:,} retries, {totals.seconds_waited:.1f} s waited,"
            f" {totals.bytes:,} bytes, {totals.points:,} points, {sum(self.failures.values()):,} failures,"
            f" {self._clock() - self._begun:.1f} s"
        )


def _duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> _duration(42.3), _duration(125), _duration(7260)
    ('42 s', '2 min 5 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
