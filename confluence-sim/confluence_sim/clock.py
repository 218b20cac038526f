"""The world's clock: under the caller's control in tests, the machine's own time in demonstrations."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_ms(timestamp: str) -> int:
    """Return an RFC 3339 timestamp (``Z`` or an offset) as milliseconds since 1970 UTC."""
    moment = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"timestamp without a zone: {timestamp}")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> str:
    """Return milliseconds since 1970 as ``YYYY-MM-DDTHH:mm:ss.SSSZ`` (FACTS 9.2)."""
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


class Clock:
    """A clock that stands still until it is told to move, or, without a start, follows the machine's clock.

    Args:
        start: RFC 3339 moment at which the clock stands; None follows real time.
    """

    def __init__(self, start: str | None = None) -> None:
        self._lock = threading.Lock()
        self._fixed_ms = None if start is None else to_ms(start)
        self._offset_ms = 0

    def now_ms(self) -> int:
        """Return the current moment in milliseconds since 1970 UTC."""
        with self._lock:
            if self._fixed_ms is not None:
                return self._fixed_ms
            return int(time.time() * 1000) + self._offset_ms

    def now(self) -> str:
        """Return the current moment as RFC 3339 UTC with milliseconds and ``Z``."""
        return from_ms(self.now_ms())

    def set(self, moment: str) -> None:
        """Stop the clock at ``moment`` (RFC 3339)."""
        with self._lock:
            self._fixed_ms = to_ms(moment)

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0, ms: int = 0) -> str:
        """Move the clock forward and return the new moment."""
        step = ms + round(1000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days))))
        with self._lock:
            if self._fixed_ms is not None:
                self._fixed_ms += step
            else:
                self._offset_ms += step
        return self.now()
