"""What an endpoint is: a path, its parameters, and a function from a call to a reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug import Request

from confluence_sim.api.errors import ApiError
from confluence_sim.model import Content, Space, User, Version

if TYPE_CHECKING:
    from confluence_sim.api.params import Param
    from confluence_sim.world import World


def not_found(title: str = "Not Found") -> ApiError:
    """Return the 404 that hides whether a thing is missing or forbidden (FACTS 4.8)."""
    return ApiError(404, "NOT_FOUND", title)


@dataclass
class Reply:
    """What goes back, before the server makes bytes of it.

    Args:
        body: JSON value, text or bytes.
        rows: objects in the answer, for the log.
        weight: points an object costs (FACTS 5.2): 1 for core objects, 2 for identity, 0 for the rest.
        status: HTTP status.
        headers: further headers.
        media_type: of the body.
        fault: name of the fault that spoiled it, or "".
        deliver: sends head and body in its own way; None sends them as they are.
    """

    body: Any
    rows: int = 0
    weight: int = 1
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    fault: str = ""
    deliver: Callable[[Any, bytes], None] | None = None


@dataclass
class Call:
    """One request, checked: who asks what of which world.

    Args:
        world: the truth.
        origin: the site's own origin, such as ``http://127.0.0.1:8090``.
        user: who asks; None for anonymous.
        request: as it came.
        args: path and query parameters by name, converted.
        media_link: makes the signed address of the bytes of an attachment's version.
        context: the path under which Confluence lives on its host.
    """

    world: World
    origin: str
    user: User | None
    request: Request
    args: dict[str, Any]
    media_link: Callable[[Content, Version], str]
    context: str = "/wiki"
    _seen_spaces: dict[str, bool] = field(default_factory=dict)
    """What was found out about spaces: lists ask of the same few again and again."""

    @property
    def base(self) -> str:
        """The address that ``_links.base`` names."""
        return self.origin + self.context

    def sees(self, content: Content) -> bool:
        """Tell whether the caller may read a content."""
        return self.sees_space(self.world.spaces[content.space_id]) and (
            self.world.passes_restrictions(self.user, content)
        )

    def sees_space(self, space: Space) -> bool:
        """Tell whether the caller may read a space."""
        if space.id not in self._seen_spaces:
            self._seen_spaces[space.id] = self.world.can_see_space(self.user, space)
        return self._seen_spaces[space.id]


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One line of a dialect's table.

    Args:
        rule: path with ``<name>`` parts.
        answer: the function that answers.
        params: what the path and the query may hold; anything else is refused.
        method: HTTP method.
        scope: OAuth scope a scoped token needs (FACTS 4.5).
        granular: scopes that do instead, all of them together.
        any_query: query parameters that it does not know are passed over.
    """

    rule: str
    answer: Callable[[Call], Reply]
    params: Mapping[str, Param] = field(default_factory=dict)
    method: str = "GET"
    scope: str | None = None
    granular: tuple[str, ...] = ()
    any_query: bool = False
