"""What Data Center lists at addresses of their own: spaces, groups, members, versions, permissions, users (FACTS 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol
from urllib.parse import quote

from tap_confluence.api.base import ListingPage, Query, Record
from tap_confluence.api.dc_listings import PARTS, PERMISSION, USER
from tap_confluence.api.dc_paging import EndlessListError, Offset
from tap_confluence.api.listing import named, one, rows
from tap_confluence.api.searches import MOST_ROWS
from tap_confluence.api.v2_listings import describe
from tap_confluence.client.errors import ConfluenceNotFoundError, ConfluenceResponseError
from tap_confluence.client.transport import Response
from tap_confluence.normalise.data_center import permissions_of
from tap_confluence.normalise.sets import OPERATIONS, restricted_to
from tap_confluence.normalise.v1 import user_id
from tap_confluence.normalise.values import Context, dig

API = "/rest/api"
NAMED_AT = (("version", "by"), ("history", "createdBy"), ("history", "lastUpdated", "by"))
"""Where rows of content name people."""
MOST_PEOPLE = 10_000
"""People who are remembered: about 1 kB each."""


class Ask(Protocol):
    """Asks the site."""

    def __call__(self, path: str, params: dict[str, str], what: str, *, heavy: bool = False) -> Response:
        """The answer to a question.

        Raises:
            ConfluenceError: One of its kinds.
        """


class Parts:
    """Answers for the kinds that are neither listed as content nor found by search."""

    def __init__(
        self,
        ask: Ask,
        context: Callable[[Query, Response], Context],
        now: Callable[[], str],
        space_keys: dict[str, str],
    ) -> None:
        """Take how to ask, what normalising needs, the server's clock, and the keys by space id, which grow here."""
        self._ask = ask
        self._context = context
        self._now = now
        self._space_keys = space_keys
        self._places: dict[str, int] = {}
        self._people: dict[str, Record] = {}

    def meet(self, rows: Iterable[object], context: Context, paths: Iterable[tuple[str, ...]] = NAMED_AT) -> None:
        """Remember the users whom rows name in full, so that nobody need ask for them (FACTS 7.4)."""
        if len(self._people) >= MOST_PEOPLE:
            return
        for row in rows:
            for path in paths:
                person = dig(row, *path) if path else row
                key = user_id(person)
                if isinstance(person, dict) and key and key not in self._people and "displayName" in person:
                    self._people[key] = USER(person, context)

    def answers(self, query: Query) -> bool:
        """Whether a question belongs here."""
        if query.container is not None:
            return query.kind in PARTS or query.kind in ("content_restrictions", "space_permissions")
        return query.kind in ("users", "spaces", "groups")

    def page(self, query: Query, cursor: str | None, *, heavy: bool) -> ListingPage:
        """One page of the answer."""
        if query.kind == "users":
            return self._users(query, cursor)
        if query.kind == "content_restrictions":
            return self._restrictions(query)
        if query.kind == "space_permissions":
            return self._permissions(query)
        return self._part(query, Offset.read(cursor), heavy=heavy)

    def _part(self, query: Query, place: Offset, *, heavy: bool) -> ListingPage:
        """A page of what is listed at an address of its own; an address that this release lacks is not tried again."""
        part = PARTS[query.kind]
        expand = part.expand
        if query.kind == "content_versions" and query.body_format:
            expand = f"content.body.{query.body_format}"
        params = {"start": str(place.start), "limit": str(min(query.limit, MOST_ROWS))}
        if expand:
            params["expand"] = expand
        if query.kind == "spaces" and len(query.statuses) == 1:
            params["status"] = query.statuses[0]
        answer = self._at_some_address(query, params, heavy=heavy)
        found = rows(answer, describe(query))
        context = self._context(query, answer)
        records = [part.normalise(row, context) for row in found]
        if query.kind == "group_members":
            self.meet(found, context, ((),))
        if query.kind in ("groups", "spaces"):
            named(records, describe(query))
        if query.kind == "spaces":
            self._space_keys.update({record["id"]: record["key"] for record in records if record["id"]})
            records = [record for record in records if _is_asked(query, record)]
        return ListingPage(tuple(records), following(place, found, answer, describe(query)), answer.observed_at)

    def _at_some_address(self, query: Query, params: dict[str, str], *, heavy: bool) -> Response:
        paths = PARTS[query.kind].path
        container = quote(query.container[1], safe="") if query.container else ""
        place = self._places.get(query.kind, 0)
        try:
            return self._ask(paths[place].format(id=container), params, describe(query), heavy=heavy)
        except ConfluenceNotFoundError:
            if place + 1 == len(paths):
                raise
            answer = self._ask(paths[place + 1].format(id=container), params, describe(query), heavy=heavy)
            self._places[query.kind] = place + 1
            return answer

    def _permissions(self, query: Query) -> ListingPage:
        """The permissions of a space, for its administrators alone: since 9.1 a list of their own (FACTS 7.6)."""
        key = self._space_keys.get(query.container[1] if query.container else "", "")
        path = f"{API}/space/{quote(key, safe='~')}"
        try:
            answer = self._ask(f"{path}/permissions", {}, describe(query))
        except ConfluenceNotFoundError:
            answer = self._ask(path, {"expand": "permissions"}, describe(query))
            told = permissions_of(one(answer, describe(query)), self._context(query, answer))
            return ListingPage(tuple(told), None, answer.observed_at)
        if not isinstance(answer.data, list):
            raise ConfluenceResponseError(f"{describe(query)}: the answer is not a list of permissions")
        context = self._context(query, answer)
        records = tuple(PERMISSION(row, context) for row in answer.data if isinstance(row, dict))
        return ListingPage(records, None, answer.observed_at)

    def _restrictions(self, query: Query) -> ListingPage:
        """The restrictions of one content, whose lists a search cut off."""
        content_id = quote(query.container[1] if query.container else "", safe="")
        members: list[Record] = []
        observed_at = ""
        for operation in OPERATIONS:
            path = f"{API}/content/{content_id}/restriction/byOperation/{operation}"
            fresh, start = True, 0
            while fresh:
                params = {
                    "expand": "restrictions.user,restrictions.group",
                    "start": str(start),
                    "limit": str(MOST_ROWS),
                }
                answer = self._ask(path, params, describe(query))
                observed_at = observed_at or answer.observed_at
                told = restricted_to(one(answer, describe(query)), self._context(query, answer))
                fresh = any(row not in members for row in told)
                members += [row for row in told if row not in members]
                start += MOST_ROWS
        return ListingPage(tuple(members), None, observed_at)

    def _users(self, query: Query, cursor: str | None) -> ListingPage:
        """First all whom rows named in full, then the others one by one, by key: the cursor is their place."""
        unknown = [index for index, key in enumerate(query.ids) if key not in self._people]
        if cursor is None:
            known = tuple(self._people[key] for key in query.ids if key in self._people)
            return ListingPage(known, str(unknown[0]) if unknown else None, self._now())
        key = query.ids[int(cursor)]
        further = next((str(index) for index in unknown if index > int(cursor)), None)
        what = f"reading user {key}"
        try:
            answer = self._ask(f"{API}/user", {"key": key}, what)
        except ConfluenceNotFoundError:
            return ListingPage((), further, self._now())
        return ListingPage((USER(one(answer, what), self._context(query, answer)),), further, answer.observed_at)


def following(place: Offset, found: list[dict[str, Any]], answer: Response, what: str) -> str | None:
    """The cursor behind a page of a list by ``start``; None at its end.

    Raises:
        ConfluenceResponseError: The list repeats itself or never ends.
    """
    try:
        further = place.after(found, linked=bool(dig(answer.data, "_links", "next")))
    except EndlessListError as error:
        raise ConfluenceResponseError(f"{what}: {error}") from error
    return None if further is None else str(further)


def _is_asked(query: Query, record: Record) -> bool:
    """Whether a space is among those that were asked for: the list has no such filters."""
    wanted = query.space_ids or query.ids
    return (not query.keys or record["key"] in query.keys) and (not wanted or record["id"] in wanted)
