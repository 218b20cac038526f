"""What the requests of a run came to, counted over all threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Totals:
    """A reading of the counters.

    Attributes:
        requests: Requests sent, retries included.
        retries: Those that were a retry.
        seconds_waited: Time spent waiting for rate limits and backoff, over all threads.
        bytes: Decoded bytes of all answers.
        points: What the run costs under Cloud's points model (FACTS 5.2): 1 a request, 1 a core object, 2 an identity.
    """

    requests: int = 0
    retries: int = 0
    seconds_waited: float = 0.0
    bytes: int = 0
    points: int = 0


class Counters:
    """The running ``Totals``, shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals = Totals()

    @property
    def totals(self) -> Totals:
        """The figures right now."""
        return self._totals

    def add(
        self, *, requests: int = 0, retries: int = 0, seconds: float = 0.0, size: int = 0, points: int = 0
    ) -> Totals:
        """Count; returns the figures after it."""
        with self._lock:
            now = self._totals
            self._totals = replace(
                now,
                requests=now.requests + requests,
                retries=now.retries + retries,
                seconds_waited=now.seconds_waited + seconds,
                bytes=now.bytes + size,
                points=now.points + points,
            )
            return self._totals
