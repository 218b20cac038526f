"""Answers in the place of a site's own: one thing that is refused, an index that is behind, answers that are held."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from confluence_sim import DataCenterSite
from confluence_sim.api.endpoint import Reply
from confluence_sim.site import Site
from werkzeug import Request as HttpRequest

Instead = Callable[[HttpRequest], Reply | None]


def refusal(request: HttpRequest, status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """An error in the form of the API that was asked."""
    if "/api/v2/" in request.path:
        body: dict[str, Any] = {"errors": [{"status": status, "code": "REFUSED", "title": "Refused", "detail": None}]}
    else:
        body = {"statusCode": status, "message": "Refused"}
    return Reply(body, status=status, headers=dict(headers or {}))


def refusing(fits: Callable[[HttpRequest], bool], status: int = 500, **headers: str) -> Instead:
    """Refuse each request that fits; underscores in the names of headers stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: refusal(request, status, named) if fits(request) else None


def row_ids(body: Any) -> set[str]:
    """The ids of an answer: of a list's rows, of what a search found, or of the one thing that was asked for."""
    if not isinstance(body, dict):
        return set()
    rows = body["results"] if isinstance(body.get("results"), list) else [body]
    contents = [row.get("content", row) for row in rows if isinstance(row, dict)]
    return {str(row.get("id")) for row in contents if isinstance(row, dict)}


def poisoned(site: Site | DataCenterSite, *ids: str, status: int = 500, bodies: bool = False) -> Instead:
    """Refuse every answer with one of these rows in it; ``bodies``: only those that show bodies."""

    def answer(request: HttpRequest) -> Reply | None:
        if bodies and "body" not in request.query_string.decode():
            return None
        reply = type(site).answer(site, request)  # type: ignore[arg-type]  # whichever of the two it is
        return refusal(request, status) if row_ids(reply.body) & set(ids) else reply

    return answer


def without_space(site: Site, space_id: str, path: str, status: int = 500) -> Instead:
    """Refuse each list of v2 at ``path`` that is to show a space: one that names it, or would hold a row of it."""

    def answer(request: HttpRequest) -> Reply | None:
        if not request.path.endswith(path):
            return None
        reply = type(site).answer(site, request)
        rows = reply.body.get("results", ()) if isinstance(reply.body, dict) else ()
        holds = any(str(row.get("spaceId")) == space_id for row in rows)
        return refusal(request, status) if holds or space_id in spaces_named(request) else reply

    return answer


def unfound(site: Site | DataCenterSite, ids: Collection[str]) -> Instead:
    """A search index that does not hold these contents, although they are there; ``totalSize`` fits what it gives."""

    def answer(request: HttpRequest) -> Reply | None:
        if not request.path.endswith("/search"):
            return None
        reply = type(site).answer(site, request)  # type: ignore[arg-type]  # whichever of the two it is
        if not isinstance(reply.body, dict) or not isinstance(reply.body.get("results"), list):
            return reply
        rows = [row for row in reply.body["results"] if not row_ids(row.get("content", row)) & set(ids)]
        return replace(reply, body={**reply.body, "results": rows})

    return answer


def spaces_named(request: HttpRequest) -> set[str]:
    """The ids of the spaces that a list of v2 is asked for."""
    return set(filter(None, request.args.get("space-id", "").split(",")))


@dataclass
class Gate:
    """Holds answers until it is opened; counts what was asked meanwhile."""

    fits: Callable[[HttpRequest], bool] = lambda _: True
    opened: threading.Event = field(default_factory=threading.Event)
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: HttpRequest) -> Reply | None:
        """See a request."""
        if self.fits(request):
            with self.lock:
                self.asked += 1
            self.opened.wait(120)
        return None
