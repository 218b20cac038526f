"""What Data Center lists at addresses of their own: spaces, groups, members, versions, permissions, users (FACTS 7)."""

from __future__ import annotations

from urllib.parse import quote

from tap_confluence.api.data_center.listings import PARTS
from tap_confluence.api.data_center.paging import Offset, following
from tap_confluence.api.data_center.people import People
from tap_confluence.api.data_center.session import API, Session
from tap_confluence.api.listing import describe, named, one, rows, told_apart
from tap_confluence.api.query import ListingPage, Query, Record
from tap_confluence.api.searches import MOST_ROWS
from tap_confluence.client.errors import (
    ConfluenceError,
    ConfluenceNotFoundError,
    ConfluenceRequestError,
    ConfluenceResponseError,
    ConfluenceServerError,
    ConfluenceTooHeavyError,
)
from tap_confluence.client.transport import Response
from tap_confluence.normalise.data_center import permission, permissions_of
from tap_confluence.normalise.sets import OPERATIONS, restricted_to


class Parts:
    """Answers for the kinds that are neither listed as content nor found by search."""

    def __init__(self, session: Session, people: People) -> None:
        """Take whom to ask, and who remembers the people that rows name."""
        self._session = session
        self._people = people
        self._places: dict[str, int] = {}

    def answers(self, query: Query) -> bool:
        """Whether a question belongs here."""
        if query.container is not None:
            return query.kind in PARTS or query.kind in ("content_restrictions", "space_permissions")
        return query.kind in ("users", "spaces", "groups")

    def page(self, query: Query, cursor: str | None, *, heavy: bool) -> ListingPage:
        """One page of the answer."""
        if query.kind == "users":
            return self._people.page(query, cursor)
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
        context = self._session.context(query, answer)
        records = [part.normalise(row, context) for row in found]
        if query.kind == "group_members":
            self._people.meet(found, context, ((),))
        further = following(place, found, answer, describe(query))
        if query.kind == "groups":
            named(records, describe(query))
        if query.kind != "spaces":
            return ListingPage(tuple(records), further, answer.observed_at)
        self._session.space_keys.learn(records)
        whole, failures = told_apart(query.kind, records)
        return ListingPage(
            tuple(each for each in whole if _is_asked(query, each)), further, answer.observed_at, failures
        )

    def _at_some_address(self, query: Query, params: dict[str, str], *, heavy: bool) -> Response:
        paths = PARTS[query.kind].path
        container = quote(query.container[1], safe="") if query.container else ""
        place = self._places.get(query.kind, 0)
        try:
            return self._session.ask(paths[place].format(id=container), params, describe(query), heavy=heavy)
        except (ConfluenceNotFoundError, ConfluenceRequestError) as error:
            if query.kind == "group_members" and "%2F" in container:
                raise _unaddressed(error) from error
            if place + 1 == len(paths) or isinstance(error, ConfluenceRequestError):
                raise
            answer = self._session.ask(paths[place + 1].format(id=container), params, describe(query), heavy=heavy)
            self._places[query.kind] = place + 1
            return answer

    def _permissions(self, query: Query) -> ListingPage:
        """The permissions of a space, for its administrators alone: since 9.1 a list of their own (FACTS 7.6).

        Everybody else is answered by a 500, which is asked for once.

        Raises:
            ConfluenceServerError: It was.
        """
        try:
            return self._shown_permissions(query)
        except ConfluenceTooHeavyError as error:
            raise ConfluenceServerError(
                f"{error}; they are shown to administrators of the space alone",
                http_status=error.http_status,
                attempts=error.attempts,
                url=error.url,
            ) from error

    def _shown_permissions(self, query: Query) -> ListingPage:
        """They, or the first failure that a smaller answer might spare: ``heavy`` asks for nothing twice."""
        key = self._session.space_keys.get(query.container[1] if query.container else "", "")
        path = f"{API}/space/{quote(key, safe='~')}"
        try:
            answer = self._session.ask(f"{path}/permissions", {}, describe(query), heavy=True)
        except ConfluenceNotFoundError:
            answer = self._session.ask(path, {"expand": "permissions"}, describe(query), heavy=True)
            told = permissions_of(one(answer, describe(query)), self._session.context(query, answer))
            return ListingPage(tuple(told), None, answer.observed_at)
        if not isinstance(answer.data, list):
            raise ConfluenceResponseError(f"{describe(query)}: the answer is not a list of permissions")
        context = self._session.context(query, answer)
        records = tuple(permission(row, context) for row in answer.data if isinstance(row, dict))
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
                answer = self._session.ask(path, params, describe(query))
                observed_at = observed_at or answer.observed_at
                told = restricted_to(one(answer, describe(query)), self._session.context(query, answer))
                fresh = any(row not in members for row in told)
                members += [row for row in told if row not in members]
                start += MOST_ROWS
        return ListingPage(tuple(members), None, observed_at)


def _unaddressed(error: ConfluenceError) -> ConfluenceError:
    """Groups are addressed by name here, and servers take no slash within a part of a path."""
    advice = "Data Center has no address for a group whose name holds a slash; rename the group to read its members"
    return type(error)(f"{error}; {advice}", http_status=error.http_status, attempts=error.attempts, url=error.url)


def _is_asked(query: Query, record: Record) -> bool:
    """Whether a space is among those that were asked for: the list has no such filters."""
    wanted = query.space_ids or query.ids
    return (not query.keys or record["key"] in query.keys) and (not wanted or record["id"] in wanted)
