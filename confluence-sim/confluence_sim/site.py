"""A served world: routes, credentials, log. The WSGI application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug import Request as HttpRequest
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map

from confluence_sim import control
from confluence_sim.api import v1, v2
from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.errors import ApiError
from confluence_sim.api.params import Param, read_params
from confluence_sim.api.v1 import downloads
from confluence_sim.auth import Accounts, refusal, scoped_refusal
from confluence_sim.errors import error_reply, no_route
from confluence_sim.faults import Fault
from confluence_sim.gateway import Authority, Gateway, Tokens
from confluence_sim.gateway.authority import TOKEN_PATH
from confluence_sim.host import Host, route_map
from confluence_sim.media import MediaHost
from confluence_sim.model import Content, User, Version
from confluence_sim.origins import Origins, not_served

if TYPE_CHECKING:
    from confluence_sim.world import World

EMAIL = "demo@confluence-sim.example"
TOKEN = "demo-token-of-the-simulator"  # noqa: S105  # opens nothing but this simulator


def tenant_info(call: Call) -> Reply:
    """Answer ``GET /_edge/tenant_info``: the cloud id, for anybody (FACTS 4.3)."""
    return Reply({"cloudId": call.world.cloud_id})


OPEN = [Endpoint("/_edge/tenant_info", tenant_info)]
SCOPES = frozenset(endpoint.scope for endpoint in (*v1.ENDPOINTS, *v2.ENDPOINTS) if endpoint.scope)
"""All scopes that endpoints here want."""


@cache
def _routes() -> Map:
    """Return the routes of every site: made once, since that takes as long as dozens of requests."""
    tables = (
        *((v2.PREFIX, v2.ENDPOINTS), (v1.PREFIX, v1.ENDPOINTS), ("", downloads.SERVLET), ("", OPEN)),
        (control.PREFIX, control.ENDPOINTS),
    )
    return route_map(tables)


class Site(Host):
    """A world behind HTTP.

    Args:
        world: the truth.
        email: e-mail address of the account that may ask.
        token: its API token.
        user: who that account is; default: the world's first user.
        faults: what goes wrong from the start.
    """

    own_doors = control.PREFIX

    def __init__(
        self,
        world: World,
        *,
        email: str = EMAIL,
        token: str = TOKEN,
        user: User | None = None,
        faults: Iterable[Fault] = (),
    ) -> None:
        super().__init__(world, faults)
        self.email = email
        self.token = token
        self.url = ""
        self.origins = Origins(not_served)
        self.media = MediaHost(world)
        self.tokens = Tokens(world)
        self.gateway = Gateway(self, self.tokens)
        self.authority = Authority(world, self.tokens)
        self.user = user or world.default_user
        self.accounts = Accounts()
        self.accounts.add(self.user, email=email, token=token)
        self.routes = _routes()

    @property
    def config(self) -> dict[str, Any]:
        """Settings with which tap-confluence reads this site."""
        return {"base_url": self.url, "email": self.email, "api_token": self.token}

    @property
    def gateway_url(self) -> str:
        """The gateway's origin."""
        return self.origins.of(self.gateway)

    @property
    def token_url(self) -> str:
        """The address where OAuth tokens are refreshed, at an origin of its own."""
        return self.origins.of(self.authority) + TOKEN_PATH

    def gateway_config(
        self,
        scopes: Iterable[str] = SCOPES,
        *,
        oauth: bool = False,
        service: bool = False,
        user: User | None = None,
        cloud_id: str = "auto",
    ) -> dict[str, Any]:
        """Settings with which tap-confluence reads this site through the gateway, with a token made for it.

        Args:
            scopes: what the token may; default: all that any endpoint here wants.
            oauth: an OAuth 2.0 (3LO) app with a refresh token, instead of a scoped API token.
            service: of a service account: a token without e-mail, or client credentials (FACTS 11.2).
            user: whose token; default: the site's own user.
            cloud_id: how the site is named to the gateway.
        """
        common = {"base_url": self.url, "cloud_id": cloud_id, "gateway_url": self.gateway_url}
        with self.world.lock:
            who = user or self.user
            if service and not oauth:
                return {**common, "api_token": self.tokens.add_service_token(who, scopes)}
            if not oauth:
                return {**common, "email": self.email, "api_token": self.tokens.add_scoped(who, self.email, scopes)}
            app = self.tokens.add_app(who, scopes) if service else self.tokens.add_app()
            secrets = {"oauth_client_id": app.client_id, "oauth_client_secret": app.client_secret}
            if not service:
                secrets["oauth_refresh_token"] = self.tokens.consent(app, who, scopes)
            return {**common, **secrets, "oauth_token_url": self.token_url}

    @property
    def media_url(self) -> str:
        """The media host's origin."""
        return self.origins.of(self.media)

    def _media_link(self, content: Content, version: Version) -> str:
        return self.media.link(self.media_url, content, version)

    def answer(self, request: HttpRequest) -> Reply:
        """Return the reply to a request that came to the site's own host."""
        with self.world.lock:
            account_id = self.accounts.account_id(request)
            user = None if account_id is None else self.world.users[account_id]
            return self.answer_as(request, user, lambda endpoint: self._refusal(endpoint, request, user))

    def _refusal(self, endpoint: Endpoint, request: HttpRequest, user: User | None) -> Reply | None:
        if user is not None or endpoint in OPEN:
            return None
        given = request.authorization
        if given is not None and self.tokens.scoped(given.username or "", given.password or ""):
            return scoped_refusal()
        return refusal(request, self.world.switches, v2_item="<" in endpoint.rule)

    def answer_as(self, request: HttpRequest, user: User | None, refuses: Callable[[Endpoint], Reply | None]) -> Reply:
        """Return the reply to a request whose credentials are known.

        Args:
            request: as it would come to the site's own host.
            user: who asks; None for anonymous.
            refuses: returns the answer to one who may not ask this, or None.
        """
        try:
            endpoint, path = self.routes.bind_to_environ(request.environ).match()
        except NotFound:
            return no_route(request.path)
        except HTTPException as error:
            return error_reply(request.path, ApiError(error.code or 500, "METHOD_NOT_ALLOWED", error.name))
        with self.world.lock:
            refused = refuses(endpoint)
            return refused or self._serve(endpoint, path, request, user)

    def _serve(self, endpoint: Endpoint, path: Mapping[str, str], request: HttpRequest, user: User | None) -> Reply:
        try:
            ignores = endpoint.any_query or self.world.switches.unknown_parameters == "ignored"
            args = read_params(self._bounds(endpoint), path, request.args, any_query=ignores)
            call = Call(self.world, self.url, user, request, args, self._media_link)
            if endpoint in control.ENDPOINTS:
                return control.answer(call, self)
            return endpoint.answer(call)
        except ApiError as error:
            return error_reply(request.path, error)

    def _bounds(self, endpoint: Endpoint) -> Mapping[str, Param]:
        """Return an endpoint's parameters as the switches bend them."""
        limit = endpoint.params.get("limit")
        if limit is None or self.world.switches.limit_over_maximum == HTTPStatus.BAD_REQUEST:
            return endpoint.params
        return {**endpoint.params, "limit": replace(limit, clamp=True)}
