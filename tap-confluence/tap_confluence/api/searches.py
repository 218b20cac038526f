"""What is listed by CQL, in both dialects: one table, one query, one bound for each thing (FACTS 2.4 to 2.12). Pure.

A search reads an index, which may be behind the truth or lack a part of it: what it does not show may still be there
(FACTS 2.10, 11.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote_plus

from tap_confluence.api import cql
from tap_confluence.api.query import Query, Record, Sort
from tap_confluence.normalise.sets import OPERATIONS, PRINCIPALS, labels_of, restrictions_of
from tap_confluence.normalise.v1 import attachment, comment, document, tree_item
from tap_confluence.normalise.values import Context

MAX_KEYS = 50
MAX_IDS = 100
"""Space keys, and ids, that one query names: no limit is known but that of the address (FACTS 2.12)."""
MOST_CHARACTERS = 4000
"""Letters that the keys of one query may take in its address: 8 kB are a usual limit of servers and proxies."""
MOST_ROWS = 200
MOST_BODIES = 50
"""Rows that a search gives at most with anything expanded, and with bodies; more is lowered silently (FACTS 2.6)."""
MOST_MINUTES = 60 * 24 * 365 * 10
"""Minutes back beyond which a list is not narrowed: how long such a number may be nobody tells."""
LAG_MINUTES = 24 * 60.0
"""How far the index may be behind: nobody knows (FACTS 2.10); a day is what others allow for (FACTS 2.7)."""


@dataclass(frozen=True, slots=True)
class Search:
    """How CQL lists one kind of thing.

    Attributes:
        types: What it is.
        expand: What to ask for beside the object itself.
        normalise: API object to record.
        keep: Which of the rows belong to this kind; None for all.
        bodies: Whether it has bodies.
        on_cloud: Types that only Cloud has, and that belong to this kind too.
    """

    types: tuple[str, ...]
    expand: tuple[str, ...]
    normalise: Callable[[Mapping[str, Any], Context], Record]
    keep: Callable[[Record], bool] | None = None
    bodies: bool = False
    on_cloud: tuple[str, ...] = ()


_ALWAYS = ("version", "history", "space")


def _comments(location: str, *, replies: bool) -> Search:
    return Search(
        types=("comment",),
        expand=(*_ALWAYS, "container", "ancestors", "extensions.inlineProperties", "extensions.resolution"),
        normalise=comment,
        keep=partial(_stands, location, replies),
        bodies=True,
    )


def _stands(location: str, replies: bool, record: Record) -> bool:
    """Whether a comment belongs to a kind; one that does not tell its location may be of any."""
    return record["location"] in (location, None) and (record["parent_comment_id"] is not None) == replies


_LABELLED = ("page", "blogpost", "attachment")
SEARCHES: Mapping[str, Search] = {
    "pages": Search(("page",), (*_ALWAYS, "ancestors"), partial(document, kind="page"), bodies=True),
    "blogposts": Search(("blogpost",), _ALWAYS, partial(document, kind="blogpost"), bodies=True),
    "attachments": Search(("attachment",), (*_ALWAYS, "container"), attachment),
    **{f"{location}_comments": _comments(location, replies=False) for location in ("footer", "inline")},
    **{f"{location}_replies": _comments(location, replies=True) for location in ("footer", "inline")},
    **{
        f"{kind}s": Search((kind,), (*_ALWAYS, "ancestors"), partial(tree_item, kind=kind))
        for kind in ("folder", "whiteboard", "database", "embed")
    },
    "labelled": Search(_LABELLED, ("space", "history"), labels_of),
    "content_labels": Search(_LABELLED, ("space", "history", "container", "metadata.labels"), labels_of),
    "content_restrictions": Search(
        ("page", "blogpost"),
        (
            *("space", "history"),
            *(f"restrictions.{name}.restrictions.{kind}" for name in OPERATIONS for kind in PRINCIPALS),
        ),
        restrictions_of,
        on_cloud=("folder",),
    ),
}
_ORDERS = {Sort.ID: "created asc", Sort.NEWEST: "lastmodified desc"}


def most_rows(query: Query) -> int:
    """Rows to ask for: no more than come, so that a lowered limit is never met."""
    return min(query.limit, MOST_BODIES if query.body_format else MOST_ROWS)


def most_keys(keys: Iterable[str]) -> int:
    """How many of these space keys one query may name, whichever they are.

    >>> most_keys(["ENG", "HR"])
    50
    >>> most_keys(["~" + 250 * "ä"])
    2
    """
    longest = max((len(quote_plus(cql.quote(key) + ", ")) for key in keys), default=1)
    return max(1, min(MAX_KEYS, MOST_CHARACTERS // longest))


def expanded(search: Search, query: Query) -> tuple[str, ...]:
    """What a list of this kind asks for."""
    return (*search.expand, f"body.{query.body_format}") if query.body_format and search.bodies else search.expand


def clauses(search: Search, query: Query, keys: Sequence[str], now: str, *, base: str = "", cloud: bool = False) -> str:
    """The query in CQL.

    Args:
        search: What is listed.
        query: How.
        keys: Keys of its spaces.
        now: The server's clock.
        base: Moment at which the list is to begin, in its order; empty for all of it.
        cloud: Whether there is what only Cloud has.
    """
    types = (*search.types, *(search.on_cloud if cloud else ()), *query.types)
    found = cql.both(
        cql.of_types(*types),
        cql.within("content", query.ids) if query.ids else "",
        cql.within("container", query.containers) if query.containers else "",
        cql.within("label", query.labels) if query.labels else "",
        cql.within("space", keys) if keys else "",
        _changed_since(query.since, now),
        cql.from_here(base, now, descending=query.sort is Sort.NEWEST) if base else "",
    )
    return f"{found} order by {_ORDERS[query.sort]}"


def _changed_since(since: str | None, now: str) -> str:
    """What changed since a moment; nothing for one before all changes, where no row has been seen so far."""
    minutes = MOST_MINUTES if since is None else cql.minutes_back(since, now)
    return cql.changed_within(minutes) if minutes < MOST_MINUTES else ""


def params(expand: Iterable[str], cql_text: str, limit: int) -> dict[str, str]:
    """The query string of ``/search``, which alone can look into archived spaces too (FACTS 2.14)."""
    return {
        "cql": cql_text,
        "expand": ",".join(f"content.{name}" for name in expand),
        "limit": str(limit),
        "includeArchivedSpaces": "true",
        "excerpt": "none",
    }


def contents(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The content objects in the envelopes of a search's answer."""
    return [content for row in rows if isinstance(content := row.get("content"), dict)]


def total_of(answer: object) -> int | None:
    """How many rows a search says it found in all; None where it does not say."""
    total = answer.get("totalSize") if isinstance(answer, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search by cursor has come: the cursor of our own walk, around the server's.

    Attributes:
        cursor: The server's cursor; None at the start.
        given: Rows that came.
        total: The least number of rows that an answer told of; None when none did.
        began_at: When the first answer came.
    """

    cursor: str | None = None
    given: int = 0
    total: int | None = None
    began_at: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> Progress:
        """The progress that a cursor tells; one of an earlier release is the server's alone.

        >>> str(Progress.read("200|317|2026-01-05T09:00:00.000Z|_sa_abc"))
        '200|317|2026-01-05T09:00:00.000Z|_sa_abc'
        >>> Progress.read("_sa_abc|").cursor
        '_sa_abc|'
        """
        if cursor is None:
            return cls()
        parts = cursor.split("|", 3)
        if len(parts) != 4 or not parts[0].isdecimal() or not (parts[1] or "0").isdecimal():  # noqa: PLR2004 - as written
            return cls(cursor)
        return cls(parts[3], int(parts[0]), int(parts[1]) if parts[1] else None, parts[2])

    def __str__(self) -> str:
        return f"{self.given}|{'' if self.total is None else self.total}|{self.began_at}|{self.cursor}"

    def after(self, found: int, answer: object, cursor: str | None, observed_at: str) -> Progress:
        """The progress after an answer with ``found`` rows."""
        if self.cursor is not None and not self.began_at:
            return Progress(cursor)  # what came before is not known
        totals = [total for total in (self.total, total_of(answer)) if total is not None]
        return Progress(cursor, self.given + found, min(totals, default=None), self.began_at or observed_at)

    @property
    def missing(self) -> int:
        """Rows that the search told of and did not give, so far."""
        return max(0, (self.total or 0) - self.given)
