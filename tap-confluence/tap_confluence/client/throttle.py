"""The client-side ceiling of requests, shared by all threads, and what refusals teach about the server's."""

from __future__ import annotations

import threading
from collections import deque

from tap_confluence.client.waiting import Waiter

_SPARE = 1e-6
"""Seconds by which a sleep may fall short without asking for another."""


_SLOWER_AT_FIRST, _SLOWER, _FASTER = 2.0, 1.5, 0.98
"""How much longer the interval gets with a refusal, before and after the rate was found; and shorter with an answer."""
_FOUND = 10
"""Answers after which a learnt rate counts as found."""
_LONGEST = 2.0
"""Seconds beyond which no interval is learnt: whoever refuses even then does not mind the rate."""


class Throttle:
    """Lets at most ``requests_per_second`` requests start in any second, fewer when told that a limit is near.

    Below one a second the window grows accordingly: 0.5 means one request in any two seconds. Above, a fraction is cut
    off: the ceiling is kept in every single second. A server whose ceiling is lower says so by refusals alone, many of
    them without a word for how long (FACTS 5.5): from each of them the interval between two requests is learnt.
    """

    def __init__(self, requests_per_second: float, waiter: Waiter) -> None:
        count = max(1, int(requests_per_second))
        self._shortest = 1 / requests_per_second
        self._learnt = 0.0
        self._learnt_at = float("-inf")
        self._longest_told = 0.0
        self._answers = 0
        self._window = max(1.0, count / requests_per_second)
        self._starts: deque[float] = deque(maxlen=count)
        self._held_until = 0.0
        self._slow_until = 0.0
        self._interval = 0.0
        self._why = ""
        self._waiter = waiter
        self._lock = threading.Lock()

    def acquire(self) -> float:
        """Wait for this request's turn; returns the moment, by the client's clock.

        Raises:
            ConfluenceInterruptedError: The run was asked to stop.
        """
        start = 0.0
        while True:
            with self._lock:
                now = self._waiter.clock.monotonic()
                if now + _SPARE >= max(start, self._held_until) and start:
                    return now
                if start in self._starts:  # somebody was told to wait meanwhile: this turn is not taken
                    self._starts.remove(start)
                start = self._reserve(now)
                why = self._why if self._held_until > now or self._slow_until > now else "requests_per_second"
            if start > now:
                self._waiter.wait(start - now, why)

    def _reserve(self, now: float) -> float:
        start = max(now, self._held_until)
        if len(self._starts) == self._starts.maxlen:
            start = max(start, self._starts[0] + self._window)
        if self._starts:
            interval = max(self._learnt, self._interval if start < self._slow_until else 0.0)
            start = max(start, self._starts[-1] + interval)
        self._starts.append(start)
        return start

    def refused(self, start: float) -> float | None:
        """Ask less often from now on, as a request that began at ``start`` was one too many.

        Returns:
            Requests a second, where that is less than was told before; None where it is known, as it is to a request
            that began before the last refusal.
        """
        with self._lock:
            if start <= self._learnt_at:
                return None
            factor = _SLOWER if self._answers >= _FOUND else _SLOWER_AT_FIRST
            self._learnt = min(_LONGEST, max(self._learnt, self._shortest) * factor)
            self._learnt_at = self._waiter.clock.monotonic()
            if self._learnt <= self._longest_told:
                return None
            self._longest_told = self._learnt
            return 1 / self._learnt

    def answered(self) -> None:
        """Ask a little more often again."""
        if not self._learnt:
            return
        with self._lock:
            self._answers += 1
            faster = self._learnt * _FASTER
            self._learnt = faster if faster > self._shortest else 0.0

    def hold(self, seconds: float, why: str) -> None:
        """Let no thread start a request for ``seconds``: one was told to wait, and the others would be too."""
        with self._lock:
            until = self._waiter.clock.monotonic() + seconds
            if until > self._held_until:
                self._held_until, self._why = until, why

    def slow(self, interval: float, seconds: float, why: str) -> None:
        """Keep ``interval`` seconds between two starts for the next ``seconds``."""
        with self._lock:
            self._slow_until = self._waiter.clock.monotonic() + seconds
            self._interval, self._why = interval, why
