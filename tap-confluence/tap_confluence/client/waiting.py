"""Waiting that can be heard, counted and interrupted."""

from __future__ import annotations

import logging
import time
from typing import Protocol

from tap_confluence.client.errors import ConfluenceInterruptedError
from tap_confluence.client.totals import Counters

log = logging.getLogger(__name__)

SAID_EVERY = 30.0
"""Seconds between two lines about the same wait."""
_WORTH_A_LINE = 5.0
"""Waits below this many seconds are not spoken of."""

_LOOK_EVERY = 0.1
"""Seconds after which a sleeper looks whether it was told to stop."""
_ROUNDING = 1e-6
"""Seconds that arithmetic may leave over; no clock sleeps that short."""


class Clock(Protocol):
    """Time as the client sees it, so that tests need not wait, and whether the run was told to stop.

    Attributes:
        stopped: Whether somebody asked to stop; never taken back.
    """

    stopped: bool

    def monotonic(self) -> float:
        """Seconds that only ever grow."""

    def sleep(self, seconds: float) -> bool:
        """Let time pass; True when somebody asked to stop meanwhile."""

    def stop(self) -> None:
        """Ask every sleep, running and to come, to end; callable from a signal handler, so no lock is taken."""


class WallClock:
    """Real time. To stop is a plain flag: an event has a lock, which the interrupted thread may hold."""

    def __init__(self) -> None:
        self.stopped = False

    def monotonic(self) -> float:
        """Seconds since some start, unaffected by clock changes."""
        return time.monotonic()

    def sleep(self, seconds: float) -> bool:
        """Sleep until the time is over or ``stop`` is called."""
        until = time.monotonic() + seconds
        while not self.stopped and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_EVERY))
        return self.stopped

    def stop(self) -> None:
        """Wake all sleepers for good."""
        self.stopped = True


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
                    raise ConfluenceInterruptedError(f"told to stop while waiting: {why}")
                left = seconds - (self.clock.monotonic() - started)
        finally:
            self._counters.add(seconds=self.clock.monotonic() - started)
