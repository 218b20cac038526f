"""v1 restrictions of a content: who alone may read or update it (FACTS 3.3, 4.8)."""

from __future__ import annotations

import hashlib
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import INT32, Param
from confluence_sim.api.v1.cloud import CLOUD
from confluence_sim.api.v1.dialect import Expand, read_expand
from confluence_sim.api.v1.errors import missing, refused
from confluence_sim.api.v1.parts import Window, restriction_object
from confluence_sim.model import Content

OPERATIONS = ("read", "update")
MOST = 200
"""The system's own limit: a greater one is lowered silently."""
UNASKED = ["restrictions.user", "restrictions.group"]
"""Expanded in any case, says the document."""


def content_of(call: Call) -> Content:
    """Return the content of the path's ``id``, in whatever status.

    Raises:
        ApiError: 404, missing or not for the caller.
    """
    content_id = call.args["id"]
    world = call.world
    content = world.contents.get(content_id) or world.contents.get(f"att{content_id}")
    if content is None or not call.sees(content):
        raise missing(f"No content found with id: ContentId{{id={content_id}}}")
    return content


def _asked(call: Call) -> tuple[Content, Expand, Window]:
    window = Window(min(call.args.get("limit", 100), MOST), call.args.get("start", 0))
    return content_of(call), read_expand([*UNASKED, *(call.args["expand"] or [])]), window


def _people(content: Content) -> int:
    return sum(len(item.user_ids) + len(item.group_ids) for item in content.restrictions.values())


def _links(call: Call) -> dict[str, str]:
    return {"base": call.base, "context": "/wiki", "self": call.origin + call.request.path}


def list_restrictions(call: Call) -> Reply:
    """Answer ``GET /content/{id}/restriction``: both operations as a list; ``start`` counts users and groups."""
    content, tree, window = _asked(call)
    rows = [restriction_object(call, CLOUD, content, operation, tree, window=window) for operation in OPERATIONS]
    known = repr(sorted((name, item.user_ids, item.group_ids) for name, item in content.restrictions.items()))
    answer = {
        "results": rows,
        "start": window.start,
        "limit": window.most,
        "size": len(rows),
        "restrictionsHash": hashlib.sha256(known.encode()).hexdigest()[:16],
        "_links": _links(call),
    }
    return Reply(answer, rows=_people(content), weight=2)


def by_operation(call: Call) -> Reply:
    """Answer ``GET /content/{id}/restriction/byOperation``: operations by name, a hundred users and groups each."""
    content, tree, window = _asked(call)
    answer: dict[str, Any] = {
        operation: restriction_object(call, CLOUD, content, operation, tree, window=window) for operation in OPERATIONS
    }
    return Reply({**answer, "_links": _links(call)}, rows=_people(content), weight=2)


def of_operation(call: Call) -> Reply:
    """Answer ``GET /content/{id}/restriction/byOperation/{operationKey}``."""
    content, tree, window = _asked(call)
    operation = call.args["operationKey"]
    if operation not in OPERATIONS:
        raise refused(f"Unsupported operation: {operation}")
    answer = restriction_object(call, CLOUD, content, operation, tree, window=window)
    answer["_links"] |= _links(call)
    return Reply(answer, rows=_people(content), weight=2)


SCOPE = "read:confluence-content.all"
GRANULAR = ("read:content-details:confluence",)
CONTENT = {"id": Param("String"), "expand": Param("String", many=20)}
PAGE = {"start": Param("Integer", default=0, maximum=INT32), "limit": Param("Integer", default=100, maximum=INT32)}
PATH = "/content/<id>/restriction"
ENDPOINTS = [
    Endpoint(PATH, list_restrictions, {**CONTENT, **PAGE}, scope=SCOPE, granular=GRANULAR),
    Endpoint(f"{PATH}/byOperation", by_operation, CONTENT, scope=SCOPE, granular=GRANULAR),
    Endpoint(
        f"{PATH}/byOperation/<operationKey>",
        of_operation,
        {"operationKey": Param("String"), **CONTENT, **PAGE},
        scope=SCOPE,
        granular=GRANULAR,
    ),
]
