"""v1 content state: what alone in the document tells hidden from missing, by a 403 beside a 404."""

from __future__ import annotations

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v1.errors import forbidden, missing

STATUSES = ("current", "draft", "archived")
STATED = ("page", "blogpost")
"""What can have a state."""


def content_state(call: Call) -> Reply:
    """Answer ``GET /content/{id}/state``; nothing here has ever been given a state."""
    content_id = call.args["id"]
    content = call.world.contents.get(content_id)
    if content is None or content.type not in STATED or content.status not in STATUSES:
        raise missing(f"No content found with id: ContentId{{id={content_id}}}")
    if not call.sees(content):
        if not call.world.switches.content_state_tells_hidden:
            raise missing(f"No content found with id: ContentId{{id={content_id}}}")
        raise forbidden(f"User cannot view content with id: ContentId{{id={content_id}}}")
    return Reply({}, weight=0)


ENDPOINTS = [
    Endpoint(
        "/content/<id>/state",
        content_state,
        {"id": Param("String"), "status": Param("String", default="current", choices=STATUSES)},
        scope="read:confluence-content.summary",
    )
]
