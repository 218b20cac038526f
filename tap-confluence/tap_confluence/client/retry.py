"""When to ask again and how long to wait before it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import backoff

_FIRST_YEAR, _LAST_YEAR = 1970, 9000
LONGEST_STEP = 60
"""Seconds at which the doubling stops."""


def delays(max_retries: int, jitter: Callable[[float], float] = backoff.random_jitter) -> Iterator[float]:
    """The waits before each retry: 1, 2, 4 … 60 seconds, each with up to a second of jitter.

    Args:
        max_retries: How many there are.
        jitter: Step to delay.
    """
    steps = backoff.expo(base=2, factor=1, max_value=LONGEST_STEP)
    next(steps)  # the generator's first value only starts it
    for _ in range(max_retries):
        yield jitter(next(steps))


def http_date(value: str | None) -> datetime | None:
    """An HTTP date as a moment in UTC; None when it is not one, or so far off that no server can mean it."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def retry_after(value: str | None, date: str | None) -> float | None:
    """Seconds that a ``Retry-After`` asks for (FACTS 5.4, 5.5).

    Args:
        value: The header: seconds, or an HTTP date, or None.
        date: The answer's ``Date`` header: the server's clock, against which its date is meant.

    Returns:
        Seconds, never negative; None when the header is absent or says nothing.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    moment = http_date(value)
    if moment is None:
        return None
    return max(0.0, (moment - (http_date(date) or datetime.now(timezone.utc))).total_seconds())
