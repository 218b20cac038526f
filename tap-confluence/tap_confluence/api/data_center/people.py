"""Users on Data Center: those whom rows name in full need not be asked for (FACTS 7.4)."""

from __future__ import annotations

from collections.abc import Iterable

from tap_confluence.api.data_center.session import API, Session
from tap_confluence.api.listing import one
from tap_confluence.api.query import ListingPage, Query, Record
from tap_confluence.client.errors import ConfluenceNotFoundError
from tap_confluence.normalise.data_center import user
from tap_confluence.normalise.v1 import user_id
from tap_confluence.normalise.values import Context, dig

NAMED_AT = (("version", "by"), ("history", "createdBy"), ("history", "lastUpdated", "by"))
"""Where rows of content name people."""
MOST_PEOPLE = 10_000
"""People who are remembered: about 1 kB each."""


class People:
    """Users by key."""

    def __init__(self, session: Session) -> None:
        """Know nobody."""
        self._session = session
        self._known: dict[str, Record] = {}

    def meet(self, rows: Iterable[object], context: Context, paths: Iterable[tuple[str, ...]] = NAMED_AT) -> None:
        """Remember the users whom rows name in full."""
        if len(self._known) >= MOST_PEOPLE:
            return
        for row in rows:
            for path in paths:
                person = dig(row, *path) if path else row
                key = user_id(person)
                if isinstance(person, dict) and key and key not in self._known and "displayName" in person:
                    self._known[key] = user(person, context)

    def page(self, query: Query, cursor: str | None) -> ListingPage:
        """First all whom rows named in full, then the others one by one, by key: the cursor is their place."""
        unknown = [index for index, key in enumerate(query.ids) if key not in self._known]
        if cursor is None:
            known = tuple(self._known[key] for key in query.ids if key in self._known)
            return ListingPage(known, str(unknown[0]) if unknown else None, self._session.now())
        key = query.ids[int(cursor)]
        further = next((str(index) for index in unknown if index > int(cursor)), None)
        what = f"reading user {key}"
        try:
            answer = self._session.ask(f"{API}/user", {"key": key}, what)
        except ConfluenceNotFoundError:
            return ListingPage((), further, self._session.now())
        record = user(one(answer, what), self._session.context(query, answer))
        return ListingPage((record,), further, answer.observed_at)
