"""The Confluence Query Language, as text: values quoted, clauses joined. Pure (FACTS 2.7 to 2.12).

Dates in CQL have minutes, and are read on the clock of a zone that is in dispute (FACTS 2.7), so moments are told
relative to now, which needs none (FACTS 2.9).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

_MOST_MINUTES = 999_999


def quote(value: str) -> str:
    r"""A value in quotes: keys such as ``~712020:…`` are a parse error without (FACTS 2.12).

    >>> quote('say "hi"')
    '"say \\"hi\\""'
    """
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def within(field: str, values: Iterable[str]) -> str:
    """A field that holds one of these values.

    >>> within("space", ["ENG", "~ada"])
    'space in ("ENG", "~ada")'
    """
    return f"{field} in ({', '.join(map(quote, values))})"


def of_types(*types: str) -> str:
    """Content of these types.

    >>> of_types("comment")
    'type = comment'
    >>> of_types("page", "blogpost")
    'type in (page, blogpost)'
    """
    return f"type = {types[0]}" if len(types) == 1 else f"type in ({', '.join(types)})"


def changed_within(minutes: int) -> str:
    """What changed in the last minutes.

    >>> changed_within(90)
    'lastmodified >= now("-90m")'
    """
    return f"lastmodified >= {_before_now(minutes)}"


def from_here(moment: str, now: str, *, descending: bool) -> str:
    """What comes at a moment or behind it, and a little more: by creation, or ``descending`` by change.

    >>> from_here("2026-01-05T09:00:00.000Z", "2026-01-05T09:30:00.000Z", descending=False)
    'created >= now("-31m")'
    >>> from_here("2026-01-05T09:00:00.000Z", "2026-01-05T09:30:00.000Z", descending=True)
    'lastmodified <= now("-29m")'
    """
    minutes = minutes_back(moment, now)
    if descending:
        return f"lastmodified <= {_before_now(max(0, minutes - 2), later=True)}"
    return f"created >= {_before_now(minutes)}"


def _before_now(minutes: int, *, later: bool = False) -> str:
    """A moment before now, in six digits, since nobody tells how many a server takes.

    Long ago it is the hour before that moment, or the ``later`` one: more is asked for, never less.

    >>> _before_now(1_000_001), _before_now(1_000_001, later=True)
    ('now("-16667h")', 'now("-16666h")')
    """
    if minutes <= _MOST_MINUTES:
        return f'now("-{minutes}m")'
    hours = minutes // 60 if later else -(-minutes // 60)
    return f'now("-{hours}h")'


def both(*clauses: str) -> str:
    """What fits every clause; empty ones are left out.

    >>> both("type = comment", "", "space = ENG")
    'type = comment and space = ENG'
    """
    return " and ".join(clause for clause in clauses if clause)


def minutes_back(since: str, now: str) -> int:
    """How far back a moment lies: whole minutes, and one more for those that pass on the way.

    >>> minutes_back("2026-01-05T09:00:00.000Z", "2026-01-05T09:30:01.000Z")
    32
    """
    start, end = (datetime.fromisoformat(moment.replace("Z", "+00:00")) for moment in (since, now))
    return max(0, -((start - end) // timedelta(minutes=1))) + 1
