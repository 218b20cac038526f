"""A connection to a site of Confluence Cloud, and what its answers have told so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tap_confluence.api.base import Identity
from tap_confluence.api.cloud.container_spaces import ContainerSpaces
from tap_confluence.api.cloud.listings import LISTINGS
from tap_confluence.api.listing import describe, identity_refused, told_apart
from tap_confluence.api.query import BY_ID, ListingPage, Query, Record
from tap_confluence.api.space_keys import SpaceKeys
from tap_confluence.api.walk import Asked, Walk
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceResponseError
from tap_confluence.client.site import Site
from tap_confluence.client.transport import Request, Response, Transport
from tap_confluence.normalise.values import Context, dig, identifier, text

V2 = "/api/v2"
V1 = "/rest/api"
CURRENT_USER = Request(path=f"{V1}/user/current", what="identity check", scope="read:confluence-user")


class Session:
    """Asks one site; knows its spaces, and in which of them pages and blog posts are."""

    def __init__(self, transport: Transport, site: Site, api: Asked) -> None:
        """Take the transport, whose base ends where ``/api/v2`` begins, the site as people see it, and who lists."""
        self.transport = transport
        self.site = site
        self.space_keys = SpaceKeys()
        self.container_spaces = ContainerSpaces(self._find_spaces)
        self._space_names: dict[str, str | None] = {}
        self._api = api

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

    def context(self, query: Query, answer: Response) -> Context:
        """What normalising an answer's rows needs to know."""
        return Context(
            site_url=self.site.url,
            observed_at=answer.observed_at,
            body_format=query.body_format,
            space_keys=self.space_keys,
            space_names=self._space_names,
            container_spaces=self.container_spaces.known,
        )

    def page(self, query: Query, records: Sequence[Record], cursor: str | None, answer: Response) -> ListingPage:
        """The rows of an answer as a page of a listing."""
        self.transport.counters.add(points=len(records))
        whole, failures = told_apart(query.kind, records)
        return ListingPage(whole, cursor, answer.observed_at, failures)

    def nothing(self, cursor: str | None = None) -> ListingPage:
        """A page without rows."""
        return ListingPage((), cursor, self.transport.server_now())

    def learn_from(self, kind: str, records: Iterable[Record]) -> None:
        """Remember what rows tell of spaces, and of where they are."""
        if kind == "spaces":
            self.space_keys.learn(records)
            self._space_names.update({record["id"]: record["name"] for record in records if record["id"]})
        elif kind in BY_ID:
            self.container_spaces.learn(
                (record["id"], record["space_id"]) for record in records if record["id"] and record["space_id"]
            )

    def _find_spaces(self, container_type: str, ids: list[str]) -> list[tuple[str, str]]:
        """The spaces of up to 250 containers, whatever their status; the hidden and the gone are missing.

        Attachments, which bear comments, are asked for one by one, since Cloud has no other way.
        """
        kind = {"page": "pages", "blogpost": "blogposts", "attachment": "attachments"}.get(container_type)
        if kind is None:
            return []
        query = Query(kind, ids=tuple(ids), statuses=LISTINGS[kind].statuses)
        found = []
        for page in Walk(self._api, query):
            if kind in BY_ID and page.failures:  # what is missing here would pass for gone, and what hangs on it too
                raise ConfluenceResponseError(f"{describe(query)}: {page.failures[0].message}")
            records = page.records if kind in BY_ID else self.container_spaces.locate(page.records)
            found += [(each["id"], each["space_id"]) for each in records if each["space_id"] is not None]
        return found
