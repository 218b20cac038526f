"""Moments as the data model holds them: RFC 3339 UTC, milliseconds, ``Z``; so they compare as text. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import msgspec

is_canonical = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII).fullmatch
"""Tells whether a text is in the form of that notation."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch


def canonical_moment(value: str) -> str:
    """Return a moment in its one notation.

    Args:
        value: RFC 3339; without an offset it is UTC, without a time of day it is midnight.

    Raises:
        ValueError: It is no moment between the years 1 and 9999.
    """
    if is_canonical(value):
        return value
    written = f"{value}T00:00:00Z" if _DAY(value) else value
    try:
        moment = msgspec.convert(written, datetime)
        if moment.tzinfo is not None:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
        moment -= timedelta(microseconds=moment.microsecond % 1000)
    except (msgspec.ValidationError, OverflowError):
        raise ValueError(f"{value!r} is not a moment (RFC 3339)") from None
    return f"{moment.isoformat(timespec='milliseconds')}Z"
