"""From a reply to bytes and a line in the log: what all hosts have in common."""

from __future__ import annotations

import json
import uuid
from typing import Any

from werkzeug import Request as HttpRequest
from werkzeug import Response

from confluence_sim.api.endpoint import Reply
from confluence_sim.log import Request

CREDENTIALS = ("Authorization", "Cookie", "Proxy-Authorization")
"""Headers that tell who asks."""
DELIVER = "confluence_sim.deliver"
"""Key of the WSGI environment under which the server finds how an answer is to be sent."""


def respond(reply: Reply, environ: dict[str, Any]) -> Response:
    """Return a reply as a WSGI response."""
    environ[DELIVER] = reply.deliver
    body = reply.body
    if not isinstance(body, (str, bytes)):
        body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status=reply.status, content_type=reply.media_type)
    response.autocorrect_location_header = False
    response.headers.extend(reply.headers)
    response.headers["atl-request-id"] = str(uuid.uuid4())
    return response


def cost(reply: Reply) -> int:
    """Return the points of an answer: one, and for each object what its kind weighs (FACTS 5.2)."""
    return 1 + reply.weight * reply.rows


def note(request: HttpRequest, reply: Reply, size: int, *, at: str) -> Request:
    """Return the log's entry for an answered request; ``size`` is the length of the answer's body."""
    return Request(
        method=request.method,
        path=request.path,
        query=dict(request.args.lists()),
        status=reply.status,
        rows=reply.rows,
        bytes=size,
        points=cost(reply),
        user_agent=request.headers.get("User-Agent", ""),
        authorized=any(name in request.headers for name in CREDENTIALS),
        at=at,
        fault=reply.fault,
    )
