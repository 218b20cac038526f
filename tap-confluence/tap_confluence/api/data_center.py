"""Confluence Data Center by its one REST API, 7.9 to 10 (FACTS 7)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from tap_confluence.api import searches
from tap_confluence.api.base import Identity, ItemFailure, ListingPage, Query, Record, Sort
from tap_confluence.api.dc_listings import LISTED, MISSING
from tap_confluence.api.dc_paging import EndlessListError, Offset, Place, Step, step
from tap_confluence.api.dc_parts import API, Parts, following
from tap_confluence.api.listing import identity_refused, one, rows
from tap_confluence.api.listing_limits import ListingLimits, by_container, most_of
from tap_confluence.api.page_size import PageSizer
from tap_confluence.api.v2_listings import describe, incomplete, lacks
from tap_confluence.api.walk import Walk
from tap_confluence.client.download import download
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceConfigError,
    ConfluenceNotFoundError,
    ConfluenceRequestError,
    ConfluenceResponseError,
)
from tap_confluence.client.site import Site, split
from tap_confluence.client.totals import Totals
from tap_confluence.client.transport import Request, Response, Transport
from tap_confluence.normalise.sets import names_of
from tap_confluence.normalise.v1 import user_id
from tap_confluence.normalise.values import Context, dig, identifier, text, timestamp

ANONYMOUS = "anonymous"
WHO = "X-AUSERNAME"
"""The header that tells to whom an answer was given."""
MAX_IDS = 250
FORMATS = ("storage", "view", "export_view", "anonymous_export_view", "styled_view", "editor")
"""Formats of a body; there is no ADF."""
KINDS: Mapping[str, searches.Search] = {
    kind: search for kind, search in searches.SEARCHES.items() if kind not in MISSING
}
"""Kinds that are found by search, and some listed by ``/content`` too."""


class DataCenter:
    """``Api`` for Data Center.

    Pages and blog posts of a space are listed by ``/content``, which reads the database; what changed, and all that
    hangs on something, by search. Where rows go on is counted by what came, and a list ends with an empty page
    (FACTS 7.3).
    """

    max_space_ids = searches.MAX_KEYS
    max_ids = MAX_IDS
    formats: tuple[str, ...] = FORMATS
    list_formats: tuple[str, ...] = FORMATS

    def __init__(self, transport: Transport, site: Site) -> None:
        """Take the transport, whose base is the site with its context path."""
        self.transport = transport
        self.site = site
        self._space_keys: dict[str, str] = {}
        self._is_blocked = False
        self._user_name: str | None = None
        self._watched: frozenset[str] = frozenset()
        self._labelled_ids: set[str] = set()
        self._page_sizer = PageSizer(self._list)
        self._parts = Parts(self._ask, self._context, transport.server_now, self._space_keys)

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
        return searches.most_keys(self._space_keys.values()) if kind in KINDS else 0

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
        """The account behind the credentials: a dead token is let in as anonymous (FACTS 7.5).

        Raises:
            ConfluenceAuthError: Nobody, or somebody anonymous.
        """
        try:
            answer = self.transport.ask(Request(path=f"{API}/user/current", what="identity check"))
        except ConfluenceAuthError as error:
            raise identity_refused(error) from error
        self._user_name = answer.headers.get(WHO, "").casefold() or self._user_name
        account_id = user_id(answer.data)
        if account_id is None or dig(answer.data, "type") == ANONYMOUS:
            raise ConfluenceAuthError(
                f"identity check at {self.transport.base_url}: the site takes these credentials for nobody"
                " (anonymous); the token is dead or wrong"
            )
        if dig(answer.data, "accountId") is not None:
            raise ConfluenceAuthError(
                f"identity check at {self.transport.base_url}: accounts of Confluence Cloud are none of a Data Center"
            )
        return Identity(account_id, text(dig(answer.data, "displayName")), self.site.url)

    def page(self, query: Query, cursor: str | None = None) -> ListingPage:
        """One page of a listing; a page with bodies that is too heavy is asked for in smaller pieces."""
        if query.kind in KINDS:
            query = replace(query, limit=searches.most_rows(query))
        return self._page_sizer.page(query, cursor)

    def learn(self, container_spaces: Iterable[tuple[str, str]]) -> None:
        """Nothing: every row names its space."""

    def locate(self, records: Iterable[Record]) -> list[Record]:
        """The same records: every row names its space."""
        return [{**record, "space_key": self._space_keys.get(record["space_id"] or "")} for record in records]

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
        self._watched = frozenset(names)

    def has_watched_label(self, content_id: str) -> bool:
        """Whether a row of this run told that a content bears a watched label."""
        return content_id in self._labelled_ids

    def child_queries(self, query: Query, containers: Sequence[tuple[str, str]]) -> list[Query]:
        """Attachments of each content alone while they are few, all else by search."""
        return by_container(query, containers, ("attachments",))

    def has_roles(self) -> bool | None:
        """There are none: roles are Cloud's."""
        return False

    def hides(self, kind: str, content_id: str) -> bool:
        """By a 403 where a missing content is a 404."""
        page = self._single(KINDS[kind], Query(kind, statuses=("any",)), content_id)
        return any(failure.http_status == HTTPStatus.FORBIDDEN for failure in page.failures)

    def page_id(self, space_key: str, title: str) -> str | None:
        """The current page with exactly this title."""
        params = {"type": "page", "spaceKey": space_key, "title": title, "status": "current", "limit": "25"}
        what = f"finding page {title!r} in space {space_key}"
        for row in rows(self._ask(f"{API}/content", params, what), what):
            if row.get("title") == title:
                return identifier(row.get("id"))
        return None

    def child_pages(self, page_id: str) -> Iterator[str]:
        """The pages directly below a page, in the tree's order."""
        what, path = f"listing the children of page {page_id}", f"{API}/content/{quote(page_id, safe='')}/child/page"
        place: str | None = ""
        while place is not None:
            at = Offset.read(place or None)
            answer = self._ask(path, {"start": str(at.start), "limit": str(searches.MOST_ROWS)}, what)
            found = rows(answer, what)
            yield from (str(row.get("id")) for row in found)
            place = following(at, found, answer, what)

    def search(
        self, query: str, expand: tuple[str, ...] = (), limit: int = searches.MOST_ROWS
    ) -> Iterator[dict[str, Any]]:
        """The content objects that a CQL query finds."""
        what = f"searching {query}"
        place: str | None = ""
        while place is not None:
            at = Offset.read(place or None)
            params = {"cql": query, "start": str(at.start), "limit": str(limit), "expand": ",".join(expand)}
            answer = self._ask(f"{API}/content/search", params, what)
            found = rows(answer, what)
            yield from found
            place = following(at, found, answer, what)

    def _list(self, query: Query, cursor: str | None, heavy: bool) -> ListingPage:
        if self._parts.answers(query):
            return self._parts.page(query, cursor, heavy=heavy)
        kind = KINDS.get(query.kind)
        if kind is None:
            raise ConfluenceConfigError(f"{query.kind}: Data Center has none; deselect the stream")
        if query.container is not None:
            return self._children(kind, query, Offset.read(cursor), heavy=heavy)
        if query.ids:
            return self._by_id(kind, query, int(cursor or 0), heavy=heavy)
        if query.kind in LISTED and query.sort is Sort.ID and query.space_ids:
            return self._listed(kind, query, cursor, heavy=heavy)
        return self._searched(kind, query, cursor, heavy=heavy)

    def _listed(self, kind: searches.Search, query: Query, cursor: str | None, *, heavy: bool) -> ListingPage:
        """Pages or blog posts of one space after the other: the cursor says which, and how far.

        Some administrators block the list with a 403 (FACTS 7.2); search is the way then.

        Raises:
            ConfluenceAuthError: A space refuses to be listed, and others do not: a search would show it as empty.
        """
        if self._is_blocked:
            return self._searched(kind, query, cursor, heavy=heavy)
        place = Place.read(cursor)
        params = {
            "type": LISTED[query.kind],
            "spaceKey": self._keys(query)[place.list],
            "status": ",".join(query.statuses),
            "expand": self._expanded(kind, query),
            "start": str(place.asked),
            "limit": str(place.limit(query.limit)),
        }
        try:
            answer = self._ask(f"{API}/content", params, describe(query), heavy=heavy)
        except ConfluenceAuthError as error:
            if error.http_status != HTTPStatus.FORBIDDEN or cursor is not None or not self._blocks_lists():
                raise
            return self._searched(kind, query, None, heavy=heavy)
        found = rows(answer, describe(query))
        went = self._step(query, place, found, answer, lists=len(query.space_ids))
        return self._page(kind, query, found[went.seen :], _next(kind, query, went), answer)

    def _blocks_lists(self) -> bool:
        """Whether nothing at all may be listed, as opposed to one space."""
        try:
            self._ask(f"{API}/content", {"type": "page", "status": "current", "limit": "1"}, "asking for any page")
        except ConfluenceAuthError as error:
            if error.http_status != HTTPStatus.FORBIDDEN:
                raise
            self._is_blocked = True
        return self._is_blocked

    @staticmethod
    def _step(query: Query, place: Place, found: list[dict[str, Any]], answer: Response, *, lists: int) -> Step:
        try:
            linked = bool(dig(answer.data, "_links", "next"))
            return step(place, _ids(found), query.limit, lists, linked=linked)
        except EndlessListError as error:
            raise ConfluenceResponseError(f"{describe(query)}: {error}") from error

    def _searched(self, kind: searches.Search, query: Query, cursor: str | None, *, heavy: bool) -> ListingPage:
        """A page of what CQL finds; a server that refuses to count on is asked from the last row on (FACTS 7.7)."""
        place = Place.read(cursor)
        try:
            return self._found(kind, query, place, heavy=heavy)
        except ConfluenceRequestError:
            if (further := place.further) is None:
                raise
            return self._found(kind, query, further, heavy=heavy)

    def _found(self, kind: searches.Search, query: Query, place: Place, *, heavy: bool) -> ListingPage:
        if "current" not in query.statuses:
            return ListingPage((), None, self.transport.server_now())
        what = describe(query)
        cql = searches.clauses(kind, query, self._keys(query), self.transport.server_now(), base=place.base)
        names = self._expanded(kind, query).split(",")
        params = {**searches.params(names, cql, place.limit(query.limit)), "start": str(place.asked)}
        answer = self._ask(f"{API}/search", params, what, heavy=heavy)
        found = searches.contents(rows(answer, what))
        went = self._step(query, place, found, answer, lists=1)
        total = searches.total_of(answer.data)
        if went.next is None and total is not None and (given := place.asked + len(found)) < total:
            raise ConfluenceResponseError(
                f"{what}: the search ended after {given} of {total} rows; its index is not whole"
            )
        if went.next is not None and found:
            went = replace(went, next=replace(went.next, mark=_moment(found[-1], query.sort)))
        page = self._page(kind, query, found[went.seen :], _next(kind, query, went), answer)
        return replace(page, newest=answer.observed_at)

    def count(self, query: Query) -> int | None:
        """By one search for a single row."""
        search = searches.SEARCHES.get(query.kind)
        if search is None:
            return None
        bare = replace(query, body_format=None, since=None)
        cql = searches.clauses(search, bare, self._keys(bare), self.transport.server_now())
        answer = self._ask(f"{API}/search", searches.params((), cql, 1), f"counting {query.kind}", heavy=False)
        return searches.total_of(answer.data)

    def _keys(self, query: Query) -> list[str]:
        """The keys of the spaces of a query; those that no list has shown so far are looked up.

        Raises:
            ConfluenceNotFoundError: A space is missing, or hidden.
        """
        if not self._space_keys.keys() >= set(query.space_ids):
            for _ in Walk(self, Query("spaces", statuses=("current", "archived"))):
                continue
        for space_id in query.space_ids:
            if space_id not in self._space_keys:
                raise ConfluenceNotFoundError(f"space {space_id}: missing, or not visible to this account")
        return [self._space_keys[space_id] for space_id in query.space_ids]

    def _children(self, kind: searches.Search, query: Query, place: Offset, *, heavy: bool) -> ListingPage:
        """Attachments of one page or blog post.

        Raises:
            ConfluenceConfigError: Nothing of this kind hangs on such a thing.
        """
        container_type, container_id = query.container or ("", "")
        if query.kind != "attachments":
            raise ConfluenceConfigError(f"{query.kind} cannot be listed by {container_type}")
        params = {
            "expand": self._expanded(kind, query),
            "start": str(place.start),
            "limit": str(query.limit),
        }
        path = f"{API}/content/{quote(container_id, safe='')}/child/attachment"
        answer = self._ask(path, params, describe(query), heavy=heavy)
        found = rows(answer, describe(query))
        return self._page(kind, query, found, following(place, found, answer, describe(query)), answer)

    def _by_id(self, kind: searches.Search, query: Query, start: int, *, heavy: bool) -> ListingPage:
        """Some of the ids by one search, which shows what is current; the others, and other statuses, one by one."""
        ids = query.ids[start : start + min(searches.MAX_IDS, query.limit)]
        following = str(start + len(ids)) if start + len(ids) < len(query.ids) else None
        found: tuple[Record, ...] = ()
        page = ListingPage((), following, self.transport.server_now())
        if not query.singly and query.statuses == ("current",):
            page = self._searched(kind, replace(query, ids=ids, since=None), None, heavy=heavy)
            found = page.records
        shown = {record["id"] for record in found} | {failure.id for failure in page.failures}
        others = [self._single(kind, query, content_id) for content_id in ids if content_id not in shown]
        return replace(
            page,
            records=(*found, *(record for each in others for record in each.records)),
            failures=(*page.failures, *(failure for each in others for failure in each.failures)),
            cursor=following,
        )

    def _single(self, kind: searches.Search, query: Query, content_id: str) -> ListingPage:
        what = f"reading {query.kind} {content_id}"
        params = {"status": ",".join(query.statuses), "expand": self._expanded(kind, query)}
        if len(query.statuses) > 1:
            params["status"] = "any"
        try:
            answer = self._ask(f"{API}/content/{quote(content_id, safe='')}", params, what)
        except ConfluenceNotFoundError:
            return ListingPage((), None, self.transport.server_now())
        except ConfluenceAuthError as error:
            if error.http_status != HTTPStatus.FORBIDDEN:
                raise
            return ListingPage((), None, self.transport.server_now(), (_refused(query, content_id, error),))
        found = one(answer, what)
        if found.get("type") not in (None, *kind.types):  # ids of all types are one kind here
            return ListingPage((), None, answer.observed_at)
        return self._page(kind, query, [found], None, answer)

    def _page(
        self, kind: searches.Search, query: Query, found: list[dict[str, Any]], cursor: str | None, answer: Response
    ) -> ListingPage:
        context = self._context(query, answer)
        self._parts.meet(found, context)
        if self._watched:
            self._note_labels(found)
        records = [kind.normalise(row, context) for row in found]
        self._space_keys.update(
            {
                record["space_id"]: record["space_key"]
                for record in records
                if record["space_id"] and record.get("space_key")
            }
        )
        records = [record for record in records if kind.keep is None or kind.keep(record)]
        lacking = [(record, lack) for record in records if (lack := lacks(query.kind, record)) is not None]
        return ListingPage(
            records=tuple(record for record in records if lacks(query.kind, record) is None),
            cursor=cursor,
            observed_at=answer.observed_at,
            failures=tuple(incomplete(query.kind, record, lack) for record, lack in lacking),
        )

    def _expanded(self, kind: searches.Search, query: Query) -> str:
        """What a list asks for, with labels where some are watched for."""
        shown = searches.expanded(kind, query)
        watching = query.kind in (*LISTED, "attachments") or query.kind.endswith(("_comments", "_replies"))
        if self._watched and watching:
            own = () if "container" in shown and query.kind != "attachments" else ("metadata.labels",)
            shown = (*shown, *own, *(("container.metadata.labels",) if "container" in shown else ()))
        return ",".join(shown)

    def _note_labels(self, found: Iterable[object]) -> None:
        """Note which contents bear a watched label; a list of labels that is cut off is read whole (FACTS 7.4).

        Raises:
            ConfluenceError: The rest of them cannot be read.
        """
        for content in [each for row in found for each in (row, dig(row, "container"))]:
            content_id, listed = identifier(dig(content, "id")), dig(content, "metadata", "labels")
            if content_id is None or not isinstance(listed, dict):
                continue
            labels = listed.get("results")
            if dig(listed, "_links", "next"):
                query = Query("content_labels", container=("content", content_id))
                labels = [label for page in Walk(self, query) for label in page.records]
            if self._watched & names_of(labels):
                self._labelled_ids.add(content_id)

    def _context(self, query: Query, answer: Response) -> Context:
        return Context(
            site_url=self.site.url,
            observed_at=answer.observed_at,
            body_format=query.body_format,
            space_keys=self._space_keys,
        )

    def _ask(self, path: str, params: dict[str, str], what: str, *, heavy: bool = False) -> Response:
        """Ask, and see that it was still us: a token that dies is let in as anonymous (FACTS 7.5).

        Raises:
            ConfluenceAuthError: The answer was for somebody anonymous, or for somebody else than the first one.
        """
        answer = self.transport.ask(Request(path=path, what=what, params=params, heavy=heavy))
        name = answer.headers.get(WHO, "").casefold()
        if name == ANONYMOUS or (name and self._user_name is not None and name != self._user_name):
            raise ConfluenceAuthError(f"{what} at {self.transport.base_url}: answered to anonymous; the token is dead")
        if not name and self._user_name is not None:
            self.identity()  # somebody anonymous of whom nothing is told, or a proxy that drops the header
        return answer


def _refused(query: Query, content_id: str, error: ConfluenceAuthError) -> ItemFailure:
    """One content that this account may not read, though it may read others."""
    return ItemFailure(
        kind=query.kind,
        id=content_id,
        space_id=None,
        url=error.url,
        http_status=error.http_status,
        stage="list",
        message=str(error),
        attempts=error.attempts,
    )


def _next(kind: searches.Search, query: Query, went: Step) -> str | None:
    """The cursor of the next page; it must not begin with a row that was too heavy to be read with its body."""
    if went.next is None:
        return None
    stepped_over = kind.bodies and query.body_format is None and query.limit == 1
    return str(replace(went.next, last="") if stepped_over else went.next)


def _moment(row: dict[str, Any], sort: Sort) -> str:
    """The moment by which a search has put a row in its place, as far as the row tells."""
    path = ("version", "when") if sort is Sort.NEWEST else ("history", "createdDate")
    return timestamp(dig(row, *path)) or ""


def _ids(found: list[dict[str, Any]]) -> list[str]:
    return [identifier(row.get("id")) or "" for row in found]
