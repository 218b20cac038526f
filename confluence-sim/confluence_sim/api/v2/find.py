"""The thing that a path names, and the body formats (FACTS 1.11)."""

from __future__ import annotations

from confluence_sim.api.endpoint import Call, not_found
from confluence_sim.model import Content, Version

LIST_FORMATS = ("storage", "atlas_doc_format")
SINGLE_FORMATS = (*LIST_FORMATS, "view", "export_view", "anonymous_export_view", "styled_view", "editor")


def find(call: Call, kind: str) -> Content:
    """Return the content of the path's ``id``.

    Args:
        call: whose ``id``.
        kind: a type, or the location of a comment.

    Raises:
        ApiError: 404.
    """
    content = call.world.contents.get(str(call.args["id"]))
    if content is None or kind not in (content.type, content.location) or not call.sees(content):
        raise not_found()
    return content


def version_of(content: Content, number: int | None) -> Version | None:
    """Return an older version, or None when the newest is wanted.

    Raises:
        ApiError: 404, there is no such version.
    """
    if number is None or number == content.version:
        return None
    for item in content.versions:
        if item.number == number:
            return item
    raise not_found()
