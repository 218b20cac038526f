"""v2 folders, whiteboards, databases and embeds: each by its id, and no list of them (FACTS 1.20)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v2 import shapes
from confluence_sim.api.v2.find import find
from confluence_sim.api.v2.includes import include
from confluence_sim.clock import to_ms
from confluence_sim.model import TREE_TYPES, Content


def place_object(call: Call, content: Content) -> dict[str, Any]:
    """Return a folder, whiteboard, database or embed; a folder's ``createdAt`` is epoch ms on live sites."""
    as_number = content.type == "folder" and call.world.switches.folder_created_at_is_number
    shown: dict[str, Any] = {
        "id": content.id,
        "type": content.type,
        "status": content.status,
        "title": content.title,
        "parentId": content.parent_id,
        "parentType": shapes.parent_type(call, content),
        "position": content.position,
        "authorId": content.author_id,
        "ownerId": content.owner_id,
        "createdAt": to_ms(content.created_at) if as_number else content.created_at,
        "spaceId": content.space_id,
        "version": shapes.plain_version(content.current),
        "_links": {"webui": shapes.webui(call, content)},
    }
    if content.type == "embed":
        shown["embedUrl"] = content.body
    return shown


def get_one(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /folders/{id}`` and its kin."""

    def answer(call: Call) -> Reply:
        content = find(call, kind)
        shown = place_object(call, content)
        include(call, content, shown)
        shown["_links"]["base"] = call.base
        return Reply(shown, rows=1)

    return answer


PARAMS = {"id": Param("Long"), "include-properties": Param("Boolean", default=False)}
ENDPOINTS = [
    Endpoint(f"/{kind}s/<id>", get_one(kind), PARAMS, scope=f"read:{kind}:confluence")
    for kind in TREE_TYPES
    if kind != "page"
]
