"""A served world: routes, credentials, log. The WSGI application."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug import Request as HttpRequest
from werkzeug import Response
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule

from confluence_sim import control
from confluence_sim.api import v1, v2
from confluence_sim.api.endpoint import ApiError, Call, Endpoint, Reply
from confluence_sim.api.params import Param, read_params
from confluence_sim.auth import Accounts, refusal
from confluence_sim.errors import error_reply, no_route
from confluence_sim.faults import Fault, Faults
from confluence_sim.log import Request, RequestLog, Totals
from confluence_sim.model import User

if TYPE_CHECKING:
    from confluence_sim.world import World

EMAIL = "demo@confluence-sim.example"
DELIVER = "confluence_sim.deliver"
"""Key of the WSGI environment under which the server finds how an answer is to be sent."""
TOKEN = "demo-token-of-the-simulator"  # noqa: S105  # opens nothing but this simulator


def tenant_info(call: Call) -> Reply:
    """Answer ``GET /_edge/tenant_info``: the cloud id, for anybody (FACTS 4.3)."""
    return Reply({"cloudId": call.world.cloud_id})


OPEN = [Endpoint("/_edge/tenant_info", tenant_info)]


class Site:
    """A world behind HTTP.

    Args:
        world: the truth.
        email: e-mail address of the account that may ask.
        token: its API token.
        user: who that account is; default: the world's first user.
        faults: what goes wrong from the start.
    """

    def __init__(
        self,
        world: World,
        *,
        email: str = EMAIL,
        token: str = TOKEN,
        user: User | None = None,
        faults: Iterable[Fault] = (),
    ) -> None:
        self.world = world
        self.email = email
        self.token = token
        self.url = ""
        self.requests = RequestLog()
        self.faults = Faults(world, faults)
        self.accounts = Accounts()
        self.accounts.add(user or world.default_user, email=email, token=token)
        self.routes = Map(list(self._rules()), strict_slashes=False)

    @property
    def config(self) -> dict[str, Any]:
        """Settings with which tap-confluence reads this site."""
        return {"base_url": self.url, "email": self.email, "api_token": self.token}

    @property
    def totals(self) -> Totals:
        """The sums over the request log."""
        return self.requests.totals()

    @staticmethod
    def _rules() -> Iterable[Rule]:
        tables = ((v2.PREFIX, v2.ENDPOINTS), (v1.PREFIX, v1.ENDPOINTS), ("", OPEN), (control.PREFIX, control.ENDPOINTS))
        for prefix, endpoints in tables:
            for endpoint in endpoints:
                yield Rule(prefix + endpoint.rule, endpoint=endpoint, methods=[endpoint.method])

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        request = HttpRequest(environ)
        own = request.path.startswith(control.PREFIX)
        reply = self.answer(request) if own else self.faults.answer(request, self.answer)
        environ[DELIVER] = reply.deliver
        response = self._response(reply)
        if not own:
            self._note(request, reply, len(response.get_data()))
        return response(environ, start_response)

    def answer(self, request: HttpRequest) -> Reply:
        """Return the reply to a request."""
        try:
            endpoint, path = self.routes.bind_to_environ(request.environ).match()
        except NotFound:
            return no_route(request.path)
        except HTTPException as error:
            return error_reply(request.path, ApiError(error.code or 500, "METHOD_NOT_ALLOWED", error.name))
        return self._serve(endpoint, path, request)

    def _serve(self, endpoint: Endpoint, path: Mapping[str, str], request: HttpRequest) -> Reply:
        with self.world.lock:
            account_id = self.accounts.account_id(request)
            user = None if account_id is None else self.world.users[account_id]
            if user is None and endpoint not in OPEN:
                return refusal(request, self.world.switches, v2_item=bool(path))
            try:
                args = read_params(self._bounds(endpoint), path, request.args, any_query=endpoint.any_query)
                call = Call(world=self.world, origin=self.url, user=user, request=request, args=args)
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

    def _response(self, reply: Reply) -> Response:
        body = reply.body
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        response = Response(body, status=reply.status, content_type=reply.media_type)
        response.headers.extend(reply.headers)
        response.headers["atl-request-id"] = str(uuid.uuid4())
        return response

    def _note(self, request: HttpRequest, reply: Reply, size: int) -> None:
        self.requests.append(
            Request(
                method=request.method,
                path=request.path,
                query=dict(request.args.lists()),
                status=reply.status,
                rows=reply.rows,
                bytes=size,
                points=1 + reply.weight * reply.rows,
                user_agent=request.headers.get("User-Agent", ""),
                authorized="Authorization" in request.headers,
                at=self.world.clock.now(),
                fault=reply.fault,
            )
        )
