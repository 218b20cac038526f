"""The API gateway: ``/ex/confluence/{cloudId}/wiki/…`` for scoped and OAuth tokens (FACTS 4.2 to 4.6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from werkzeug import Request as HttpRequest

from confluence_sim.api import v1, v2
from confluence_sim.api.endpoint import Endpoint, Reply, not_found
from confluence_sim.api.v1 import legacy
from confluence_sim.errors import error_reply
from confluence_sim.gateway.quota import Quota
from confluence_sim.gateway.tokens import Grant, Tokens
from confluence_sim.host import Host
from confluence_sim.wsgi import cost

if TYPE_CHECKING:
    from confluence_sim.model import User
    from confluence_sim.world import World

ADDRESS = re.compile(r"/ex/confluence/([^/]+)(/wiki/.*)")
RESOURCES = "/oauth/token/accessible-resources"


class Behind(Protocol):
    """What the gateway needs of the site behind it."""

    world: World
    url: str

    def answer_as(self, request: HttpRequest, user: User | None, refuses: Callable[[Endpoint], Reply | None]) -> Reply:
        """Return the reply to a request whose credentials are known; ``refuses`` tells who may not ask what."""


class Gateway(Host):
    """Lets those in whose tokens may, and passes their questions on to the site.

    Args:
        site: what is behind it.
        tokens: those there are.
    """

    def __init__(self, site: Behind, tokens: Tokens) -> None:
        super().__init__(site.world)
        self.site = site
        self.tokens = tokens
        self.quota = Quota(site.world)
        """What OAuth apps may spend; API tokens are exempt (FACTS 5.1)."""
        self.other_resources: list[dict[str, Any]] = []
        """What else ``accessible-resources`` tells: sites of the same user."""

    def answer(self, request: HttpRequest) -> Reply:
        """Return the reply to a request."""
        if request.path == RESOURCES:
            with self.world.lock:
                return self._resources(request)
        found = ADDRESS.fullmatch(request.environ["PATH_INFO"])
        if found is None or found[1] != self.world.cloud_id:
            return _plain(404, "Not Found")
        inner = HttpRequest({**request.environ, "PATH_INFO": found[2]})
        with self.world.lock:
            grant = self._grant(request)
            if grant is None:
                return _plain(401, "Unauthorized")
            if not self.tokens.use(grant):
                return expired(inner.path)
            limited = self.quota.refusal() if grant.until_ms is not None else None
            if limited is not None:
                return limited
            user = self.world.users[grant.account_id]
            reply = self.site.answer_as(inner, user, lambda endpoint: lacking(endpoint, grant))
            told = self.quota.spend(cost(reply)) if grant.until_ms is not None else {}
            return replace(reply, headers={**reply.headers, **told})

    def _grant(self, request: HttpRequest) -> Grant | None:
        given = request.authorization
        if given is None:
            return None
        if given.type == "bearer":
            return self.tokens.access(given.token or "")
        return self.tokens.scoped(given.username or "", given.password or "") if given.type == "basic" else None

    def _resources(self, request: HttpRequest) -> Reply:
        """Answer ``GET /oauth/token/accessible-resources``: for OAuth tokens only (FACTS 4.3)."""
        given = request.authorization
        grant = self.tokens.access(given.token or "") if given is not None and given.type == "bearer" else None
        if grant is None or not self.tokens.use(grant):
            return _plain(401, "Unauthorized")
        own = {
            "id": self.world.cloud_id,
            "url": self.site.url,
            "name": "confluence-sim",
            "scopes": sorted(grant.scopes),
            "avatarUrl": f"{self.site.url}/avatar.png",
        }
        return Reply([*self.other_resources, own])


def _plain(code: int, message: str) -> Reply:
    return Reply({"code": code, "message": message}, status=code)


def expired(path: str) -> Reply:
    """Return what a dead OAuth token gets: never a 401 (FACTS 4.6)."""
    if path.startswith(v2.PREFIX):
        return error_reply(path, not_found())
    return Reply({"message": "Current user not permitted to use Confluence", "statusCode": 403}, status=403)


def lacking(endpoint: Endpoint, grant: Grant) -> Reply | None:
    """Return the refusal of a token without the scope an endpoint wants; None when it has it (FACTS 4.5).

    What v1 has no more is gone here in any case (FACTS 2.2).
    """
    if endpoint in legacy.ENDPOINTS:
        return error_reply(v1.PREFIX, legacy.gone())
    granular = endpoint.granular and grant.scopes.issuperset(endpoint.granular)
    if endpoint.scope is None or endpoint.scope in grant.scopes or granular:
        return None
    return _plain(401, "Unauthorized; scope does not match")
