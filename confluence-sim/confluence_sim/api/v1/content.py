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
    world = call.world
    if "space" in expand:
        answer["space"] = voice.space(call, world.spaces[content.space_id], expand["space"])
    if "version" in expand:
        answer["version"] = version_object(call, voice, item, expand["version"])
    if "history" in expand:
        answer["history"] = history_object(call, voice, content, expand["history"])
    if "ancestors" in expand:
        above = [item for item in world.ancestors_of(content) if voice.above(item)]
        answer["ancestors"] = [content_object(call, voice, one, expand["ancestors"]) for one in above]
    if "container" in expand:
        answer["container"] = _container(call, voice, content, expand["container"])
    if "body" in expand:
        answer["body"] = _body(voice, item, expand["body"])
    if "metadata" in expand:
        answer["metadata"] = _metadata(call, voice, content, expand["metadata"])
    if "restrictions" in expand:
        answer["restrictions"] = restrictions_object(call, voice, content, expand["restrictions"])
    if "children" in expand:
        answer["children"] = _children(call, voice, content, expand["children"])
    return answer


def _extensions(voice: Dialect, content: Content, item: Version, expand: Expand) -> dict[str, Any]:
    if content.type == "attachment":
        return {
            "mediaType": item.media_type,
            "fileSize": len(item.data),
            "comment": item.message,
            **voice.attachment_extras(item),
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
    world = call.world
    kinds: dict[str, Callable[[], list[Content]]] = {
        "attachment": lambda: world.attachments_of(content),
        "page": lambda: [item for item in world.children_of(content) if item.type == "page"],
        "comment": lambda: _comments(call, content),
    }
    path = f"/rest/api/content/{content.id}/child"
    answer: dict[str, Any] = {"_expandable": {kind: f"{path}/{kind}" for kind in kinds if kind not in expand}}
    for kind, read in kinds.items():
        if kind in expand:
            items = [item for item in read() if item.status == "current" and call.sees(item)]
            shown = [content_object(call, voice, item, expand[kind]) for item in items]
            answer[kind] = array(call, f"{path}/{kind}", shown, voice.inline_most)
    return answer


def _comments(call: Call, content: Content) -> list[Content]:
    if content.type == "comment":
        return [item for _, item in call.world.shelf("replies", content.id).walk("id")]
    both = [*call.world.comments_of(content, "footer"), *call.world.comments_of(content, "inline")]
    return sorted(both, key=lambda item: item.number)
