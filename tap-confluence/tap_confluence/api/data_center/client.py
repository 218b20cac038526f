"""``Api`` for Confluence Data Center."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from tap_confluence.api import searches
from tap_confluence.api.base import Identity
from tap_confluence.api.data_center.content import KINDS, Contents
from tap_confluence.api.data_center.listings import LISTED, MISSING
from tap_confluence.api.data_center.paging import Offset, Place, cursor_of, following, stepped
from tap_confluence.api.data_center.parts import Parts
from tap_confluence.api.data_center.people import People
from tap_confluence.api.data_center.searching import Searching
from tap_confluence.api.data_center.session import API, Session
from tap_confluence.api.listing import describe, one, rows
from tap_confluence.api.listing_limits import ListingLimits, by_container, most_of
from tap_confluence.api.page_size import PageSizer
from tap_confluence.api.query import ItemFailure, ListingPage, Query, Record, Sort
from tap_confluence.client.download import download
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceConfigError,
    ConfluenceNotFoundError,
    ConfluenceResponseError,
)
from tap_confluence.client.site import Site, split
from tap_confluence.client.totals import Totals
from tap_confluence.client.transport import Request, Transport
from tap_confluence.normalise.values import identifier

MAX_IDS = 250
FORMATS = ("storage", "view", "export_view", "anonymous_export_view", "styled_view", "editor")
"""Formats of a body; there is no ADF."""


class DataCenter:
    """``Api`` for Data Center.

    Pages and blog posts of a space are listed by ``/content``, which reads the database; what changed, and all that
    hangs on something, by search. Where rows go on is counted by what came, and a list ends with an empty page
    (FACTS 7.3).
    """

    max_ids = MAX_IDS
    formats: tuple[str, ...] = FORMATS
    list_formats: tuple[str, ...] = FORMATS

    def __init__(self, transport: Transport, site: Site) -> None:
        """Take the transport, whose base is the site with its context path."""
        self.transport = transport
        self.site = site
        self._session = Session(transport, site)
        self._people = People(self._session)
        self._contents = Contents(self._session, self._people, self)
        self._searching = Searching(self._session, self._contents, self)
        self._parts = Parts(self._session, self._people)
        self._page_sizer = PageSizer(self._list)
        self._is_blocked = False

    @property
    def totals(self) -> Totals:
        """What all requests so far came to."""
        return self.transport.counters.totals

    def stop(self) -> None:
        """End every wait."""
        self.transport.stop()

    def close(self) -> None:
        """Give the connections back."""
        self.transport.close()

    def max_spaces(self, kind: str) -> int:
        """Spaces that one walk may cover; a list by id reads them one after the other."""
        if kind == "spaces":
            return MAX_IDS
        return searches.most_keys(self._session.space_keys.values()) if kind in KINDS else 0

    def first_spaces(self, kind: str) -> int:
        """``/content`` lists one space after the other, so that only within one do ids ascend."""
        return 1 if kind in LISTED else self.max_spaces(kind)

    def lag_minutes(self, query: Query) -> float:
        """All changes are found by search; what is listed space by space, or by id, is not behind."""
        if query.kind not in KINDS or query.singly or query.container is not None or self._is_listed(query):
            return 0.0
        return searches.LAG_MINUTES

    def _is_listed(self, query: Query) -> bool:
        return query.kind in LISTED and query.sort is Sort.ID and bool(query.space_ids) and not self._is_blocked

    def listing_limits(self, kind: str, spaces: int, share: float) -> ListingLimits:
        """A search need name no spaces where all are wanted."""
        most = self.max_spaces(kind)
        if share < 1 or kind not in KINDS:
            return ListingLimits(most)
        least = most_of(spaces, most + 1)
        return ListingLimits(most, changes_from=least, whole_from=None if kind in LISTED else least)

    def offers(self, kind: str) -> bool:
        """Whether Data Center has such a thing."""
        return kind not in MISSING

    def identity(self) -> Identity:
        """The account behind the credentials."""
        return self._session.identity()

    def page(self, query: Query, cursor: str | None = None) -> ListingPage:
        """One page of a listing; a page with bodies that is too heavy is asked for in smaller pieces."""
        if query.kind in KINDS:
            query = replace(query, limit=searches.most_rows(query))
        return self._page_sizer.page(query, cursor)

    def learn(self, container_spaces: Iterable[tuple[str, str]]) -> None:
        """Nothing: every row names its space."""

    def locate(self, records: Iterable[Record]) -> list[Record]:
        """The same records: every row names its space."""
        keys = self._session.space_keys
        return [{**record, "space_key": keys.get(record["space_id"] or "")} for record in records]

    def download(self, record: Record, begin: Callable[[], Callable[[bytes], object]], max_bytes: int | None) -> None:
        """Fetch an attachment by its link, with the same credentials, from this site alone (FACTS 6.4).

        Raises:
            ConfluenceResponseError: The link leads elsewhere.
        """
        url = record["download_url"] or ""
        if not url.startswith(f"{self.transport.base_url}/"):
            parts = split(url)
            there = parts.hostname if parts else None
            raise ConfluenceResponseError(f"attachment {record['id']}: its link leads to {there or 'no address'}")
        question = Request(path=url[len(self.transport.base_url) :], what=f"downloading attachment {record['id']}")
        download(self.transport, question, begin, max_bytes=max_bytes)

    def watch_labels(self, names: Collection[str]) -> None:
        """From now on rows show labels, their own and those of what they hang on, from the database."""
        self._contents.watched = frozenset(names)

    def has_watched_label(self, content_id: str) -> bool:
        """Whether a row of this run told that a content bears a watched label."""
        return content_id in self._contents.labelled_ids

    def child_queries(self, query: Query, containers: Sequence[tuple[str, str]]) -> list[Query]:
        """Attachments of each content alone while they are few, all else by search."""
        return by_container(query, containers, ("attachments",))

    def has_roles(self) -> bool | None:
        """There are none: roles are Cloud's."""
        return False

    def hides(self, kind: str, content_id: str) -> bool:
        """By a 403 where a missing content is a 404."""
        page = self._single(Query(kind, statuses=("any",)), content_id)
        return any(failure.http_status == HTTPStatus.FORBIDDEN for failure in page.failures)

    def page_id(self, space_key: str, title: str) -> str | None:
        """The current page with exactly this title."""
        params = {"type": "page", "spaceKey": space_key, "title": title, "status": "current", "limit": "25"}
        what = f"finding page {title!r} in space {space_key}"
        found = rows(self._session.ask(f"{API}/content", params, what), what)
        return next((identifier(row.get("id")) for row in found if row.get("title") == title), None)

    def child_pages(self, page_id: str) -> Iterator[str]:
        """The pages directly below a page, in the tree's order."""
        path = f"{API}/content/{quote(page_id, safe='')}/child/page"
        params = {"limit": str(searches.MOST_ROWS)}
        for row in self._searching.rows(path, params, f"listing the children of page {page_id}"):
            yield str(row.get("id"))

    def search(
        self, query: str, expand: tuple[str, ...] = (), limit: int = searches.MOST_ROWS
    ) -> Iterator[dict[str, Any]]:
        """The content objects that a CQL query finds."""
        return self._searching.contents(query, expand, limit)

    def count(self, query: Query) -> int | None:
        """By one search for a single row."""
        bare = replace(query, body_format=None, since=None)
        return self._searching.count(bare) if query.kind in searches.SEARCHES else None

    def _list(self, query: Query, cursor: str | None, heavy: bool) -> ListingPage:
        if self._parts.answers(query):
            return self._parts.page(query, cursor, heavy=heavy)
        if query.kind not in KINDS:
            raise ConfluenceConfigError(f"{query.kind}: Data Center has none; deselect the stream")
        if query.container is not None:
            return self._children(query, Offset.read(cursor), heavy=heavy)
        if query.ids:
            return self._by_id(query, int(cursor or 0), heavy=heavy)
        if query.kind in LISTED and query.sort is Sort.ID and query.space_ids and not self._is_blocked:
            return self._listed(query, cursor, heavy=heavy)
        return self._searching.page(query, cursor, heavy=heavy)

    def _listed(self, query: Query, cursor: str | None, *, heavy: bool) -> ListingPage:
        """Pages or blog posts of one space after the other: the cursor says which, and how far.

        Some administrators block the list with a 403 (FACTS 7.2); search is the way then.

        Raises:
            ConfluenceAuthError: A space refuses to be listed, and others do not: a search would show it as empty.
        """
        place = Place.read(cursor)
        params = {
            "type": LISTED[query.kind],
            "spaceKey": self._session.space_keys.of(self, query)[place.list],
            "status": ",".join(query.statuses),
            "expand": self._contents.expanded(query),
            "start": str(place.asked),
            "limit": str(place.limit(query.limit)),
        }
        try:
            answer = self._session.ask(f"{API}/content", params, describe(query), heavy=heavy)
        except ConfluenceAuthError as error:
            if error.http_status != HTTPStatus.FORBIDDEN or cursor is not None or not self._blocks_lists():
                raise
            return self._searching.page(query, None, heavy=heavy)
        found = rows(answer, describe(query))
        went = stepped(query, place, found, answer, lists=len(query.space_ids))
        further = cursor_of(went, query, bodies=KINDS[query.kind].bodies)
        return self._contents.page(query, found[went.seen :], further, answer)

    def _blocks_lists(self) -> bool:
        """Whether nothing at all may be listed, as opposed to one space."""
        params = {"type": "page", "status": "current", "limit": "1"}
        try:
            self._session.ask(f"{API}/content", params, "asking for any page")
        except ConfluenceAuthError as error:
            if error.http_status != HTTPStatus.FORBIDDEN:
                raise
            self._is_blocked = True
        return self._is_blocked

    def _children(self, query: Query, place: Offset, *, heavy: bool) -> ListingPage:
        """Attachments of one page or blog post.

        Raises:
            ConfluenceConfigError: Nothing of this kind hangs on such a thing.
        """
        container_type, container_id = query.container or ("", "")
        if query.kind != "attachments":
            raise ConfluenceConfigError(f"{query.kind} cannot be listed by {container_type}")
        params = {"expand": self._contents.expanded(query), "start": str(place.start), "limit": str(query.limit)}
        path = f"{API}/content/{quote(container_id, safe='')}/child/attachment"
        answer = self._session.ask(path, params, describe(query), heavy=heavy)
        found = rows(answer, describe(query))
        return self._contents.page(query, found, following(place, found, answer, describe(query)), answer)

    def _by_id(self, query: Query, start: int, *, heavy: bool) -> ListingPage:
        """Some of the ids by one search, which shows what is current; the others, and other statuses, one by one."""
        ids = query.ids[start : start + min(searches.MAX_IDS, query.limit)]
        cursor = str(start + len(ids)) if start + len(ids) < len(query.ids) else None
        page = ListingPage((), cursor, self._session.now())
        if not query.singly and query.statuses == ("current",):
            page = self._searching.page(replace(query, ids=ids, since=None), None, heavy=heavy)
        shown = {record["id"] for record in page.records} | {failure.id for failure in page.failures}
        others = [self._single(query, content_id) for content_id in ids if content_id not in shown]
        return replace(
            page,
            records=(*page.records, *(record for each in others for record in each.records)),
            failures=(*page.failures, *(failure for each in others for failure in each.failures)),
            cursor=cursor,
        )

    def _single(self, query: Query, content_id: str) -> ListingPage:
        what = f"reading {query.kind} {content_id}"
        status = "any" if len(query.statuses) > 1 else ",".join(query.statuses)
        params = {"status": status, "expand": self._contents.expanded(query)}
        try:
            answer = self._session.ask(f"{API}/content/{quote(content_id, safe='')}", params, what)
        except ConfluenceNotFoundError:
            return ListingPage((), None, self._session.now())
        except ConfluenceAuthError as error:
            if error.http_status != HTTPStatus.FORBIDDEN:
                raise
            return ListingPage((), None, self._session.now(), (ItemFailure.of(error, query.kind, content_id),))
        found = one(answer, what)
        if found.get("type") not in (None, *KINDS[query.kind].types):  # ids of all types are one kind here
            return ListingPage((), None, answer.observed_at)
        return self._contents.page(query, [found], None, answer)
