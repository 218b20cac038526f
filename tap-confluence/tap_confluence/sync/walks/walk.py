"""A walk over a listing, and the proof that it was finished (ARCHITECTURE, wall 6).

Only ``walk`` makes a ``Complete``, and only after the server itself said that there is no more, or the rows reached the
moment behind which everything is verified. An error, a cursor that repeats and an endless listing raise instead, so
that code which needs the proof cannot be reached (law 6).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final, NoReturn, TypeVar

from tap_confluence.api.base import Api, ListingPage, Query, Record
from tap_confluence.api.base import walk as pages_of

Enough = Callable[[Record], bool]
"""Whether a row lies so far back that all behind it is known."""

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
OtherT = TypeVar("OtherT")
_SEAL: Final = object()


class Complete:
    """Proof that a walk saw everything that it set out to see."""

    __slots__ = ("first_observed_at", "query", "rows", "to_the_end", "whole")

    def __init__(
        self, seal: object, *, query: Query, rows: int, to_the_end: bool, whole: bool, first_observed_at: str
    ) -> None:
        """Not for callers: ``walk`` alone holds the seal."""
        if seal is not _SEAL:
            raise TypeError("a proof is made by walking")
        self.query: Final = query
        """What was listed."""
        self.rows: Final = rows
        """Rows seen."""
        self.to_the_end: Final = to_the_end
        """Whether the server's last page was read, and not only as far as needed."""
        self.whole: Final = whole
        """Whether every row came with an id, from the first page on: what is missing then is not there."""
        self.first_observed_at: Final = first_observed_at
        """When the server answered the first request."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("a proof cannot be copied")


def drain(pages: Generator[ItemT, None, ResultT], take: Callable[[ItemT], object]) -> ResultT:
    """Hand every item to ``take``; returns what the generator returned."""
    while True:
        try:
            item = next(pages)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return] # StopIteration is not generic
        take(item)


def mapped(pages: Generator[ItemT, None, ResultT], make: Callable[[ItemT], OtherT]) -> Generator[OtherT, None, ResultT]:
    """Every item, made into something else; the result stays."""
    while True:
        try:
            item = next(pages)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return] # StopIteration is not generic
        yield make(item)


def walk(
    api: Api, query: Query, *, cursor: str | None = None, enough: Enough | None = None, at_most: int | None = None
) -> Generator[ListingPage, None, Complete | None]:
    """Yield the pages of a listing.

    Args:
        api: Whom to ask.
        query: What to list.
        cursor: Where to go on; None is the start.
        enough: Tells of the *last* row of a page whether the walk may end there. The last, not the first: one row out
            of order must not hide those behind it.
        at_most: Give up after this many pages.

    Returns:
        The proof; None when the walk was given up at ``at_most`` pages.

    Raises:
        ConfluenceError: The walk failed.
    """
    rows = 0
    whole = cursor is None
    first_observed_at = ""
    for read, page in enumerate(pages_of(api, query, cursor), start=1):
        rows += len(page.records)
        first_observed_at = first_observed_at or page.observed_at
        whole = whole and all(failure.id is not None for failure in page.failures)
        yield page
        at_end = page.cursor is None
        if at_end or (enough is not None and page.records and enough(page.records[-1])):
            return Complete(
                _SEAL, query=query, rows=rows, to_the_end=at_end, whole=whole, first_observed_at=first_observed_at
            )
        if read == at_most:
            return None
    raise AssertionError("a listing ends with a page without a cursor")  # pragma: no cover - pages_of guarantees it
