"""A world served as a Data Center: its own dialect, credentials and context path (FACTS 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug import Request as HttpRequest
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map

from confluence_sim import control
from confluence_sim.api import datacenter
from confluence_sim.api.datacenter.doors import Doors
from confluence_sim.api.datacenter.errors import error_reply, no_route
from confluence_sim.api.datacenter.server import OPEN
from confluence_sim.api.endpoint import Call, Reply
from confluence_sim.api.errors import ApiError
from confluence_sim.api.params import read_params
from confluence_sim.faults import Fault
from confluence_sim.host import Host, route_map
from confluence_sim.model import User
from confluence_sim.server import listen, running

if TYPE_CHECKING:
    from confluence_sim.world import World

PASSWORD = "demo-password-of-the-simulator"  # noqa: S105  # opens nothing but this simulator
TOKEN = "demo-pat-of-the-simulator"  # noqa: S105  # the same
RATE_LIMIT = {
    "X-RateLimit-Limit": "500",
    "X-RateLimit-Remaining": "499",
    "X-RateLimit-Interval-Seconds": "60",
    "X-RateLimit-FillRate": "500",
    "retry-after": "0",
}
"""What every answer bears where rate limiting is on, while tokens are left (FACTS 5.6)."""


def no_media(*_: object) -> NoReturn:
    """Stand for the media host: a Data Center hands out bytes itself (FACTS 6.4).

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("a Data Center has no media host")


@cache
def _routes(context: str) -> Map:
    """Return the routes of every server with this context path: made once, as for a site of Cloud."""
    tables = [(context + prefix, endpoints) for prefix, endpoints in datacenter.TABLES]
    return route_map((*tables, (control.PREFIX, control.ENDPOINTS)))


class DataCenterSite(Host):
    """A world behind the HTTP of a Data Center. The WSGI application.

    Args:
        world: the truth; ``switches.dc_version`` says which release this is.
        context: the path under which Confluence lives, such as ``/confluence``; empty for the host's root.
        password: the account's password; its name is the user's ``username``.
        token: its personal access token.
        user: who that account is; default: the world's first user.
        faults: what goes wrong from the start.
    """

    own_doors = control.PREFIX

    def __init__(
        self,
        world: World,
        *,
        context: str = "",
        password: str = PASSWORD,
        token: str = TOKEN,
        user: User | None = None,
        faults: Iterable[Fault] = (),
    ) -> None:
        super().__init__(world, faults)
        self.context = context
        self.user = user or world.default_user
        self.password = password
        self.token = token
        self.url = ""
        self.doors = Doors(world)
        self.doors.add(self.user, password=password, token=token)
        self.routes = _routes(context)

    @property
    def base_url(self) -> str:
        """The address of Confluence, with its context path."""
        return self.url + self.context

    @property
    def config(self) -> dict[str, Any]:
        """Settings with which tap-confluence reads this site by a personal access token."""
        return {"base_url": self.base_url, "personal_access_token": self.token}

    @property
    def basic_config(self) -> dict[str, Any]:
        """Settings with which tap-confluence reads this site by name and password."""
        return {"base_url": self.base_url, "username": self.user.username, "password": self.password}

    def answer(self, request: HttpRequest) -> Reply:
        """Return the reply to a request; it tells by ``X-AUSERNAME`` for whom it was taken (FACTS 7.5)."""
        with self.world.lock:
            try:
                endpoint, path = self.routes.bind_to_environ(request.environ).match()
                user = None if endpoint in OPEN else self.doors.admit(request)
                args = read_params(endpoint.params, path, request.args, any_query=endpoint.any_query)
                call = Call(self.world, self.url, user, request, args, no_media, self.context)
                reply = control.answer(call, self) if endpoint in control.ENDPOINTS else endpoint.answer(call)
            except NotFound:
                return no_route()
            except HTTPException as error:
                return error_reply(ApiError(error.code or 500, "METHOD_NOT_ALLOWED", error.name))
            except ApiError as error:
                return error_reply(error, html=self.world.switches.dc_refusals == "html")
        known = {"X-AUSERNAME": user.username if user is not None else "anonymous"}
        if user is None and not self.world.switches.dc_anonymous_told:
            known = {}
        limits = RATE_LIMIT if self.world.switches.dc_rate_limit_headers else {}
        return replace(reply, headers={**known, **limits, **reply.headers})


@contextmanager
def serve_datacenter(
    world: World,
    *,
    context: str = "",
    port: int = 0,
    host: str = "127.0.0.1",
    password: str = PASSWORD,
    token: str = TOKEN,
    user: User | None = None,
    faults: Iterable[Fault] = (),
) -> Iterator[DataCenterSite]:
    """Serve a world as a Data Center until the block ends.

    Args:
        world: the truth; verbs may change it while it is served.
        context: the path under which Confluence lives; empty for the host's root.
        port: 0 takes a free one.
        host: address to listen on.
        password: the account's password.
        token: its personal access token.
        user: who that account is; default: the world's first user.
        faults: what goes wrong from the start; ``site.faults`` adds and clears.

    Yields:
        The site: its address, credentials and request log.
    """
    site = DataCenterSite(world, context=context, password=password, token=token, user=user, faults=faults)
    server = listen(site, host, port, world.told_ms)
    site.url = f"http://{host}:{server.server_port}"
    with running(server):
        yield site
