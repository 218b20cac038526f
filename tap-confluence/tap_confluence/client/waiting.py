"""Waiting that can be heard, counted and interrupted."""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

from tap_confluence.client.errors import ConfluenceInterruptedError
from tap_confluence.client.totals import Counters

log = logging.getLogger(__name__)

SAID_EVERY = 30.0
"""Seconds between two lines about the same wait."""
_WORTH_A_LINE = 5.0
"""Waits below this many seconds are not spoken of."""

_ROUNDING = 1e-6
"""Seconds that arithmetic may leave over; no clock sleeps that short."""


class Clock(Protocol):
    """Time as the client sees it, so that tests need not wait."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""

    def sleep(self, seconds: float) -> bool:
        """Let time pass; True when somebody asked to stop meanwhile."""

    def stop(self) -> None:
        """Ask every sleep, running and to come, to end."""


class WallClock:
    """Real time."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def monotonic(self) -> float:
        """Seconds since some start, unaffected by clock changes."""
        return time.monotonic()

    def sleep(self, seconds: float) -> bool:
        """Sleep until the time is over or ``stop`` is called."""
        return self._stopped.wait(max(0.0, seconds))

    def stop(self) -> None:
        """Wake all sleepers for good."""
        self._stopped.set()


class Waiter:
    """Waits on behalf of the client's threads."""

    def __init__(self, clock: Clock, counters: Counters) -> None:
        self.clock = clock
        self._counters = counters

    def wait(self, seconds: float, why: str) -> None:
        """Let ``seconds`` pass, saying every ``SAID_EVERY`` how long it still takes and why.

        Raises:
            ConfluenceInterruptedError: The run was asked to stop.
        """
        started = self.clock.monotonic()
        left = seconds
        try:
            while left > _ROUNDING:
                if left > _WORTH_A_LINE:
                    log.info("waiting %.0f s: %s", left, why)
                if self.clock.sleep(min(left, SAID_EVERY)):
                    raise ConfluenceInterruptedError(f"stopped while waiting: {why}")
                left = seconds - (self.clock.monotonic() - started)
        finally:
            self._counters.add(seconds=self.clock.monotonic() - started)
