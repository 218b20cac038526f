"""Lists by search on Confluence Cloud: v1's CQL, paged by cursor (FACTS 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tap_confluence.api import searches
from tap_confluence.api.cloud.cursors import next_cursor
from tap_confluence.api.cloud.session import V1, Session
from tap_confluence.api.listing import describe, rows
from tap_confluence.api.query import ListingPage, Query, Sort
from tap_confluence.api.walk import Asked
from tap_confluence.client.errors import ConfluenceResponseError
from tap_confluence.client.transport import Request, Response

SCOPE = "search:confluence"


class Searching:
    """Answers by search."""

    def __init__(self, session: Session, api: Asked) -> None:
        """Take whom to ask, and who lists the spaces that CQL names by their keys."""
        self._session = session
        self._api = api

    def page(self, query: Query, cursor: str | None, *, heavy: bool) -> ListingPage:
        """A page of what CQL finds: the last one only where all came that the search told of (FACTS 11.4).

        Raises:
            ConfluenceResponseError: The search ended before its last row.
        """
        search, what = searches.SEARCHES[query.kind], describe(query)
        progress = searches.Progress.read(cursor)
        answer = self._ask(query, query.limit, cursor=progress.cursor, heavy=heavy)
        found = rows(answer, what)
        progress = progress.after(len(found), answer.data, next_cursor(answer, what), answer.observed_at)
        if progress.cursor is None and progress.missing > self._moved_ahead(query, progress):
            raise ConfluenceResponseError(
                f"{what}: the search ended after {progress.given} of {progress.total} rows; its index is not whole"
            )
        context = self._session.context(query, answer)
        records = [search.normalise(row, context) for row in searches.contents(found)]
        records = [record for record in records if search.keep is None or search.keep(record)]
        page = self._session.page(query, records, None if progress.cursor is None else str(progress), answer)
        return replace(page, newest=answer.observed_at)

    def count(self, query: Query) -> int | None:
        """How many rows a search tells of; one request for a single row."""
        return searches.total_of(self._ask(query, 1).data)

    def contents(self, cql: str, expand: tuple[str, ...], limit: int) -> Iterator[dict[str, Any]]:
        """The v1 content objects that a CQL query finds, paged by cursor alone (FACTS 2.5).

        The server lowers the limit silently by what is expanded (FACTS 2.6); only the missing link is the end.
        """
        params = {"cql": cql, "limit": str(limit), **({"expand": ",".join(expand)} if expand else {})}
        request = Request(path=f"{V1}/content/search", what=f"searching {cql}", params=params, scope=SCOPE)
        for found in self.pages(request):
            self._session.transport.counters.add(points=len(found))
            yield from found

    def pages(self, request: Request) -> Iterator[list[dict[str, Any]]]:
        """The rows of any listing by cursor, page by page.

        Raises:
            ConfluenceResponseError: A cursor came again.
        """
        seen: set[str] = set()
        params = dict(request.params or {})
        while True:
            answer = self._session.transport.ask(replace(request, params=params))
            yield rows(answer, request.what)
            cursor = next_cursor(answer, request.what)
            if cursor is None:
                return
            if cursor in seen:
                raise ConfluenceResponseError(f"{request.what}: the server's cursor repeats")
            seen.add(cursor)
            params = {**params, "cursor": cursor}

    def _ask(self, query: Query, limit: int, *, cursor: str | None = None, heavy: bool = False) -> Response:
        search, now = searches.SEARCHES[query.kind], self._session.transport.server_now()
        cql = searches.clauses(search, query, self._session.space_keys.of(self._api, query), now, cloud=True)
        params = searches.params(searches.expanded(search, query), cql, limit)
        if cursor is not None:
            params["cursor"] = cursor
        request = Request(path=f"{V1}/search", what=describe(query), params=params, heavy=heavy, scope=SCOPE)
        return self._session.transport.ask(request)

    def _moved_ahead(self, query: Query, progress: searches.Progress) -> int:
        """How many rows changed while they were listed by change: they jumped ahead of the walk (FACTS 1.6)."""
        if not progress.missing or query.sort is not Sort.NEWEST:
            return 0
        return self.count(replace(query, since=progress.began_at, body_format=None)) or 0
