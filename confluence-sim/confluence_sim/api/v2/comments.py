"""v2 comments: at the foot and inline, roots per content, replies per comment, all of the site (FACTS 1.18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v2 import shapes
from confluence_sim.api.v2.find import LIST_FORMATS, SINGLE_FORMATS, find, version_of
from confluence_sim.api.v2.includes import include, include_params
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sort_param
from confluence_sim.model import Content, Version
from confluence_sim.shelves import Key

FOOTER, INLINE = "footer", "inline"


def comment_object(call: Call, comment: Content, shown: Version | None = None) -> dict[str, Any]:
    """Return a comment; an inline one with its place and what became of it (FACTS 1.18)."""
    item = shown or comment.current
    container = call.world.contents[comment.container_id or ""]
    answer: dict[str, Any] = {
        "id": comment.id,
        "status": "historical" if shown else comment.status,
        "title": item.title,
        shapes.container_key(container): container.id,
        "version": shapes.version(item),
        "body": shapes.body(item, call.args["body-format"]),
        "_links": {"webui": f"{shapes.webui(call, container)}?focusedCommentId={comment.id}"},
    }
    if comment.parent_comment_id is not None:
        answer["parentCommentId"] = comment.parent_comment_id
    if comment.location == INLINE:
        answer["resolutionStatus"] = comment.resolution_status
        answer["properties"] = {
            "inlineMarkerRef": comment.marker_ref,
            "inlineOriginalSelection": comment.original_selection,
        }
        if comment.resolved_at is not None:
            answer["resolutionLastModifierId"] = comment.resolved_by
            answer["resolutionLastModifiedAt"] = comment.resolved_at
    return answer


def _listing(call: Call, *shelf: str, keep: Callable[[Content], bool] = lambda _: True) -> Reply:
    statuses = call.args.get("status") or ["current"]
    resolutions = call.args.get("resolution-status")
    walk = call.world.shelf(*shelf).walk

    def wanted(comment: Content) -> bool:
        return (
            comment.status in statuses
            and (resolutions is None or comment.resolution_status in resolutions)
            and keep(comment)
            and call.sees(comment)
        )

    def ordered(order: str, descending: bool, after: Key | None) -> Any:
        return walk(order, descending=descending, after=after)

    return listing(call, ordered, comment_object, keep=wanted, weight=0)


def list_all(location: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /footer-comments`` or ``/inline-comments``: the whole site, no space filter."""

    def answer(call: Call) -> Reply:
        world = call.world

        def keep(comment: Content) -> bool:
            return (comment.parent_comment_id is None or world.switches.comment_lists_hold_replies) and (
                world.is_in_place(comment)
            )

        return _listing(call, location, keep=keep)

    return answer


def list_in(location: str, kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /pages/{id}/footer-comments`` and its kin: roots only."""
    return lambda call: _listing(call, location, "in", find(call, kind).id)


def list_replies(location: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /footer-comments/{id}/children``: direct replies."""
    return lambda call: _listing(call, "replies", find(call, location).id)


def get_one(location: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /footer-comments/{id}`` or ``/inline-comments/{id}``."""

    def answer(call: Call) -> Reply:
        comment = find(call, location)
        shown = comment_object(call, comment, version_of(comment, call.args["version"]))
        include(call, comment, shown)
        shown["_links"]["base"] = call.base
        return Reply(shown, rows=1, weight=0)

    return answer


ONE = {"id": Param("Long")}
PAGED = {
    "body-format": Param("BodyFormat", choices=LIST_FORMATS),
    "sort": sort_param("created-date", "modified-date", default="created-date"),
    "cursor": CURSOR,
    "limit": limit_param(),
}
STATUSES = ("current", "archived", "trashed", "deleted", "historical", "draft")
STATUS = {"status": Param("ContentStatus", choices=STATUSES, many=len(STATUSES))}
RESOLUTIONS = ("resolved", "open", "dangling", "reopened")
RESOLUTION = {"resolution-status": Param("ResolutionStatus", choices=RESOLUTIONS, many=len(RESOLUTIONS))}
SINGLE = {
    **ONE,
    "body-format": Param("BodyFormat", choices=SINGLE_FORMATS),
    "version": Param("Integer", minimum=1),
    **include_params("versions", "properties"),
}
SCOPE = "read:comment:confluence"
IN_PAGE = {FOOTER: {**ONE, **STATUS, **PAGED}, INLINE: {**ONE, **STATUS, **RESOLUTION, **PAGED}}
ENDPOINTS = [
    endpoint
    for location in (FOOTER, INLINE)
    for endpoint in (
        Endpoint(f"/{location}-comments", list_all(location), PAGED, scope=SCOPE),
        Endpoint(f"/{location}-comments/<id>", get_one(location), SINGLE, scope=SCOPE),
        Endpoint(f"/{location}-comments/<id>/children", list_replies(location), {**ONE, **PAGED}, scope=SCOPE),
        Endpoint(f"/pages/<id>/{location}-comments", list_in(location, "page"), IN_PAGE[location], scope=SCOPE),
        Endpoint(f"/blogposts/<id>/{location}-comments", list_in(location, "blogpost"), IN_PAGE[location], scope=SCOPE),
    )
] + [
    Endpoint(
        "/attachments/<id>/footer-comments",
        list_in(FOOTER, "attachment"),
        {**PAGED, "id": Param("AttachmentId"), "version": Param("Integer", minimum=1)},
        scope=SCOPE,
    )
]
