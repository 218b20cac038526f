"""The client-side ceiling of requests, shared by all threads."""

from __future__ import annotations

import threading
from collections import deque

from tap_confluence.client.waiting import Waiter

_SPARE = 1e-6
"""Seconds by which a sleep may fall short without asking for another."""


class Throttle:
    """Lets at most ``requests_per_second`` requests start in any second, fewer when told that a limit is near.

    Below one a second the window grows accordingly: 0.5 means one request in any two seconds. Above, a fraction is cut
    off: the ceiling is kept in every single second.
    """

    def __init__(self, requests_per_second: float, waiter: Waiter) -> None:
        count = max(1, int(requests_per_second))
        self._window = max(1.0, count / requests_per_second)
        self._starts: deque[float] = deque(maxlen=count)
        self._held_until = 0.0
        self._slow_until = 0.0
        self._interval = 0.0
        self._why = ""
        self._waiter = waiter
        self._lock = threading.Lock()

    def acquire(self) -> None:
        """Wait for this request's turn.

        Raises:
            ConfluenceInterruptedError: The run was asked to stop.
        """
        start = 0.0
        while True:
            with self._lock:
                now = self._waiter.clock.monotonic()
                if now + _SPARE >= max(start, self._held_until) and start:
                    return
                start = self._reserve(now)
                why = self._why if self._held_until > now or self._slow_until > now else "requests_per_second"
            if start > now:
                self._waiter.wait(start - now, why)

    def _reserve(self, now: float) -> float:
        start = max(now, self._held_until)
        if len(self._starts) == self._starts.maxlen:
            start = max(start, self._starts[0] + self._window)
        if self._starts and start < self._slow_until:
            start = max(start, self._starts[-1] + self._interval)
        self._starts.append(start)
        return start

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
