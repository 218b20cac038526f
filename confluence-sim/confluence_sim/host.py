"""What all hosts of the simulator are: WSGI applications with a log, whose answers faults may bend on the way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from werkzeug import Request as HttpRequest
from werkzeug.routing import Map, Rule

from confluence_sim.api.endpoint import Endpoint, Reply
from confluence_sim.faults import Fault, Faults
from confluence_sim.log import RequestLog, Totals
from confluence_sim.wsgi import note, respond

if TYPE_CHECKING:
    from confluence_sim.world import World


def route_map(tables: Iterable[tuple[str, Iterable[Endpoint]]]) -> Map:
    """Return the routes of endpoints, each table's below a path of its own."""
    rules = [
        Rule(prefix + endpoint.rule, endpoint=endpoint, methods=[endpoint.method])
        for prefix, endpoints in tables
        for endpoint in endpoints
    ]
    return Map(rules, strict_slashes=False)


class Host(ABC):
    """One origin. The WSGI application.

    Args:
        world: the truth.
        faults: what goes wrong from the start.

    Attributes:
        requests: every request that was answered.
        faults: what goes wrong on the way.
    """

    own_doors: ClassVar[str | None] = None
    """Paths with this beginning are the simulator's own: never in the log, never struck by a fault."""

    def __init__(self, world: World, faults: Iterable[Fault] = ()) -> None:
        self.world = world
        self.requests = RequestLog()
        self.faults = Faults(world, faults)

    @property
    def totals(self) -> Totals:
        """The sums over the request log."""
        return self.requests.totals()

    @abstractmethod
    def answer(self, request: HttpRequest) -> Reply:
        """Return the reply to a request."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        request = HttpRequest(environ)
        own = self.own_doors is not None and request.path.startswith(self.own_doors)
        reply = self.answer(request) if own else self.faults.answer(request, self.answer)
        response = respond(reply, environ)
        if not own:
            self.requests.append(note(request, reply, len(response.get_data()), at=self.world.clock.now()))
        return response(environ, start_response)
