"""The Confluence Query Language, as text: values quoted, clauses joined. Pure (FACTS 2.7 to 2.12).

Dates in CQL have minutes, and are read on the clock of a zone that is in dispute (FACTS 2.7), so moments are told
relative to now, which needs none (FACTS 2.9).
"""

from __future__ import annotations

from collections.abc import Iterable


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


def changed_within(minutes: int) -> str:
    """What changed in the last minutes.

    >>> changed_within(90)
    'lastmodified >= now("-90m")'
    """
    return f'lastmodified >= now("-{minutes}m")'


def both(*clauses: str) -> str:
    """What fits every clause; empty ones are left out.

    >>> both("type = comment", "", "space = ENG")
    'type = comment and space = ENG'
    """
    return " and ".join(clause for clause in clauses if clause)
