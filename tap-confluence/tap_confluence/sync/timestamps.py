"""Arithmetic on the one notation of a moment: ``YYYY-MM-DDTHH:mm:ss.SSSZ``, which compares as text. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

EPOCH = "1970-01-01T00:00:00.000Z"
"""Verified through the beginning of time: the bookmark where nothing was ever to be seen."""

NEVER = "9999-12-31T23:59:59.999Z"
"""Later than any moment."""


def parse(moment: str) -> datetime:
    """A moment as an aware ``datetime``."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00"))


def render(moment: datetime) -> str:
    """An aware UTC ``datetime`` in the one notation."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def earlier(moment: str, *, minutes: float) -> str:
    """``moment`` less some minutes, never before ``EPOCH``."""
    if moment <= EPOCH:
        return EPOCH
    return max(EPOCH, render(parse(moment) - timedelta(minutes=minutes)))


def end_of_second(moment: str) -> str:
    """The last millisecond of the second that a server's clock tells; a moment with a fraction is as it is."""
    return f"{moment[:-4]}999Z" if moment.endswith(".000Z") else moment


def days_between(start: str, end: str) -> float:
    """Days from ``start`` to ``end``; negative when ``end`` is earlier."""
    return (parse(end) - parse(start)) / timedelta(days=1)


def later(moment: str, *, days: float) -> str:
    """``moment`` and some days, never after the year 9999."""
    try:
        return render(parse(moment) + timedelta(days=days))
    except OverflowError:
        return "9999-12-31T23:59:59.999Z"
