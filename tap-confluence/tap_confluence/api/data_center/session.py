"""A connection to a site of Data Center: asks, and sees that it was still us (FACTS 7.5)."""

from __future__ import annotations

from tap_confluence.api.base import Identity
from tap_confluence.api.listing import identity_refused
from tap_confluence.api.query import Query
from tap_confluence.api.space_keys import SpaceKeys
from tap_confluence.client.errors import ConfluenceAuthError
from tap_confluence.client.site import Site
from tap_confluence.client.transport import Request, Response, Transport
from tap_confluence.normalise.v1 import user_id
from tap_confluence.normalise.values import Context, dig, text

API = "/rest/api"
ANONYMOUS = "anonymous"
WHO = "X-AUSERNAME"
"""The header that tells to whom an answer was given."""


class Session:
    """Asks one site; knows the keys of its spaces."""

    def __init__(self, transport: Transport, site: Site) -> None:
        """Take the transport, whose base is the site with its context path."""
        self.transport = transport
        self.site = site
        self.space_keys = SpaceKeys()
        self._user_name: str | None = None

    def identity(self) -> Identity:
        """The account behind the credentials: a dead token is let in as anonymous.

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

    def ask(self, path: str, params: dict[str, str], what: str, *, heavy: bool = False) -> Response:
        """The answer to a question.

        Raises:
            ConfluenceAuthError: It was given to somebody anonymous, or to somebody else than the first one.
            ConfluenceError: One of its kinds.
        """
        answer = self.transport.ask(Request(path=path, what=what, params=params, heavy=heavy))
        name = answer.headers.get(WHO, "").casefold()
        if name == ANONYMOUS or (name and self._user_name is not None and name != self._user_name):
            raise ConfluenceAuthError(f"{what} at {self.transport.base_url}: answered to anonymous; the token is dead")
        if not name and self._user_name is not None:
            self.identity()  # somebody anonymous of whom nothing is told, or a proxy that drops the header
        return answer

    def context(self, query: Query, answer: Response) -> Context:
        """What normalising an answer's rows needs to know."""
        return Context(
            site_url=self.site.url,
            observed_at=answer.observed_at,
            body_format=query.body_format,
            space_keys=self.space_keys,
        )

    def now(self) -> str:
        """The server's clock."""
        return self.transport.server_now()
