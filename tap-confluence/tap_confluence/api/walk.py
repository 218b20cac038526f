"""A walk over a listing, and the proof that it was finished (ARCHITECTURE, wall 6).

Only ``Walk`` makes a ``Proof``, and only after the server itself said that there is no more, or the rows reached the
moment behind which everything is verified. A listing that failed, repeats itself, leads nowhere or was given up has
none, so that code which needs the proof cannot be reached (law 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NoReturn, Protocol

from tap_confluence.api.query import ListingPage, Query, Record
from tap_confluence.client.errors import ConfluenceError, ConfluenceResponseError, is_of_one

Enough = Callable[[Record], bool]
"""Whether a row lies so far back that all behind it is known."""
MAX_EMPTY_PAGES = 1000
"""Empty pages in a row after which a listing is taken for endless (FACTS 1.7 on empty pages that are not the end)."""
MAX_SAME_PAGES = 2
"""Times that a page may come again: an edit pushes a row onto the next page, and a page may hold one row only."""
_SEAL: Final = object()


class Asked(Protocol):
    """What can be asked for a page of a listing."""

    max_ids: int
    """How many ids one listing may name."""

    def page(self, query: Query, cursor: str | None = None) -> ListingPage:
        """One page of a listing, as ``Api.page`` tells."""


class Locating(Protocol):
    """Who knows in which space a row is."""

    def locate(self, records: Iterable[Record]) -> list[Record]:
        """The same records with their spaces, as ``Api.locate`` tells."""


class Proof:
    """Proof that a walk saw everything that it set out to see."""

    __slots__ = ("cursor", "first_observed_at", "query", "rows", "to_the_end", "whole")

    def __init__(
        self,
        seal: object,
        *,
        query: Query,
        cursor: str | None,
        rows: int,
        to_the_end: bool,
        whole: bool,
        first_observed_at: str,
    ) -> None:
        """Not for callers: ``Walk`` alone holds the seal."""
        if seal is not _SEAL:
            raise TypeError("a proof is made by walking")
        self.query: Final = query
        """What was listed."""
        self.cursor: Final = cursor
        """Where the walk began; None is the start."""
        self.rows: Final = rows
        """Rows seen."""
        self.to_the_end: Final = to_the_end
        """Whether the server's last page was read, and not only as far as needed."""
        self.whole: Final = whole
        """Whether every row from where the walk began came with an id: what is missing there then is not there."""
        self.first_observed_at: Final = first_observed_at
        """When the server answered the first request."""

    @property
    def is_complete(self) -> bool:
        """Whether everything that the listing holds was shown: from its start, to its end, each row with its id."""
        return self.whole and self.to_the_end and self.cursor is None

    def __reduce__(self) -> NoReturn:
        raise TypeError("a proof cannot be copied")


class Walk:
    """The pages of a listing: iterated once, then it has its proof.

    >>> pages = Walk(api, query)  # doctest: +SKIP
    >>> for page in pages: ...  # doctest: +SKIP
    >>> pages.proof  # doctest: +SKIP
    """

    def __init__(
        self,
        api: Asked,
        query: Query,
        *,
        cursor: str | None = None,
        enough: Enough | None = None,
        at_most: int | None = None,
    ) -> None:
        """Ask nothing yet.

        Args:
            api: Whom to ask.
            query: What to list.
            cursor: Where to go on; None is the start.
            enough: Tells of the *last* row of a page whether the walk may end there. The last, not the first: one row
                out of order must not hide those behind it.
            at_most: Give up after this many pages.
        """
        self._api = api
        self._query = query
        self._start = cursor
        self._enough = enough
        self._at_most = at_most
        self._rows = 0
        self._whole = True
        self._first_observed_at = ""
        self._ended = False
        self._to_the_end = False

    def __iter__(self) -> Iterator[ListingPage]:
        """Yield the pages.

        Raises:
            ConfluenceResponseError: A cursor or a page came again, or pages stay empty: it would never end (law 6).
            ConfluenceError: Whatever ``Api.page`` raises; being told to stop and a spent budget are among it.
        """
        cursor = self._start
        seen = {cursor}
        before: ListingPage | None = None
        empty = same = read = 0
        most_empty = len(self._query.ids) or MAX_EMPTY_PAGES
        while True:
            page = self._api.page(self._query, cursor)
            read += 1
            self._note(page)
            yield page
            cursor = page.cursor
            self._to_the_end = cursor is None
            self._ended = self._to_the_end or (
                self._enough is not None and bool(page.records) and self._enough(page.records[-1])
            )
            if self._ended or read == self._at_most:
                return
            empty = 0 if page.records or page.failures else empty + 1
            same = same + 1 if before is not None and _is_same(page.records, before.records) else 0
            if cursor in seen or empty > most_empty or same > MAX_SAME_PAGES:
                raise ConfluenceResponseError(
                    f"listing {self._query.kind}: the server's cursor repeats or leads nowhere"
                )
            seen.add(cursor)
            before = page

    @property
    def is_finished(self) -> bool:
        """Whether there is a proof."""
        return self._ended

    @property
    def proof(self) -> Proof:
        """The proof of a finished walk.

        Raises:
            ConfluenceResponseError: The walk was not finished.
        """
        if not self._ended:
            raise ConfluenceResponseError(f"listing {self._query.kind}: the walk ended without a proof")
        return self.so_far

    @property
    def so_far(self) -> Proof:
        """The proof of a range: all rows from where the walk began through its last page were shown, in its order."""
        return Proof(
            _SEAL,
            query=self._query,
            cursor=self._start,
            rows=self._rows,
            to_the_end=self._to_the_end,
            whole=self._whole,
            first_observed_at=self._first_observed_at,
        )

    def _note(self, page: ListingPage) -> None:
        self._rows += len(page.records)
        self._first_observed_at = self._first_observed_at or page.observed_at
        self._whole = self._whole and all(failure.id is not None for failure in page.failures)


def walk_ids(api: Asked, query: Query, ids: Sequence[str]) -> Iterator[ListingPage]:
    """The pages that show these rows, asked for by id, ``max_ids`` a listing; the gone and the hidden are missing.

    Raises:
        ConfluenceError: As ``Walk``.
    """
    for chunk in chunks(ids, api.max_ids):
        yield from Walk(api, replace(query, space_ids=(), ids=chunk))


def walk_ids_apart(
    api: Asked, query: Query, ids: tuple[str, ...], may_halve: Callable[[ConfluenceError], bool] = is_of_one
) -> Iterator[tuple[tuple[str, ...], list[ListingPage], ConfluenceError | None]]:
    """Ask for rows by id; a question that fails is halved until the row that breaks it is alone (law 16).

    Args:
        api: Whom to ask.
        query: What to list.
        ids: No more than one listing may name.
        may_halve: Whether an error may be that of one row; any other is raised.

    Yields:
        The ids of each question, its pages, and why a single row could not be read.
    """
    try:
        pages = list(Walk(api, replace(query, space_ids=(), ids=ids)))
    except ConfluenceError as error:
        if not may_halve(error):
            raise
        if len(ids) == 1:
            yield ids, [], error
            return
        for half in chunks(ids, -(-len(ids) // 2)):
            yield from walk_ids_apart(api, query, half, may_halve)
    else:
        yield ids, pages, None


def located(api: Locating, page: ListingPage) -> ListingPage:
    """A page with the spaces of its rows, asked for where only their container was told."""
    if all(record["space_id"] is not None for record in page.records):
        return page
    return replace(page, records=tuple(api.locate(page.records)))


def chunks(ids: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Ids, some at a time.

    >>> chunks(["1", "2", "3"], 2)
    [('1', '2'), ('3',)]
    """
    return [tuple(ids[start : start + size]) for start in range(0, len(ids), max(1, size))]


def _is_same(records: Sequence[Record], before: Sequence[Record]) -> bool:
    """Whether two pages show the same rows, whenever they were observed."""
    return (
        bool(records)
        and len(records) == len(before)
        and all(
            one.keys() == other.keys() and all(one[name] == other[name] for name in one if name != "observed_at")
            for one, other in zip(records, before, strict=True)
        )
    )
