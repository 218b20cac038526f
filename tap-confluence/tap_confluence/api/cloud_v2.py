"""Confluence Cloud by its v2 API, with v1 where v2 has nothing."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from tap_confluence.api import searches
from tap_confluence.api.base import BY_ID, Identity, ListingPage, Query, Record, Sort
from tap_confluence.api.container_spaces import ContainerSpaces
from tap_confluence.api.listing import identity_refused, named, next_cursor, one, rows
from tap_confluence.api.listing_limits import ListingLimits, by_container, most_of
from tap_confluence.api.page_size import PageSizer
from tap_confluence.api.v1_offsets import MOST, OFFSETS, following
from tap_confluence.api.v2_listings import (
    LISTINGS,
    MAX_SPACES,
    Listing,
    describe,
    incomplete,
    lacks,
    params_of,
    path_of,
    scope_of,
)
from tap_confluence.api.walk import Walk
from tap_confluence.client.download import download
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceNotFoundError,
    ConfluenceRequestError,
    ConfluenceResponseError,
)
from tap_confluence.client.site import Site
from tap_confluence.client.totals import Totals
from tap_confluence.client.transport import Request, Response, Transport
from tap_confluence.normalise.details import user
from tap_confluence.normalise.sets import names_of
from tap_confluence.normalise.values import Context, dig, identifier, text

V2 = "/api/v2"
V1 = "/rest/api"
MAX_IDS = 250
CURRENT_USER = Request(path=f"{V1}/user/current", what="identity check", scope="read:confluence-user")
SEARCH_SCOPE = "search:confluence"
OF_CONTAINERS = ("attachments", "footer_comments", "inline_comments")
"""What v2 lists for the whole site, or on one page or blog post, and a search by space."""
HALF = 0.5
LABELLED = ("pages_with_label", "blogposts_with_label", "attachments_with_label")
"""What may bear labels, as ``v2_listings`` calls the lists of it."""
SEARCHED = frozenset(searches.SEARCHES) - {*OF_CONTAINERS, "pages", "blogposts", "labelled"}
"""Kinds of which there is no list but a search."""
LIST_FORMATS = ("storage", "atlas_doc_format")
FORMATS = (*LIST_FORMATS, "view", "export_view", "anonymous_export_view", "styled_view", "editor")
"""Formats of a body, of lists and by id (FACTS 1.11)."""
SINGLE = {
    "pages": "pages",
    "blogposts": "blogposts",
    "attachments": "attachments",
    **{kind: kind for kind in ("folders", "whiteboards", "databases", "embeds")},
    **{
        f"{location}_{part}": f"{location}_comments"
        for location in ("footer", "inline")
        for part in ("comments", "replies")
    },
}
"""Kinds whose ids can only be asked for one by one, and as what; pages and blog posts where a list has no such body."""


class CloudV2:
    """``Api`` for Confluence Cloud."""

    max_space_ids = MAX_SPACES
    max_ids = MAX_IDS
    formats: tuple[str, ...] = FORMATS
    list_formats: tuple[str, ...] = LIST_FORMATS

    def __init__(self, transport: Transport, site: Site) -> None:
        """Take the transport, whose base ends where ``/api/v2`` begins, and the site as people see it."""
        self.transport = transport
        self.site = site
        self._space_keys: dict[str, str] = {}
        self._space_names: dict[str, str | None] = {}
        self._container_spaces = ContainerSpaces(self._find_homes)
        self._page_sizer = PageSizer(self._list)
        self._may_ask_state = True
        self._may_search = True
        self._mode: str | None = None
        self._asking_mode = threading.Lock()

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
        """The account behind the credentials, by v1 ``user/current`` (FACTS 4.7 to 4.9).

        Raises:
            ConfluenceAuthError: Nobody, or somebody anonymous.
        """
        try:
            answer = self.transport.ask(CURRENT_USER)
        except ConfluenceAuthError as error:
            raise identity_refused(error) from error
        account_id = identifier(dig(answer.data, "accountId"))
        if account_id is None or dig(answer.data, "type") == "anonymous":
            raise ConfluenceAuthError(
                f"identity check at {self.transport.base_url}: the site takes these credentials for nobody (anonymous)"
            )
        return Identity(account_id, text(dig(answer.data, "displayName")), self.site.url)

    def max_spaces(self, kind: str) -> int:
        """Spaces that one listing of ``kind`` may name; 0 for a list that only exists for the whole site."""
        if kind == "spaces":
            return MAX_IDS
        if kind in (*SEARCHED, *OF_CONTAINERS):
            return searches.most_keys(self._space_keys.values())
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
        self._container_spaces.learn(container_spaces)

    def locate(self, records: Iterable[Record]) -> list[Record]:
        """Fill in the space of what only names its container, by ``pages?id=`` and ``blogposts?id=``, 250 at a time."""
        found = self._container_spaces.locate(records)
        return [{**record, "space_key": self._space_keys.get(record["space_id"] or "")} for record in found]

    def download(self, record: Record, begin: Callable[[], Callable[[bytes], object]], max_bytes: int | None) -> None:
        """Fetch an attachment by v1, which redirects to the media host; links for browsers refuse tokens (FACTS 6)."""
        place = (quote(str(record[name]), safe="") for name in ("container_id", "id"))
        question = Request(
            path="{}/content/{}/child/attachment/{}/download".format(V1, *place),
            what=f"downloading attachment {record['id']}",
            params={"version": str(record["version"])} if record["version"] is not None else None,
            scope="readonly:content.attachment:confluence",
        )
        download(self.transport, question, begin, max_bytes=max_bytes)

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
        """By the site's role mode; a token without the scope for it cannot tell (FACTS 11.1)."""
        with self._asking_mode:
            if self._mode is None:
                question = Request(
                    path=f"{V2}/space-role-mode",
                    what="asking for the role mode",
                    scope="read:configuration:confluence",
                    probing=True,
                )
                try:
                    self._mode = text(dig(self.transport.ask(question).data, "mode")) or ""
                except (ConfluenceAuthError, ConfluenceNotFoundError, ConfluenceRequestError):
                    self._mode = ""
        return self._mode != "PRE_ROLES" if self._mode else None

    def hides(self, kind: str, content_id: str) -> bool:
        """By v1's content state: v2 has one 404 for hidden and missing, this a 403 and a 404, as documented [spec1].

        A token without its scope cannot tell, and is not asked to again.
        """
        if not self._may_ask_state:
            return False
        question = Request(
            path=f"{V1}/content/{quote(content_id, safe='')}/state",
            what=f"asking whether {kind} {content_id} is hidden",
            scope="read:confluence-content.summary",
            probing=True,
        )
        try:
            self.transport.ask(question)
        except ConfluenceAuthError as error:
            self._may_ask_state = error.http_status == HTTPStatus.FORBIDDEN
            return self._may_ask_state
        except (ConfluenceNotFoundError, ConfluenceRequestError):
            return False
        return False

    def page_id(self, space_key: str, title: str) -> str | None:
        """The current page with exactly this title: the filter may match loosely (FACTS 1.9), so compare."""
        found = self.page(Query("spaces", keys=(space_key,)))
        space_ids = [record["id"] for record in found.records if record["key"] == space_key]
        if not space_ids:
            return None
        answer = self._ask(
            LISTINGS["pages"],
            {"space-id": space_ids[0], "title": title, "status": "current", "limit": str(MAX_IDS)},
            f"finding page {title!r} in space {space_key}",
            path=LISTINGS["pages"].path,
            heavy=False,
        )
        for row in rows(answer, "finding a page by title"):
            if row.get("title") == title:
                return identifier(row.get("id"))
        return None

    def child_pages(self, page_id: str) -> Iterator[str]:
        """The pages directly below a page, in the tree's order (FACTS 1.17)."""
        what = f"listing the children of page {page_id}"
        path = f"{V2}/pages/{quote(page_id, safe='')}/direct-children"
        params = {"limit": str(MAX_IDS), "sort": "child-position"}
        seen: set[str] = set()
        while True:
            question = Request(path=path, what=what, params=params, scope="read:hierarchical-content:confluence")
            answer = self.transport.ask(question)
            yield from (str(row.get("id")) for row in rows(answer, what) if row.get("type") == "page")
            cursor = next_cursor(answer, what)
            if cursor is None:
                return
            if cursor in seen:
                raise ConfluenceResponseError(f"{what}: the server's cursor repeats")
            seen.add(cursor)
            params["cursor"] = cursor

    def search(self, cql: str, expand: tuple[str, ...] = (), limit: int = MAX_IDS) -> Iterator[dict[str, Any]]:
        """The v1 content objects that a CQL query finds, paged by cursor alone (FACTS 2.5).

        The server lowers the limit silently by what is expanded (FACTS 2.6); only the missing link is the end.
        """
        what = f"searching {cql}"
        params = {"cql": cql, "limit": str(limit)}
        if expand:
            params["expand"] = ",".join(expand)
        seen: set[str] = set()
        cursor: str | None = None
        while True:
            asked = params if cursor is None else {**params, "cursor": cursor}
            answer = self.transport.ask(
                Request(path=f"{V1}/content/search", what=what, params=asked, scope="search:confluence")
            )
            found = rows(answer, what)
            self.transport.counters.add(points=len(found))
            yield from found
            cursor = next_cursor(answer, what)
            if cursor is None:
                return
            if cursor in seen:
                raise ConfluenceResponseError(f"{what}: the server's cursor repeats")
            seen.add(cursor)

    def _list(self, query: Query, cursor: str | None, heavy: bool) -> ListingPage:
        if _is_single(query):
            return self._single(query, int(cursor or 0))
        if query.kind == "users":
            return self._users(query)
        if query.kind == "labelled" and query.container is None:
            return self._labelled(query, cursor)
        if _is_search(query):
            if not self._may_search and query.kind in OF_CONTAINERS:
                return self._list(replace(query, space_ids=()), cursor, heavy)
            return self._searched(query, cursor, heavy)
        if query.kind in OFFSETS:
            return self._offset(query, int(cursor or 0))
        listing = LISTINGS[query.kind]
        what = describe(query)
        params = params_of(listing, query)
        if params is None:
            return ListingPage((), None, self.transport.server_now())
        if cursor is not None:
            params["cursor"] = cursor
        asked = replace(listing, scope=scope_of(listing, query))
        answer = self._ask(asked, params, what, path=path_of(listing, query), heavy=heavy)
        context = self._context(query, answer)
        records = [listing.normalise(row, context) for row in rows(answer, what)]
        self._learn_from(query.kind, records)
        if listing.keep is not None:
            records = [record for record in records if listing.keep(record)]
        return self._page(query, records, next_cursor(answer, what), answer)

    def _labelled(self, query: Query, cursor: str | None) -> ListingPage:
        """What bears a label, from the database: list after list; the cursor says which, and how far."""
        lists = [(kind, label_id) for name in query.labels for label_id in self._labels[name] for kind in LABELLED]
        number, _, place = (cursor or "0|").partition("|")
        if int(number) >= len(lists):
            return ListingPage((), None, self.transport.server_now())
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
        following = str(index + 1) if index + 1 < len(query.ids) else None
        content_id = query.ids[index]
        what = f"reading {query.kind} {content_id}"
        params = {"body-format": query.body_format} if query.body_format and listing.bodies else {}
        path = (listing.one or "").format(id=quote(content_id, safe=""))
        try:
            answer = self._ask(listing, params, what, path=path, heavy=False)
        except ConfluenceNotFoundError:
            return ListingPage((), following, self.transport.server_now())
        record = listing.normalise(one(answer, what), self._context(query, answer))
        return self._page(query, [record], following, answer)

    def _searched(self, query: Query, cursor: str | None, heavy: bool) -> ListingPage:
        """A page of what CQL finds: the last one only where all came that the search told of (FACTS 11.4).

        Raises:
            ConfluenceResponseError: The search ended before its last row.
        """
        if "current" not in query.statuses:
            return ListingPage((), None, self.transport.server_now())
        search, what = searches.SEARCHES[query.kind], describe(query)
        progress = searches.Progress.read(cursor)
        try:
            answer = self._search(query, query.limit, cursor=progress.cursor, heavy=heavy)
        except ConfluenceAuthError:
            if query.kind not in OF_CONTAINERS or query.containers:
                raise
            self._may_search = False  # a token without the scope for it: the site's list shows the same, and more
            return self._list(replace(query, space_ids=()), cursor, heavy)
        found = rows(answer, what)
        progress = progress.after(len(found), answer.data, next_cursor(answer, what), answer.observed_at)
        if progress.cursor is None and progress.missing > self._moved_ahead(query, progress):
            raise ConfluenceResponseError(
                f"{what}: the search ended after {progress.given} of {progress.total} rows; its index is not whole"
            )
        context = self._context(query, answer)
        records = [search.normalise(row, context) for row in searches.contents(found)]
        records = [record for record in records if search.keep is None or search.keep(record)]
        page = self._page(query, records, None if progress.cursor is None else str(progress), answer)
        return replace(page, newest=answer.observed_at)

    def _search(self, query: Query, limit: int, *, cursor: str | None = None, heavy: bool = False) -> Response:
        search, now = searches.SEARCHES[query.kind], self.transport.server_now()
        cql = searches.clauses(search, query, self._keys(query), now, cloud=True)
        params = searches.params(searches.expanded(search, query), cql, limit)
        if cursor is not None:
            params["cursor"] = cursor
        question = Request(path=f"{V1}/search", what=describe(query), params=params, heavy=heavy, scope=SEARCH_SCOPE)
        return self.transport.ask(question)

    def count(self, query: Query) -> int | None:
        """By one search for a single row."""
        if query.kind not in searches.SEARCHES:
            return None
        return searches.total_of(self._search(replace(query, body_format=None, since=None), 1).data)

    def _moved_ahead(self, query: Query, progress: searches.Progress) -> int:
        """How many rows changed while they were listed by change: they jumped ahead of the walk (FACTS 1.6)."""
        if not progress.missing or query.sort is not Sort.NEWEST:
            return 0
        changed = self._search(replace(query, since=progress.began_at, body_format=None), 1)
        return searches.total_of(changed.data) or 0

    def _keys(self, query: Query) -> list[str]:
        """The keys of the spaces of a query, which CQL names them by; those that no list has shown are looked up.

        Raises:
            ConfluenceNotFoundError: A space is missing, or hidden.
        """
        unknown = tuple(space_id for space_id in query.space_ids if space_id not in self._space_keys)
        if unknown:
            for _ in Walk(self, Query("spaces", space_ids=unknown, statuses=("current", "archived"))):
                continue
        for space_id in query.space_ids:
            if space_id not in self._space_keys:
                raise ConfluenceNotFoundError(f"space {space_id}: missing, or not visible to this account")
        return [self._space_keys[space_id] for space_id in query.space_ids]

    def _offset(self, query: Query, start: int) -> ListingPage:
        """A page of what v1 lists by ``start`` and ``limit``."""
        offset = OFFSETS[query.kind]
        what = describe(query)
        path = offset.path.format(id=quote(query.container[1] if query.container else "", safe=""))
        params = {"start": str(start), "limit": str(MOST), **({"expand": offset.expand} if offset.expand else {})}
        answer = self.transport.ask(Request(path=V1 + path, what=what, params=params, scope=offset.scope))
        context = self._context(query, answer)
        records = [record for row in rows(answer, what) for record in offset.normalise(row, context)]
        if query.kind == "groups":
            named(records, what)
        self.transport.counters.add(points=2 * len(records))
        linked = bool(dig(answer.data, "_links", "next"))
        return ListingPage(tuple(records), following(offset, start, len(records), linked=linked), answer.observed_at)

    def _users(self, query: Query) -> ListingPage:
        """Users by id; those that the site does not know are missing (FACTS 1.21)."""
        answer = self.transport.ask(
            Request(
                path=f"{V2}/users-bulk",
                what=f"reading {len(query.ids)} users",
                json={"accountIds": list(query.ids)},
                scope="read:user:confluence",
            )
        )
        context = self._context(query, answer)
        records = [user(row, context) for row in rows(answer, "reading users")]
        self.transport.counters.add(points=2 * len(records))
        return ListingPage(tuple(records), None, answer.observed_at)

    def _context(self, query: Query, answer: Response) -> Context:
        return Context(
            site_url=self.site.url,
            observed_at=answer.observed_at,
            body_format=query.body_format,
            space_keys=self._space_keys,
            space_names=self._space_names,
            container_spaces=self._container_spaces.known,
        )

    def _page(self, query: Query, records: list[Record], cursor: str | None, answer: Response) -> ListingPage:
        self.transport.counters.add(points=len(records))
        whole, failures = [], []
        for record in records:
            if (lack := lacks(query.kind, record)) is None:
                whole.append(record)
            else:
                failures.append(incomplete(query.kind, record, lack))
        return ListingPage(tuple(whole), cursor, answer.observed_at, tuple(failures))

    def _ask(self, listing: Listing, params: dict[str, str], what: str, *, path: str, heavy: bool) -> Response:
        return self.transport.ask(Request(path=V2 + path, what=what, params=params, heavy=heavy, scope=listing.scope))

    def _learn_from(self, kind: str, records: list[Record]) -> None:
        if kind == "spaces":
            self._space_keys.update({record["id"]: record["key"] for record in records if record["id"]})
            self._space_names.update({record["id"]: record["name"] for record in records if record["id"]})
        elif kind in ("pages", "blogposts"):
            self._container_spaces.learn(
                (record["id"], record["space_id"]) for record in records if record["id"] and record["space_id"]
            )

    def _find_homes(self, container_type: str, ids: list[str]) -> Iterable[tuple[str, str]]:
        """The spaces of up to ``MAX_IDS`` containers, whatever their status; the hidden and the gone are missing."""
        if container_type == "attachment":
            return self._homes_of_attachments(ids)
        kind = {"page": "pages", "blogpost": "blogposts"}.get(container_type)
        if kind is None:
            return ()
        query = Query(kind, ids=tuple(ids), statuses=LISTINGS[kind].statuses)
        container_spaces = []
        for page in Walk(self, query):
            if page.failures:  # what is missing here would pass for gone, and what hangs on it too
                raise ConfluenceResponseError(f"{describe(query)}: {page.failures[0].message}")
            container_spaces += [(record["id"], record["space_id"]) for record in page.records]
        return container_spaces

    def _homes_of_attachments(self, ids: list[str]) -> Iterable[tuple[str, str]]:
        """The spaces of attachments that bear comments: asked for one by one, since Cloud has no other way."""
        found = [
            record
            for page in Walk(self, Query("attachments", ids=tuple(ids)))
            for record in self._container_spaces.locate(page.records)
        ]
        return [(record["id"], record["space_id"]) for record in found if record["space_id"] is not None]


def _is_single(query: Query) -> bool:
    """Whether ids are asked for one by one."""
    if query.kind in ("pages", "blogposts"):
        return bool(query.ids) and query.body_format not in (None, *LIST_FORMATS)
    return bool(query.ids) and query.kind in SINGLE and (query.singly or not _is_search(query))


def _is_search(query: Query) -> bool:
    """Whether a search is the list: of what hangs on content it is the one by space (FACTS 1.14, 1.18)."""
    narrowed = query.kind in OF_CONTAINERS and bool(query.space_ids or query.containers)
    return query.container is None and (query.kind in SEARCHED or narrowed)
