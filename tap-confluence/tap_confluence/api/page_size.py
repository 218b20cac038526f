"""Listings that a server cannot deliver in one piece: fewer rows, down to one, and then that one without its body."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from tap_confluence.api.query import ItemFailure, ListingPage, Query
from tap_confluence.client.errors import ConfluenceCursorError, ConfluenceTooHeavyError

PATIENCE = 16
"""Pages of a size that passes before one that failed is tried again, and twice as many each time after that."""
NEAR = 4
"""Sizes closer than a quarter of the one that passes are not told apart: each try may cost a server's timeout."""
CAREFUL = 25
"""Rows a page for a server that failed and wants one size from the first page on."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """What is known of the pages of one walk.

    Attributes:
        limit: Rows to ask for next.
        failed: The smallest size that failed; None where none did, or long ago.
        passed: Pages in a row that came, since the size stands still.
        given: The size of the last page that came, which gave the cursor.
        patience: Pages that must come before a size that failed is tried again.
        fixed: The server refuses a cursor under another size than that which gave it (FACTS 1.6).
    """

    limit: int
    failed: int | None = None
    passed: int = 0
    given: int | None = None
    patience: int = PATIENCE
    fixed: bool = False

    def after_failure(self, size: int) -> PageSize:
        """As many as came last, or half of what failed."""
        limit = self.given if self.given is not None and self.given < size else max(1, size // 2)
        return replace(self, limit=limit, failed=size, passed=0)

    def after_success(self, size: int, most: int) -> PageSize:
        """Larger again: twice as large, or half way to what failed, or after a while that once more.

        Where only a single row came at last, it was no matter of size: a server that was ill, or one bad row before.
        """
        found = replace(self, given=size)
        if self.fixed:
            return found
        if self.failed is None or size == 1:
            return replace(found, limit=min(most, size * 2), failed=None)
        if (self.failed - size) * NEAR > size and self.failed - size > 1:
            return replace(found, limit=(size + self.failed) // 2)
        if self.passed + 1 < self.patience:
            return replace(found, limit=size, passed=self.passed + 1)
        return replace(found, limit=self.failed, failed=None, passed=0, patience=self.patience * 2)


class PageSizer:
    """Finds the page size that a server can bear, per walk, and remembers which it cannot (FACTS 1.1).

    The cursor stays the same while the size changes: it says where to go on, not how far. That is not promised
    (FACTS 1.6): a server that refuses it gets the size that the cursor came with, from then on. Where that is what
    fails, the walk must begin again, and then keeps to small pages.
    """

    def __init__(self, ask: Callable[[Query, str | None, bool], ListingPage]) -> None:
        """Take ``ask(query, cursor, heavy)``; ``heavy`` says that fewer rows could be asked for."""
        self._ask = ask
        self._sizes: dict[Query, PageSize] = {}
        self._careful: set[Query] = set()
        self._lock = threading.Lock()

    def page(self, query: Query, cursor: str | None) -> ListingPage:
        """One page, as large as it may be and as small as it must be.

        Raises:
            ConfluenceError: Not even one row without its body came, or it is not a matter of size.
        """
        size = self._known(query)
        while True:
            limit = min(query.limit, size.limit)
            try:
                page = self._ask(replace(query, limit=limit), cursor, limit > 1)
            except ConfluenceTooHeavyError as error:
                if limit == 1:
                    return self._without_body(query, cursor, error)
                if not error.divisible:
                    raise
                size = self._smaller(query, size, limit, cursor)
            except ConfluenceCursorError:
                given = size.given or query.limit
                if cursor is None or given == limit:
                    raise
                size = replace(size, limit=given, fixed=True)
            else:
                self._remember(query, size.after_success(limit, query.limit))
                return page

    def _smaller(self, query: Query, size: PageSize, limit: int, cursor: str | None) -> PageSize:
        """The next size to try.

        Raises:
            ConfluenceCursorError: The server takes the cursor with the size that failed, and with no other.
        """
        if size.fixed and cursor is not None:
            with self._lock:
                self._careful.add(_walk(query))
            self._remember(query, PageSize(min(query.limit, CAREFUL), fixed=True))
            raise ConfluenceCursorError(
                f"listing {query.kind}: pages of {limit} rows are too heavy, and the server refuses to change their"
                " size; the walk begins again"
            )
        return size.after_failure(limit)

    def _known(self, query: Query) -> PageSize:
        with self._lock:
            if _walk(query) in self._careful and query not in self._sizes:
                return PageSize(min(query.limit, CAREFUL), fixed=True)
            return self._sizes.get(query, PageSize(query.limit))

    def _remember(self, query: Query, size: PageSize) -> None:
        """Keep what differs from the beginning of a walk; ``given`` matters where the size has changed or may."""
        with self._lock:
            if size.fixed or size.failed is not None or size.limit < query.limit or query in self._sizes:
                self._sizes[query] = size

    def _without_body(self, query: Query, cursor: str | None, error: ConfluenceTooHeavyError) -> ListingPage:
        """Step over the one row that cannot be read, so that the walk goes on and the row is reported."""
        if query.body_format is None:
            raise error
        page = self._ask(replace(query, limit=1, body_format=None), cursor, False)
        self._remember(query, PageSize(min(query.limit, 2), given=1))
        failures = tuple(
            ItemFailure.of(error, query.kind, record["id"], space_id=record["space_id"], url=record["url"])
            for record in page.records
        )
        return replace(page, records=(), failures=page.failures + failures)


def _walk(query: Query) -> Query:
    """What two walks over the same rows have in common, with bodies or without."""
    return replace(query, body_format=None, limit=0)
