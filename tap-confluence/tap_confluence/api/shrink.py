"""Listings that a server cannot deliver in one piece: fewer rows, down to one, and then that one without its body."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from tap_confluence.api.base import ItemFailure, ListingPage, Query
from tap_confluence.client.errors import ConfluenceTooHeavyError


class Shrinker:
    """Finds the page size that a server can bear, per walk, and grows it again after a success (FACTS 1.1).

    The cursor stays the same while the size changes: it says where to go on, not how far (FACTS 1.6).
    """

    def __init__(self, ask: Callable[[Query, str | None, bool], ListingPage]) -> None:
        """Take ``ask(query, cursor, heavy)``, which raises ``ConfluenceTooHeavyError`` at once when ``heavy``."""
        self._ask = ask
        self._limits: dict[Query, int] = {}
        self._lock = threading.Lock()

    def page(self, query: Query, cursor: str | None) -> ListingPage:
        """One page, as large as it may be and as small as it must be.

        Raises:
            ConfluenceError: Not even one row without its body came.
        """
        limit = min(query.limit, self._limits.get(query, query.limit))
        while (page := self._attempt(query, cursor, limit)) is None:
            limit = max(1, limit // 2)
            self._remember(query, limit)
        return page

    def _attempt(self, query: Query, cursor: str | None, limit: int) -> ListingPage | None:
        """One page of at most ``limit`` rows; None when that is too many."""
        try:
            page = self._ask(replace(query, limit=limit), cursor, limit > 1)
        except ConfluenceTooHeavyError as error:
            return self._without_body(query, cursor, error) if limit == 1 else None
        if limit < query.limit:
            self._remember(query, query.limit if page.cursor is None else limit * 2)
        return page

    def _remember(self, query: Query, limit: int) -> None:
        with self._lock:
            if limit >= query.limit:
                self._limits.pop(query, None)
            else:
                self._limits[query] = limit

    def _without_body(self, query: Query, cursor: str | None, error: ConfluenceTooHeavyError) -> ListingPage:
        """Step over the one row that cannot be read, so that the walk goes on and the row is reported."""
        if query.body_format is None:
            raise error
        page = self._ask(replace(query, limit=1, body_format=None), cursor, False)
        self._remember(query, 2)
        failures = tuple(
            ItemFailure(
                kind=query.kind,
                id=record["id"],
                space_id=record["space_id"],
                url=record["url"],
                http_status=error.http_status,
                stage="list",
                message=str(error),
                attempts=error.attempts,
            )
            for record in page.records
        )
        return replace(page, records=(), failures=page.failures + failures)
