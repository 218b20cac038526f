"""``Api`` for Confluence Cloud."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import quote

from tap_confluence.api import searches
from tap_confluence.api.base import Identity
from tap_confluence.api.cloud.addresses import params_of, path_of, scope_of
from tap_confluence.api.cloud.cursors import next_cursor
from tap_confluence.api.cloud.listings import LABELLED, LISTINGS
from tap_confluence.api.cloud.offsets import MOST, OFFSETS, following
from tap_confluence.api.cloud.permissions import Permissions
from tap_confluence.api.cloud.searching import Searching
from tap_confluence.api.cloud.session import V1, V2, Session
from tap_confluence.api.listing import describe, named, one, rows
from tap_confluence.api.listing_limits import ListingLimits, by_container, most_of
from tap_confluence.api.page_size import PageSizer
from tap_confluence.api.query import BY_ID, ListingPage, Query, Record
from tap_confluence.api.walk import Walk
from tap_confluence.client.download import download
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceNotFoundError
from tap_confluence.client.site import Site
from tap_confluence.client.totals import Totals
from tap_confluence.client.transport import Request, Transport
from tap_confluence.normalise.details import user
from tap_confluence.normalise.sets import names_of
from tap_confluence.normalise.values import dig, identifier

MAX_IDS = 250
OF_CONTAINERS = ("attachments", "footer_comments", "inline_comments")
"""What v2 lists for the whole site, or on one page or blog post, and a search by space."""
HALF = 0.5
SEARCHED = frozenset(searches.SEARCHES) - {*OF_CONTAINERS, *BY_ID, "labelled"}
"""Kinds of which there is no list but a search."""
LIST_FORMATS = ("storage", "atlas_doc_format")
FORMATS = (*LIST_FORMATS, "view", "export_view", "anonymous_export_view", "styled_view", "editor")
"""Formats of a body, of lists and by id (FACTS 1.11)."""
SINGLE = {
    **{kind: kind for kind, listing in LISTINGS.items() if listing.one},
    **{f"{location}_replies": f"{location}_comments" for location in ("footer", "inline")},
}
"""Kinds whose ids can only be asked for one by one, and as what; pages and blog posts where a list has no such body."""


class CloudV2:
    """``Api`` for Confluence Cloud."""

    max_ids = MAX_IDS
    formats: tuple[str, ...] = FORMATS
    list_formats: tuple[str, ...] = LIST_FORMATS

    def __init__(self, transport: Transport, site: Site) -> None:
        """Take the transport, whose base ends where ``/api/v2`` begins, and the site as people see it."""
        self.transport = transport
        self.site = site
        self._session = Session(transport, site, self)
        self._searching = Searching(self._session, self)
        self._permissions = Permissions(transport)
        self._page_sizer = PageSizer(self._list)
        self._may_search = True

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

    def identity(self) -> Identity:
        """The account behind the credentials."""
        return self._session.identity()

    def max_spaces(self, kind: str) -> int:
        """Spaces that one listing of ``kind`` may name; 0 for a list that only exists for the whole site."""
        if kind == "spaces":
            return MAX_IDS
        if kind in (*SEARCHED, *OF_CONTAINERS):
            return searches.most_keys(self._session.space_keys.values())
        return LISTINGS[kind].max_spaces if kind in LISTINGS else 0

    def first_spaces(self, kind: str) -> int:
        """As many as a listing may name."""
        return self.max_spaces(kind)

    def offers(self, kind: str) -> bool:
        """Everything that the tap knows; ``kind`` is not looked at."""
        del kind
        return True

    def lag_minutes(self, query: Query) -> float:
        """A search may be behind by an unknown time (FACTS 2.10); a day is what others allow for (FACTS 2.7)."""
        return searches.LAG_MINUTES if _is_search(query) else 0.0

    def listing_limits(self, kind: str, spaces: int, share: float) -> ListingLimits:
        """Of what hangs on content the site's list comes from the database, and shows spaces that nobody wants."""
        most = self.max_spaces(kind)
        if kind in OF_CONTAINERS and (share >= HALF or not self._may_search):
            least = most_of(spaces) if self._may_search else 1
            return ListingLimits(most, changes_from=least, whole_from=least)
        if share < 1 or kind not in (*SEARCHED, *BY_ID):
            return ListingLimits(most)
        least = most_of(spaces, most + 1)
        return ListingLimits(most, changes_from=least, whole_from=None if kind in BY_ID else least)

    def page(self, query: Query, cursor: str | None = None) -> ListingPage:
        """One page of a listing; a page with bodies that is too heavy is asked for in smaller pieces."""
        if _is_single(query):
            query = replace(query, limit=1)
        elif _is_search(query):
            query = replace(query, limit=searches.most_rows(query))
        return self._page_sizer.page(query, cursor)

    def learn(self, container_spaces: Iterable[tuple[str, str]]) -> None:
        """Remember which space a page or blog post is in."""
        self._session.container_spaces.learn(container_spaces)

    def locate(self, records: Iterable[Record]) -> list[Record]:
        """Fill in the space of what only names its container, by ``pages?id=`` and ``blogposts?id=``, 250 at a time."""
        keys = self._session.space_keys
        found = self._session.container_spaces.locate(records)
        return [{**record, "space_key": keys.get(record["space_id"] or "")} for record in found]

    def download(self, record: Record, begin: Callable[[], Callable[[bytes], object]], max_bytes: int | None) -> None:
        """Fetch an attachment by v1, which redirects to the media host; links for browsers refuse tokens (FACTS 6)."""
        place = (quote(str(record[name]), safe="") for name in ("container_id", "id"))
        request = Request(
            path="{}/content/{}/child/attachment/{}/download".format(V1, *place),
            what=f"downloading attachment {record['id']}",
            params={"version": str(record["version"])} if record["version"] is not None else None,
            scope="readonly:content.attachment:confluence",
        )
        download(self.transport, request, begin, max_bytes=max_bytes)

    def watch_labels(self, names: Collection[str]) -> None:
        """Nothing: which contents bear a label is listed by the label, from the database."""

    def has_watched_label(self, content_id: str) -> bool:
        """No row of v2 tells labels (FACTS 1.13)."""
        del content_id
        return False

    def child_queries(self, query: Query, containers: Sequence[tuple[str, str]]) -> list[Query]:
        """Each content alone while they are few; replies by search, since v2 lists them by the comment they answer."""
        return by_container(query, containers, OF_CONTAINERS)

    def has_roles(self) -> bool | None:
        """By the site's role mode."""
        return self._permissions.has_roles()

    def hides(self, kind: str, content_id: str) -> bool:
        """By v1's content state."""
        return self._permissions.hides(kind, content_id)

    def page_id(self, space_key: str, title: str) -> str | None:
        """The current page with exactly this title: the filter may match loosely (FACTS 1.9), so compare."""
        found = self.page(Query("spaces", keys=(space_key,)))
        space_id = next((record["id"] for record in found.records if record["key"] == space_key), None)
        if space_id is None:
            return None
        what = f"finding page {title!r} in space {space_key}"
        params = {"space-id": space_id, "title": title, "status": "current", "limit": str(MAX_IDS)}
        answer = self.transport.ask(
            Request(path=f"{V2}/pages", what=what, params=params, scope=LISTINGS["pages"].scope)
        )
        return next((identifier(row.get("id")) for row in rows(answer, what) if row.get("title") == title), None)

    def child_pages(self, page_id: str) -> Iterator[str]:
        """The pages directly below a page, in the tree's order (FACTS 1.17)."""
        request = Request(
            path=f"{V2}/pages/{quote(page_id, safe='')}/direct-children",
            what=f"listing the children of page {page_id}",
            params={"limit": str(MAX_IDS), "sort": "child-position"},
            scope="read:hierarchical-content:confluence",
        )
        for found in self._searching.pages(request):
            yield from (str(row.get("id")) for row in found if row.get("type") == "page")

    def search(self, cql: str, expand: tuple[str, ...] = (), limit: int = MAX_IDS) -> Iterator[dict[str, Any]]:
        """The v1 content objects that a CQL query finds."""
        return self._searching.contents(cql, expand, limit)

    def count(self, query: Query) -> int | None:
        """By one search for a single row."""
        bare = replace(query, body_format=None, since=None)
        return self._searching.count(bare) if query.kind in searches.SEARCHES else None

    def _list(self, query: Query, cursor: str | None, heavy: bool) -> ListingPage:
        if _is_single(query):
            return self._single(query, int(cursor or 0))
        if query.kind == "users":
            return self._users(query)
        if query.kind == "labelled" and query.container is None:
            return self._labelled(query, cursor)
        if _is_search(query):
            return self._searched(query, cursor, heavy=heavy)
        if query.kind in OFFSETS:
            return self._offset(query, int(cursor or 0))
        listing, what = LISTINGS[query.kind], describe(query)
        params = params_of(listing, query)
        if params is None:
            return self._session.nothing()
        if cursor is not None:
            params["cursor"] = cursor
        path, scope = V2 + path_of(listing, query), scope_of(listing, query)
        answer = self.transport.ask(Request(path=path, what=what, params=params, heavy=heavy, scope=scope))
        context = self._session.context(query, answer)
        records = [listing.normalise(row, context) for row in rows(answer, what)]
        self._session.learn_from(query.kind, records)
        if listing.keep is not None:
            records = [record for record in records if listing.keep(record)]
        return self._session.page(query, records, next_cursor(answer, what), answer)

    def _searched(self, query: Query, cursor: str | None, *, heavy: bool) -> ListingPage:
        """By search; a token without the scope for it gets the site's list, which shows the same, and more."""
        has_list = query.kind in OF_CONTAINERS and not query.containers
        if self._may_search or not has_list:
            if "current" not in query.statuses:
                return self._session.nothing()
            try:
                return self._searching.page(query, cursor, heavy=heavy)
            except ConfluenceAuthError:
                if not has_list:
                    raise
                self._may_search = False
        return self._list(replace(query, space_ids=()), cursor, heavy)

    def _labelled(self, query: Query, cursor: str | None) -> ListingPage:
        """What bears a label, from the database: list after list; the cursor says which, and how far."""
        lists = [(kind, label_id) for name in query.labels for label_id in self._labels[name] for kind in LABELLED]
        number, _, place = (cursor or "0|").partition("|")
        if int(number) >= len(lists):
            return self._session.nothing()
        page = self._list(replace(query, labels=(), container=lists[int(number)]), place or None, heavy=False)
        if page.cursor is not None:
            return replace(page, cursor=f"{number}|{page.cursor}")
        following = int(number) + 1
        return replace(page, cursor=f"{following}|" if following < len(lists) else None)

    @cached_property
    def _labels(self) -> Mapping[str, Sequence[str]]:
        """The ids of all labels by name, and with the prefix, as which alone personal ones are meant (FACTS 9.10)."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for page in Walk(self, Query("labels")):
            for row in page.records:
                for name in names_of([row]):
                    found[name].append(row["label_id"])
        return found

    def _single(self, query: Query, index: int) -> ListingPage:
        """One of what can only be asked for singly, unless gone or hidden; the cursor is the place among the ids."""
        listing = LISTINGS[SINGLE[query.kind]]
        cursor = str(index + 1) if index + 1 < len(query.ids) else None
        content_id = query.ids[index]
        what = f"reading {query.kind} {content_id}"
        params = {"body-format": query.body_format} if query.body_format and listing.bodies else {}
        path = V2 + (listing.one or "").format(id=quote(content_id, safe=""))
        try:
            answer = self.transport.ask(Request(path=path, what=what, params=params, scope=listing.scope))
        except ConfluenceNotFoundError:
            return self._session.nothing(cursor)
        record = listing.normalise(one(answer, what), self._session.context(query, answer))
        return self._session.page(query, [record], cursor, answer)

    def _offset(self, query: Query, start: int) -> ListingPage:
        """A page of what v1 lists by ``start`` and ``limit``."""
        offset, what = OFFSETS[query.kind], describe(query)
        path = V1 + offset.path.format(id=quote(query.container[1] if query.container else "", safe=""))
        params = {"start": str(start), "limit": str(MOST), **({"expand": offset.expand} if offset.expand else {})}
        answer = self.transport.ask(Request(path=path, what=what, params=params, scope=offset.scope))
        context = self._session.context(query, answer)
        records = [record for row in rows(answer, what) for record in offset.normalise(row, context)]
        if query.kind == "groups":
            named(records, what)
        self.transport.counters.add(points=2 * len(records))
        linked = bool(dig(answer.data, "_links", "next"))
        return ListingPage(tuple(records), following(offset, start, len(records), linked=linked), answer.observed_at)

    def _users(self, query: Query) -> ListingPage:
        """Users by id; those that the site does not know are missing (FACTS 1.21)."""
        what = f"reading {len(query.ids)} users"
        json = {"accountIds": list(query.ids)}
        answer = self.transport.ask(
            Request(path=f"{V2}/users-bulk", what=what, json=json, scope="read:user:confluence")
        )
        context = self._session.context(query, answer)
        records = tuple(user(row, context) for row in rows(answer, "reading users"))
        self.transport.counters.add(points=2 * len(records))
        return ListingPage(records, None, answer.observed_at)


def _is_single(query: Query) -> bool:
    """Whether ids are asked for one by one."""
    if query.kind in BY_ID:
        return bool(query.ids) and query.body_format not in (None, *LIST_FORMATS)
    return bool(query.ids) and query.kind in SINGLE and (query.singly or not _is_search(query))


def _is_search(query: Query) -> bool:
    """Whether a search is the list: of what hangs on content it is the one by space (FACTS 1.14, 1.18)."""
    narrowed = query.kind in OF_CONTAINERS and bool(query.space_ids or query.containers)
    return query.container is None and (query.kind in SEARCHED or narrowed)
