"""v2 attachments."""

from __future__ import annotations

from collections.abc import Callable

from confluence_sim.api.endpoint import Call, Endpoint, Reply, not_found
from confluence_sim.api.params import Param
from confluence_sim.api.v2 import shapes
from confluence_sim.api.v2.find import find, version_of
from confluence_sim.api.v2.includes import include, include_params
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sort_param
from confluence_sim.model import Content


def _listing(call: Call, *shelf: str) -> Reply:
    args = call.args

    def keep(content: Content) -> bool:
        return (
            content.status in args["status"]
            and (len(shelf) > 1 or call.world.is_in_place(content))
            and args["mediaType"] in (None, content.media_type)
            and args["filename"] in (None, content.title)
            and call.sees(content)
        )

    walk = call.world.shelf(*shelf).walk
    return listing(
        call,
        lambda order, descending, after: walk(order, descending=descending, after=after),
        shapes.attachment,
        keep=keep,
    )


def list_all(call: Call) -> Reply:
    """Answer ``GET /attachments``: the whole site, no space filter (FACTS 1.14)."""
    return _listing(call, "attachment")


def list_in(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /pages/{id}/attachments`` or ``/blogposts/{id}/attachments``."""
    return lambda call: _listing(call, "attachment", "in", find(call, kind).id)


def get_one(call: Call) -> Reply:
    """Answer ``GET /attachments/{id}``."""
    content = call.world.contents.get(call.args["id"])
    if content is None or not call.sees(content):
        raise not_found()
    answer = shapes.attachment(call, content, version_of(content, call.args["version"]))
    include(call, content, answer)
    answer["_links"]["base"] = call.base
    return Reply(answer, rows=1)


STATUSES = ("current", "archived", "trashed")
LIST = {
    "sort": sort_param("created-date", "modified-date", default="created-date"),
    "cursor": CURSOR,
    "status": Param("ContentStatus", default=["current", "archived"], choices=STATUSES, many=len(STATUSES)),
    "mediaType": Param("String"),
    "filename": Param("String"),
    "limit": limit_param(50),
}
SCOPE = "read:attachment:confluence"
ENDPOINTS = [
    Endpoint("/attachments", list_all, LIST, scope=SCOPE),
    Endpoint("/pages/<id>/attachments", list_in("page"), {"id": Param("Long"), **LIST}, scope=SCOPE),
    Endpoint("/blogposts/<id>/attachments", list_in("blogpost"), {"id": Param("Long"), **LIST}, scope=SCOPE),
    Endpoint(
        "/attachments/<id>",
        get_one,
        {
            "id": Param("AttachmentId"),
            "version": Param("Integer", minimum=1),
            **include_params("labels", "versions", "properties"),
        },
        scope=SCOPE,
    ),
]
