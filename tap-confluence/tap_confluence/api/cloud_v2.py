"""Confluence Cloud by its v2 API, with v1 where v2 has nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tap_confluence.api.base import Identity, ItemFailure, ListingPage, Query, Record, Sort
from tap_confluence.api.homes import Homes
from tap_confluence.api.listing import next_cursor, rows
from tap_confluence.api.shrink import Shrinker
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceConfigError, ConfluenceResponseError
from tap_confluence.client.site import Site
from tap_confluence.client.totals import Totals
from tap_confluence.client.transport import Answer, Question, Transport
from tap_confluence.normalise import Context, attachment, blogpost, dig, identifier, page, space, text

V2 = "/api/v2"
V1 = "/rest/api"
MAX_IDS = 250
MAX_SPACES = 100


@dataclass(frozen=True, slots=True)
class Listing:
    """How v2 lists one kind of thing (FACTS 1.8 to 1.11).

    Attributes:
        path: Below ``V2``.
        normalise: API object to record.
        sorts: The parameter for each order; a kind without ``sort=id`` is walked by creation, which no edit changes.
        scope: The granular scope it needs (FACTS 4.5).
        ids: The parameter that takes ids; None when there is none.
        max_spaces: Spaces that ``space-id`` takes; 0 when there is no such parameter.
        statuses: Statuses that ``status`` takes; empty when it is not sent.
        bodies: Whether ``body-format`` is taken.
        extra: Parameters that are always sent.
        inside: Paths by type of container, with ``{id}``, for what hangs on one thing.
    """

    path: str
    normalise: Callable[[Mapping[str, Any], Context], Record]
    sorts: Mapping[Sort, str]
    scope: str
    ids: str | None = None
    max_spaces: int = 0
    statuses: tuple[str, ...] = ()
    bodies: bool = False
    extra: Mapping[str, str] | None = None
    inside: Mapping[str, str] = field(default_factory=dict)


_BY_ID = {Sort.ID: "id", Sort.NEWEST: "-modified-date"}
_BY_CREATION = {Sort.ID: "created-date", Sort.NEWEST: "-modified-date"}

LISTINGS: Mapping[str, Listing] = {
    "spaces": Listing(
        path="/spaces",
        normalise=space,
        sorts={Sort.ID: "id"},
        scope="read:space:confluence",
        ids="ids",
        extra={"description-format": "plain"},
    ),
    "pages": Listing(
        path="/pages",
        normalise=page,
        sorts=_BY_ID,
        scope="read:page:confluence",
        ids="id",
        max_spaces=MAX_SPACES,
        statuses=("current", "archived", "deleted", "trashed"),
        bodies=True,
    ),
    "blogposts": Listing(
        path="/blogposts",
        normalise=blogpost,
        sorts=_BY_ID,
        scope="read:page:confluence",
        ids="id",
        max_spaces=MAX_SPACES,
        statuses=("current", "deleted", "trashed"),
        bodies=True,
    ),
    "attachments": Listing(
        path="/attachments",
        normalise=attachment,
        sorts=_BY_CREATION,
        scope="read:attachment:confluence",
        statuses=("current", "archived", "trashed"),
        inside={"page": "/pages/{id}/attachments", "blogpost": "/blogposts/{id}/attachments"},
    ),
}


class CloudV2:
    """``Api`` for Confluence Cloud."""

    max_space_ids = MAX_SPACES
    max_ids = MAX_IDS

    def __init__(self, transport: Transport, site: Site) -> None:
        """Take the transport, whose base ends where ``/api/v2`` begins, and the site as people see it."""
        self.transport = transport
        self.site = site
        self._space_keys: dict[str, str] = {}
        self._homes = Homes(self._find_homes)
        self._shrinker = Shrinker(self._list)
        self._lock = threading.Lock()

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
        answer = self.transport.ask(
            Question(path=f"{V1}/user/current", what="identity check", scope="read:confluence-user")
        )
        account_id = identifier(dig(answer.data, "accountId"))
        if account_id is None or dig(answer.data, "type") == "anonymous":
            raise ConfluenceAuthError(
                f"identity check at {self.transport.base_url}: the site takes these credentials for nobody (anonymous)"
            )
        return Identity(account_id, text(dig(answer.data, "displayName")), self.site.url)

    def max_spaces(self, kind: str) -> int:
        """Spaces that one listing of ``kind`` may name; 0 for a list that only exists for the whole site."""
        return MAX_IDS if kind == "spaces" else LISTINGS[kind].max_spaces

    def page(self, query: Query, cursor: str | None = None) -> ListingPage:
        """One page of a listing; a page with bodies that is too heavy is asked for in smaller pieces."""
        return self._shrinker.page(query, cursor)

    def learn(self, homes: Iterable[tuple[str, str]]) -> None:
        """Remember which space a page or blog post is in."""
        self._homes.learn(homes)

    def locate(self, records: Iterable[Record]) -> list[Record]:
        """Fill in the space of what only names its container, by ``pages?id=`` and ``blogposts?id=``, 250 at a time."""
        found = self._homes.locate(records)
        return [{**record, "space_key": self._space_keys.get(record["space_id"] or "")} for record in found]

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
                Question(path=f"{V1}/content/search", what=what, params=asked, scope="search:confluence")
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
        listing = LISTINGS[query.kind]
        what = _describe(query)
        params = _params(listing, query)
        if params is None:
            return ListingPage((), None, self.transport.server_now())
        if cursor is not None:
            params["cursor"] = cursor
        answer = self._ask(listing, params, what, path=_path(listing, query), heavy=heavy)
        found = rows(answer, what)
        self.transport.counters.add(points=len(found))
        context = Context(
            site_url=self.site.url,
            observed_at=answer.observed_at,
            body_format=query.body_format,
            space_keys=self._space_keys,
            homes=self._homes.known,
        )
        records = [listing.normalise(row, context) for row in found]
        self._learn_from(query.kind, records)
        return ListingPage(
            records=tuple(record for record in records if _lacks(query.kind, record) is None),
            cursor=next_cursor(answer, what),
            observed_at=answer.observed_at,
            failures=tuple(
                _incomplete(query.kind, record, lack)
                for record in records
                if (lack := _lacks(query.kind, record)) is not None
            ),
        )

    def _ask(self, listing: Listing, params: dict[str, str], what: str, *, path: str, heavy: bool) -> Answer:
        return self.transport.ask(Question(path=V2 + path, what=what, params=params, heavy=heavy, scope=listing.scope))

    def _learn_from(self, kind: str, records: list[Record]) -> None:
        if kind == "spaces":
            self._space_keys.update({record["id"]: record["key"] for record in records if record["id"]})
        elif kind in ("pages", "blogposts"):
            self._homes.learn(
                (record["id"], record["space_id"]) for record in records if record["id"] and record["space_id"]
            )

    def _find_homes(self, container_type: str, ids: list[str]) -> Iterable[tuple[str, str]]:
        """The spaces of up to ``MAX_IDS`` containers, whatever their status; the hidden and the gone are missing."""
        kind = {"page": "pages", "blogpost": "blogposts"}.get(container_type)
        if kind is None:
            return ()
        query = Query(kind, ids=tuple(ids), statuses=LISTINGS[kind].statuses)
        homes = []
        cursor = None
        while True:
            found = self.page(query, cursor)
            if found.failures:  # what is missing here would pass for gone, and what hangs on it too
                raise ConfluenceResponseError(f"{_describe(query)}: {found.failures[0].message}")
            homes += [(record["id"], record["space_id"]) for record in found.records]
            cursor = found.cursor
            if cursor is None:
                return homes


def _describe(query: Query) -> str:
    """A listing as messages name it."""
    if query.container is not None:
        return f"listing {query.kind} of {query.container[0]} {query.container[1]}"
    named = query.keys or query.ids or query.space_ids
    if not named:
        return f"listing {query.kind}"
    shown = ", ".join(named[:3]) + (" …" if len(named) > 3 else "")  # noqa: PLR2004 - three tell enough
    return f"listing {query.kind} of {'ids' if query.ids else 'spaces'} {shown}"


def _path(listing: Listing, query: Query) -> str:
    """The listing of the whole site, or of what hangs on one thing.

    Raises:
        ConfluenceConfigError: Nothing of this kind hangs on such a thing.
    """
    if query.container is None:
        return listing.path
    container_type, container_id = query.container
    template = listing.inside.get(container_type)
    if template is None:
        raise ConfluenceConfigError(f"{query.kind} cannot be listed by {container_type}")
    return template.format(id=quote(container_id, safe=""))


def _params(listing: Listing, query: Query) -> dict[str, str] | None:
    """The query string; None when nothing can match, so that nothing need be asked.

    Raises:
        ConfluenceConfigError: The kind cannot be asked for in this way.
    """
    if query.sort not in listing.sorts:
        raise ConfluenceConfigError(f"{query.kind} cannot be listed by {query.sort.value}")
    params = {"limit": str(query.limit), "sort": listing.sorts[query.sort], **(listing.extra or {})}
    if query.ids:
        if listing.ids is None:
            raise ConfluenceConfigError(f"{query.kind} cannot be listed by id")
        params[listing.ids] = ",".join(query.ids)
    if query.kind == "spaces":
        _add_space_filters(params, query)
    elif query.space_ids:
        if not listing.max_spaces:
            raise ConfluenceConfigError(f"{query.kind} cannot be listed by space")
        params["space-id"] = ",".join(query.space_ids)
    if listing.statuses:
        statuses = [status for status in query.statuses if status in listing.statuses]
        if not statuses:
            return None
        params["status"] = ",".join(statuses)
    if query.body_format is not None and listing.bodies:
        params["body-format"] = query.body_format
    return params


def _add_space_filters(params: dict[str, str], query: Query) -> None:
    if query.space_ids:
        params["ids"] = ",".join(query.space_ids)
    if query.keys:
        params["keys"] = ",".join(query.keys)
    if len(query.statuses) == 1:
        params["status"] = query.statuses[0]


def _lacks(kind: str, record: Record) -> str | None:
    """What a row came without although nothing can be done with it then: its key, its place."""
    if record["id"] is None:
        return "an id"
    if kind == "spaces":
        return None if record["key"] else "a key"
    if record["space_id"] is None and record.get("container_id") is None:
        return "a space" if LISTINGS[kind].max_spaces else "a container"
    return None


def _incomplete(kind: str, record: Record, lack: str) -> ItemFailure:
    """A row that says too little to be placed."""
    return ItemFailure(
        kind=kind,
        id=record["id"],
        space_id=None,
        url=record["url"],
        http_status=200,
        stage="list",
        message=f"a row of {kind} came without {lack}",
        attempts=1,
    )
