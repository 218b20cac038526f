"""Dates in CQL: minutes, no zone of their own, or relative to now (FACTS 2.7 to 2.9). Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from confluence_sim.cql.parse import CqlError, Function, Value

FORMS = {
    "%Y-%m-%d %H:%M": timedelta(minutes=1),
    "%Y/%m/%d %H:%M": timedelta(minutes=1),
    "%Y-%m-%d": timedelta(days=1),
    "%Y/%m/%d": timedelta(days=1),
}
"""The ways to write a moment, and how long it lasts."""
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


def _months_back(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _relative(function: Function, now: datetime) -> datetime:
    if function.name != "now" or len(function.arguments) > 1:
        raise CqlError(f"no such date function here: {function.name}")
    if not function.arguments:
        return now
    found = re.fullmatch(r"([+-]?)([0-9]{1,6})([yMwdhm])", function.arguments[0])
    if found is None:
        raise CqlError(f"not an increment: {function.arguments[0]}")
    amount = int(f"{found[1]}{found[2]}")
    if found[3] in UNITS:
        return now + timedelta(**{UNITS[found[3]]: amount})
    return _months_back(now, amount * (12 if found[3] == "y" else 1))


def span(value: Value, *, zone: ZoneInfo, now: datetime, gap_is_refused: bool) -> tuple[datetime, datetime]:
    """Return when a literal begins and when it ends (UTC, end not included).

    Args:
        value: the literal or ``now(...)``.
        zone: whose clock the literal is read on.
        now: the world's time.
        gap_is_refused: a local time that a change of clocks skips is an error (FACTS 2.8).

    Raises:
        CqlError: it is no date.
    """
    if isinstance(value, Function):
        begin = _relative(value, now)
        return begin, begin + timedelta(minutes=1)
    for form, length in FORMS.items():
        try:
            local = datetime.strptime(value, form).replace(tzinfo=zone)
        except ValueError:
            continue
        begin = local.astimezone(timezone.utc)
        if gap_is_refused and begin.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise CqlError(f"there is no such local time: {value}")
        return begin, (local + length).astimezone(timezone.utc)
    raise CqlError(f"Could not parse date: {value}")
