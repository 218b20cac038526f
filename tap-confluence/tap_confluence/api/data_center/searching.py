"""Lists by search on Data Center: CQL, paged by ``start`` (FACTS 7.3, 7.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tap_confluence.api import searches
from tap_confluence.api.data_center.content import KINDS, Contents
from tap_confluence.api.data_center.paging import Offset, Place, cursor_of, following, stepped
from tap_confluence.api.data_center.session import API, Session
from tap_confluence.api.listing import describe, rows
from tap_confluence.api.query import ListingPage, Query, Sort
from tap_confluence.api.walk import Asked
from tap_confluence.client.errors import ConfluenceRequestError, ConfluenceResponseError
from tap_confluence.normalise.values import dig, timestamp


class Searching:
    """Answers by search."""

    def __init__(self, session: Session, contents: Contents, api: Asked) -> None:
        """Take whom to ask, who makes pages, and who lists the spaces that CQL names by their keys."""
        self._session = session
        self._contents = contents
        self._api = api

    def page(self, query: Query, cursor: str | None, *, heavy: bool) -> ListingPage:
        """A page of what CQL finds; a server that refuses to count on is asked from the last row on (FACTS 7.7)."""
        place = Place.read(cursor)
        try:
            return self._page(query, place, heavy=heavy)
        except ConfluenceRequestError:
            if (further := place.further) is None:
                raise
            return self._page(query, further, heavy=heavy)

    def count(self, query: Query) -> int | None:
        """How many rows a search tells of; one request for a single row."""
        params = searches.params((), self._cql(query), 1)
        return searches.total_of(self._session.ask(f"{API}/search", params, f"counting {query.kind}").data)

    def contents(self, cql: str, expand: tuple[str, ...], limit: int) -> Iterator[dict[str, Any]]:
        """The content objects that a CQL query finds."""
        params = {"cql": cql, "limit": str(limit), "expand": ",".join(expand)}
        return self.rows(f"{API}/content/search", params, f"searching {cql}")

    def rows(self, path: str, params: dict[str, str], what: str) -> Iterator[dict[str, Any]]:
        """The rows of any listing by ``start``."""
        place: str | None = ""
        while place is not None:
            at = Offset.read(place or None)
            answer = self._session.ask(path, {**params, "start": str(at.start)}, what)
            found = rows(answer, what)
            yield from found
            place = following(at, found, answer, what)

    def _cql(self, query: Query, base: str = "") -> str:
        keys = self._session.space_keys.of(self._api, query)
        return searches.clauses(searches.SEARCHES[query.kind], query, keys, self._session.now(), base=base)

    def _page(self, query: Query, place: Place, *, heavy: bool) -> ListingPage:
        if "current" not in query.statuses:
            return ListingPage((), None, self._session.now())
        what = describe(query)
        cql = self._cql(query, place.base)
        names = self._contents.expanded(query).split(",")
        params = {**searches.params(names, cql, place.limit(query.limit)), "start": str(place.asked)}
        answer = self._session.ask(f"{API}/search", params, what, heavy=heavy)
        found = searches.contents(rows(answer, what))
        went = stepped(query, place, found, answer, lists=1)
        total = searches.total_of(answer.data)
        if went.next is None and total is not None and (given := place.asked + len(found)) < total:
            raise ConfluenceResponseError(
                f"{what}: the search ended after {given} of {total} rows; its index is not whole"
            )
        if went.next is not None and found:
            went = replace(went, next=replace(went.next, mark=_moment(found[-1], query.sort)))
        cursor = cursor_of(went, query, bodies=KINDS[query.kind].bodies)
        page = self._contents.page(query, found[went.seen :], cursor, answer)
        return replace(page, newest=answer.observed_at)


def _moment(row: dict[str, Any], sort: Sort) -> str:
    """The moment by which a search has put a row in its place, as far as the row tells."""
    path = ("version", "when") if sort is Sort.NEWEST else ("history", "createdDate")
    return timestamp(dig(row, *path)) or ""
