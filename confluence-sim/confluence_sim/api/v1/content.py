"""Contents as ``/rest/api`` shows them: small, and as much more as is expanded (FACTS 2.4, 7.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluence_sim.api import adf
from confluence_sim.api.endpoint import Call
from confluence_sim.api.v1.dialect import Dialect, Expand, array
from confluence_sim.api.v1.parts import label_object, restrictions_object, version_object
from confluence_sim.api.v2.labels import seen_labels
from confluence_sim.model import Content, Version

EXPANDABLE = ("space", "version", "history", "ancestors", "container", "body", "metadata", "restrictions", "children")


def content_object(
    call: Call, voice: Dialect, content: Content, expand: Expand, shown: Version | None = None
) -> dict[str, Any]:
    """Return a content; ``shown`` is an older version."""
    item = shown or content.current
    path = f"/rest/api/content/{content.id}"
    answer: dict[str, Any] = {
        "id": content.id,
        "type": content.type,
        "status": "historical" if shown else content.status,
        "title": item.title,
        "macroRenderedOutput": {},
        "extensions": _extensions(voice, content, item, expand.get("extensions", {})),
        "_expandable": {name: "" for name in EXPANDABLE if name not in expand},
        "_links": {**voice.links(call, content), "self": f"{call.base}{path}"},
    }
    spaces = call.world.spaces
    parts: dict[str, Callable[[Expand], Any]] = {
        "space": lambda tree: voice.space(call, spaces[content.space_id], tree),
        "version": lambda tree: version_object(call, voice, item, tree),
        "history": lambda tree: history_object(call, voice, content, tree),
        "ancestors": lambda tree: _ancestors(call, voice, content, tree),
        "container": lambda tree: _container(call, voice, content, tree),
        "body": lambda tree: _body(voice, item, tree),
        "metadata": lambda tree: _metadata(call, voice, content, tree),
        "restrictions": lambda tree: restrictions_object(call, voice, content, tree),
        "children": lambda tree: _children(call, voice, content, tree),
        "childTypes": lambda tree: _child_types(call, content, tree),
    }
    return answer | {name: show(expand[name]) for name, show in parts.items() if name in expand}


def _ancestors(call: Call, voice: Dialect, content: Content, expand: Expand) -> list[dict[str, Any]]:
    above = [item for item in call.world.ancestors_of(content) if voice.above(item)]
    return [content_object(call, voice, item, expand) for item in above]


def _extensions(voice: Dialect, content: Content, item: Version, expand: Expand) -> dict[str, Any]:
    if content.type == "attachment":
        return {
            "mediaType": item.media_type,
            "fileSize": len(item.data),
            "comment": item.message,
            **voice.attachment_extras(content, item),
        }
    if content.type != "comment":
        return {"position": content.position if content.position is not None else "none"}
    answer: dict[str, Any] = {"location": content.location, "_expandable": {}}
    for name, value in (
        (
            "inlineProperties",
            {"markerRef": content.marker_ref, "originalSelection": content.original_selection},
        ),
        ("resolution", {"status": content.resolution_status or "open"}),
    ):
        if name in expand:
            answer[name] = value if content.location == "inline" or name == "resolution" else {}
        else:
            answer["_expandable"][name] = ""
    return answer


def history_object(call: Call, voice: Dialect, content: Content, expand: Expand) -> dict[str, Any]:
    """Return who made a content and when, and what is expanded."""
    answer: dict[str, Any] = {
        "latest": True,
        "createdBy": voice.user(call, call.world.users[content.author_id]),
        "createdDate": voice.moment(call, content.created_at),
        "_expandable": {},
        "_links": {"self": f"{call.base}/rest/api/content/{content.id}/history"},
    }
    if "lastUpdated" in expand:
        answer["lastUpdated"] = version_object(call, voice, content.current, {"by": {}})
    else:
        answer["_expandable"]["lastUpdated"] = ""
    return answer


def _container(call: Call, voice: Dialect, content: Content, expand: Expand) -> dict[str, Any]:
    if content.container_id is None:
        return voice.space(call, call.world.spaces[content.space_id], expand)
    return content_object(call, voice, call.world.contents[content.container_id], expand)


def _body(voice: Dialect, item: Version, expand: Expand) -> dict[str, Any]:
    answer: dict[str, Any] = {"_expandable": {name: "" for name in voice.bodies if name not in expand}}
    for name in expand:
        if name in voice.bodies:
            value = item.body
            if name == "atlas_doc_format":
                value = adf.from_storage(item.body) if item.adf is None else item.adf
            answer[name] = {"value": value, "representation": name, "embeddedContent": [], "_expandable": {}}
    return answer


def _metadata(call: Call, voice: Dialect, content: Content, expand: Expand) -> dict[str, Any]:
    answer: dict[str, Any] = {"_expandable": {"currentuser": "", "properties": ""}}
    if "labels" in expand:
        labels = [label_object(label) for label in seen_labels(call, content.labels)]
        answer["labels"] = array(call, f"/rest/api/content/{content.id}/label", labels, voice.inline_most)
    else:
        answer["_expandable"]["labels"] = ""
    return answer


def _children(call: Call, voice: Dialect, content: Content, expand: Expand) -> dict[str, Any]:
    kinds = _kinds(call, content)
    path = f"/rest/api/content/{content.id}/child"
    answer: dict[str, Any] = {"_expandable": {kind: f"{path}/{kind}" for kind in kinds if kind not in expand}}
    for kind in kinds:
        if kind in expand:
            items = _children_of_kind(call, content, kind)
            shown = [content_object(call, voice, item, expand[kind]) for item in items]
            answer[kind] = array(call, f"{path}/{kind}", shown, voice.inline_most)
    return answer


def _kinds(call: Call, content: Content) -> dict[str, Callable[[], list[Content]]]:
    world = call.world
    return {
        "attachment": lambda: world.attachments_of(content),
        "page": lambda: [item for item in world.children_of(content) if item.type == "page"],
        "comment": lambda: _comments(call, content),
    }


def _children_of_kind(call: Call, content: Content, kind: str) -> list[Content]:
    return [item for item in _kinds(call, content)[kind]() if item.status == "current" and call.sees(item)]


def _child_types(call: Call, content: Content, expand: Expand) -> dict[str, Any]:
    """Return whether there are children of each kind."""
    path = f"/rest/api/content/{content.id}/child"
    asked = [kind for kind in _kinds(call, content) if kind in expand or "all" in expand]
    there = {kind: bool(_children_of_kind(call, content, kind)) for kind in asked}
    return {kind: {"value": value, "_links": {"self": f"{call.base}{path}/{kind}"}} for kind, value in there.items()}


def _comments(call: Call, content: Content) -> list[Content]:
    if content.type == "comment":
        return [item for _, item in call.world.shelf("replies", content.id).walk("id")]
    both = [*call.world.comments_of(content, "footer"), *call.world.comments_of(content, "inline")]
    return sorted(both, key=lambda item: item.number)
