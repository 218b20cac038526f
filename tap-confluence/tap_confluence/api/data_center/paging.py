"""Pages by ``start`` and ``limit`` that lose no row when others are removed in front of them (FACTS 7.3). Pure.

Each page begins with the last row of the page before: if that row is not there any more, something in front of it was
removed and rows moved up, so the walk goes back a page. Rows that come twice do no harm; rows that are skipped would.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Any

from tap_confluence.api.listing import describe
from tap_confluence.api.query import Query
from tap_confluence.client.errors import ConfluenceResponseError
from tap_confluence.client.transport import Response
from tap_confluence.normalise.values import dig, identifier


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands.

    Attributes:
        list: Which of several lists, one after the other.
        start: Rows in front of the next page, in this list.
        last: Id of the row before it; empty at the beginning, and after going back.
        base: Moment from which the list is asked for, in its order; empty for all of it.
        mark: Moment of the row before, by which the list is ordered; empty where it is not known.
    """

    list: int = 0
    start: int = 0
    last: str = ""
    base: str = ""
    mark: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> Place:
        """A cursor's place; None is the beginning."""
        if cursor is None:
            return cls()
        number, start, rest = cursor.split("|", 2)
        last, base, mark = rest.rsplit("|", 2)
        return cls(int(number), int(start), last, base, mark)

    def __str__(self) -> str:
        return f"{self.list}|{self.start}|{self.last}|{self.base}|{self.mark}"

    @property
    def asked(self) -> int:
        """The ``start`` to ask for."""
        return max(0, self.start - 1) if self.last else self.start

    @property
    def further(self) -> Place | None:
        """The same place in a list that begins here: some servers refuse to count far (FACTS 7.7). None if unknown."""
        if not self.start or not self.mark or self.mark == self.base:
            return None
        return Place(self.list, 0, self.last, self.mark, self.mark)

    def limit(self, rows: int) -> int:
        """The ``limit`` to ask for, so that ``rows`` new ones come."""
        return rows + 1 if self.last else rows


@dataclass(frozen=True, slots=True)
class Offset:
    """Where a walk stands in a list that has no memory of its own: rows so far, and a digest of the page before.

    Attributes:
        start: Rows in front of the next page.
        before: Digest of the page before; empty at the beginning.
    """

    start: int = 0
    before: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> Offset:
        """A cursor's place; None is the beginning.

        >>> Offset.read("200|0a1b")
        Offset(start=200, before='0a1b')
        """
        start, _, before = (cursor or "0").partition("|")
        return cls(int(start), before)

    def __str__(self) -> str:
        return f"{self.start}|{self.before}"

    def after(self, rows: Sequence[Mapping[str, Any]], *, linked: bool) -> Offset | None:
        """Where the walk goes on behind a page; None at the end, which is an empty page that links to no more.

        Args:
            rows: Of the page, as they came.
            linked: Whether the answer links to more.

        Raises:
            EndlessError: The page is the one before again, or empty with a link to more: ``start`` is not heeded, or
                the list never ends (FACTS 11.5).
        """
        if not rows:
            if linked:
                raise EndlessListError("the server shows an empty page and links to more")
            return None
        digest = blake2s(json.dumps(rows, sort_keys=True).encode(), digest_size=8).hexdigest()
        if digest == self.before:
            raise EndlessListError(f"the server shows the same {len(rows)} rows again, whatever start is asked for")
        return Offset(self.start + len(rows), digest)


class EndlessListError(Exception):
    """A list that repeats itself or never ends."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a page means for the walk.

    Attributes:
        seen: How many of its rows, from its beginning, were seen before.
        next: Where the walk goes on; None at the end.
    """

    seen: int
    next: Place | None


def step(place: Place, ids: Sequence[str], limit: int, lists: int, *, linked: bool = False) -> Step:
    """Judge a page by the ids of its rows.

    Args:
        place: Where it was asked for.
        ids: Of all rows that came.
        limit: Rows a page.
        lists: How many lists the walk covers.
        linked: Whether the answer links to more.

    Raises:
        EndlessError: There is nothing new on a page that links to more: ``start`` is not heeded, or the list never
            ends (FACTS 11.5).
    """
    if place.last and place.last not in ids:
        return Step(len(ids), Place(place.list, max(0, place.asked - limit), "", place.base))
    seen = ids.index(place.last) + 1 if place.last else 0
    if len(ids) > seen:
        return Step(seen, Place(place.list, place.asked + len(ids), ids[-1], place.base))
    if linked:
        raise EndlessListError(f"the server shows nothing new from start={place.asked} on, and links to more")
    return Step(seen, Place(place.list + 1) if place.list + 1 < lists else None)


def stepped(query: Query, place: Place, found: Sequence[Mapping[str, Any]], answer: Response, *, lists: int) -> Step:
    """What an answer means for a walk over content.

    Raises:
        ConfluenceResponseError: The list never ends.
    """
    ids = [identifier(row.get("id")) or "" for row in found]
    try:
        return step(place, ids, query.limit, lists, linked=_is_linked(answer))
    except EndlessListError as error:
        raise ConfluenceResponseError(f"{describe(query)}: {error}") from error


def cursor_of(went: Step, query: Query, *, bodies: bool) -> str | None:
    """The cursor of the next page; it must not begin with a row that was too heavy to be read with its body."""
    if went.next is None:
        return None
    stepped_over = bodies and query.body_format is None and query.limit == 1
    return str(replace(went.next, last="") if stepped_over else went.next)


def following(place: Offset, found: Sequence[Mapping[str, Any]], answer: Response, what: str) -> str | None:
    """The cursor behind a page of a list by ``start``; None at its end.

    Raises:
        ConfluenceResponseError: The list repeats itself or never ends.
    """
    try:
        further = place.after(found, linked=_is_linked(answer))
    except EndlessListError as error:
        raise ConfluenceResponseError(f"{what}: {error}") from error
    return None if further is None else str(further)


def _is_linked(answer: Response) -> bool:
    return bool(dig(answer.data, "_links", "next"))
