"""v2 versions: of pages, blog posts, attachments and comments, and one of them by number (FACTS 1.8, 1.19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply, not_found
from confluence_sim.api.params import INT32, Param
from confluence_sim.api.v2 import shapes
from confluence_sim.api.v2.find import LIST_FORMATS, find
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sort_param, sorted_walk
from confluence_sim.model import Content, Version
from confluence_sim.shelves import Key

NEWEST_FIRST = "-modified-date"
"""The order when none is asked for, and of the versions that single objects include."""


def _key(_: str, version: Version) -> Key:
    return version.created_at, version.number


def _versioned(call: Call, content: Content, version: Version) -> dict[str, Any]:
    """Return the content as it was in a version; the list of an attachment knows no bodies."""
    entity: dict[str, Any] = {"title": version.title, "id": content.id}
    if content.type != "attachment":
        entity["body"] = shapes.body(version, call.args["body-format"])
    return entity


def list_of(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /pages/{id}/versions`` and its kin."""

    def answer(call: Call) -> Reply:
        content = find(call, kind)

        def render(call: Call, version: Version) -> dict[str, Any]:
            return {**shapes.plain_version(version), content.type: _versioned(call, content, version)}

        return listing(call, sorted_walk(content.versions, _key), render, weight=0)

    return answer


def get_one(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /pages/{id}/versions/{number}`` and its kin: with its neighbours."""

    def answer(call: Call) -> Reply:
        content = find(call, kind)
        at = next((at for at, item in enumerate(content.versions) if item.number == call.args["number"]), None)
        if at is None:
            raise not_found()
        version = content.versions[at]
        shown = {
            **shapes.plain_version(version),
            "contentTypeModified": False,
            "collaborators": [version.author_id],
        }
        if at > 0:
            shown["prevVersion"] = content.versions[at - 1].number
        if version is not content.current:
            shown["nextVersion"] = content.versions[at + 1].number
        return Reply(shown, rows=1, weight=0)

    return answer


PAGED = {"cursor": CURSOR, "limit": limit_param(), "sort": sort_param("modified-date", default=NEWEST_FIRST)}
WITH_BODIES = {"body-format": Param("BodyFormat", choices=LIST_FORMATS), **PAGED}
NUMBER = {"number": Param("Long", minimum=1, maximum=INT32)}
CONTENTS = {
    "page": ("/pages", "read:page:confluence"),
    "blogpost": ("/blogposts", "read:page:confluence"),
    "attachment": ("/attachments", "read:attachment:confluence"),
    "footer": ("/footer-comments", "read:comment:confluence"),
    "inline": ("/inline-comments", "read:comment:confluence"),
}


def _endpoints(kind: str, path: str, scope: str) -> list[Endpoint]:
    one = {"id": Param("AttachmentId" if kind == "attachment" else "Long")}
    paged = PAGED if kind == "attachment" else WITH_BODIES
    return [
        Endpoint(f"{path}/<id>/versions", list_of(kind), {**one, **paged}, scope=scope),
        Endpoint(f"{path}/<id>/versions/<number>", get_one(kind), {**one, **NUMBER}, scope=scope),
    ]


ENDPOINTS = [endpoint for kind, (path, scope) in CONTENTS.items() for endpoint in _endpoints(kind, path, scope)]
