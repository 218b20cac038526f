"""What a person sees while the tap works, and what it came to (CONTRACT 1.4, and Singer metrics)."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

from tap_confluence.client.totals import Totals

EVERY_SECONDS = 5.0
"""Between two lines of progress."""
BAR = 20
"""Characters of the bar on a terminal."""


class Progress:
    """Counts rows, and says so now and then on the log."""

    def __init__(
        self,
        logger: logging.Logger,
        totals: Callable[[], Totals],
        clock: Callable[[], float] = time.monotonic,
        *,
        terminal: bool = False,
    ) -> None:
        """Take where to say it, where the requests are counted, a clock in seconds, and whether a person watches."""
        self._terminal = terminal
        self.rows: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self._logger = logger
        self._totals = totals
        self._clock = clock
        self._begun = self._said = clock()
        self._walks: Counter[str] = Counter()
        self._walks_done: Counter[str] = Counter()

    def expect(self, stream: str, walks: int) -> None:
        """A stream will be read in this many walks."""
        self._walks[stream] += walks

    def walked(self, stream: str) -> None:
        """One of them is over."""
        self._walks_done[stream] += 1

    def wrote(self, stream: str, rows: int) -> None:
        """Rows were written."""
        self.rows[stream] += rows
        now = self._clock()
        if now - self._said >= EVERY_SECONDS:
            self._said = now
            totals = self._totals()
            self._logger.info(
                "%sreading %s: %s rows so far, walk %d of %d; %d requests, %.0f s, %s",
                self._bar(),
                stream,
                f"{self.rows[stream]:,}",
                min(self._walks_done[stream] + 1, max(self._walks[stream], 1)),
                max(self._walks[stream], 1),
                totals.requests,
                now - self._begun,
                self._left(now - self._begun),
            )

    @property
    def share(self) -> float:
        """How much of the planned walks is done, from 0 to 1; how long each is, no list tells beforehand."""
        planned = sum(self._walks.values())
        return min(1.0, sum(self._walks_done.values()) / planned) if planned else 0.0

    def _left(self, seconds: float) -> str:
        """How much is likely left, if walks to come are like those that are done."""
        share = self.share
        if not share:
            return "how much is left cannot be told before the first walk is through"
        left = (1 - share) / share
        return f"likely {sum(self.rows.values()) * left:,.0f} rows and {seconds * left:.0f} s left"

    def _bar(self) -> str:
        if not self._terminal:
            return ""
        done = round(self.share * BAR)
        return f"[{'#' * done}{'.' * (BAR - done)}] "

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
