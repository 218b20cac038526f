"""The parts of contents in ``/rest/api``: versions, spaces, labels, restrictions (FACTS 2.16, 7.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from confluence_sim.api.endpoint import Call
from confluence_sim.api.v1.dialect import Dialect, Expand, array
from confluence_sim.api.v2.shapes import attachment_links, tiny_link, webui
from confluence_sim.model import Content, Group, Label, Space, Version


def version_object(call: Call, voice: Dialect, item: Version, expand: Expand) -> dict[str, Any]:
    """Return a version."""
    answer: dict[str, Any] = {
        "when": voice.moment(call, item.created_at),
        "friendlyWhen": friendly(item.created_at),
        "message": item.message,
        "number": item.number,
        "minorEdit": item.minor_edit,
        "contentTypeModified": False,
        "_expandable": {"collaborators": "", "content": ""},
        "_links": {},
    }
    if not voice.knows_when(call, item):
        del answer["when"], answer["friendlyWhen"]
    # the author comes along unasked, as in captured answers
    answer["by"] = voice.user(call, call.world.users[item.author_id])
    if "collaborators" in expand:
        answer["collaborators"] = {"users": [answer["by"]], "userKeys": [], "_links": {}}
    return answer


def friendly(timestamp: str) -> str:
    """Return a day for people: localised text, not for machines (FACTS 9.2)."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{months[int(timestamp[5:7]) - 1]} {timestamp[8:10]}, {timestamp[:4]}"


def content_links(call: Call, content: Content) -> dict[str, str]:
    """Return the links of a content besides ``self``, as Cloud has them."""
    if content.type == "attachment":
        return attachment_links(content, content.current)
    if content.type == "comment":
        container = call.world.contents[content.container_id or ""]
        return {"webui": f"{webui(call, container)}?focusedCommentId={content.id}"}
    return {"webui": webui(call, content), "tinyui": tiny_link(content.number)}


def space_object(call: Call, space: Space, expand: Expand) -> dict[str, Any]:
    """Return a space; its id is a number here (FACTS 2.16)."""
    key = quote(space.key, safe="~")
    answer: dict[str, Any] = {
        "id": int(space.id),
        "key": space.key,
        "alias": space.alias or space.key,
        "name": space.name,
        "type": space.type,
        "status": space.status,
        "_expandable": {"settings": f"/rest/api/space/{key}/settings", "metadata": "", "operations": ""},
        "_links": {"webui": f"/spaces/{key}", "self": f"{call.base}/rest/api/space/{key}"},
    }
    if "description" in expand:
        plain = {"value": space.description, "representation": "plain", "embeddedContent": []}
        answer["description"] = {"plain": plain, "_expandable": {"view": ""}}
    else:
        answer["_expandable"]["description"] = ""
    answer["_expandable"]["homepage"] = f"/rest/api/content/{space.homepage_id}" if space.homepage_id else ""
    return answer


def label_object(label: Label) -> dict[str, str]:
    """Return a label."""
    return {"prefix": label.prefix, "name": label.name, "id": label.id, "label": label.name}


def group_object(call: Call, group: Group) -> dict[str, Any]:
    """Return a group."""
    self_link = f"{call.base}/rest/api/group/by-id?id={group.id}"
    return {"type": "group", "name": group.name, "id": group.id, "_links": {"self": self_link}}


@dataclass(frozen=True)
class Window:
    """Which users and groups of a restriction are shown."""

    most: int
    start: int = 0


def restriction_object(
    call: Call, voice: Dialect, content: Content, operation: str, expand: Expand, *, window: Window | None = None
) -> dict[str, Any]:
    """Return who alone may do an operation; empty lists when everybody may."""
    path = f"/rest/api/content/{content.id}/restriction/byOperation/{operation}"
    answer: dict[str, Any] = {
        "operation": operation,
        "_expandable": {},
        "_links": {"self": f"{call.base}{path}"},
    }
    if "content" in expand:
        answer["content"] = {"id": content.id, "type": content.type, "status": content.status, "title": content.title}
    else:
        answer["_expandable"]["content"] = f"/rest/api/content/{content.id}"
    inner = expand.get("restrictions")
    if inner is None:
        answer["_expandable"]["restrictions"] = ""
        return answer
    world = call.world
    restriction = content.restrictions.get(operation)
    users = [voice.user(call, world.users[item]) for item in (restriction.user_ids if restriction else ())]
    groups = [voice.group(call, world.groups[item]) for item in (restriction.group_ids if restriction else ())]
    shown = window or Window(voice.inline_most)
    parts: dict[str, Any] = {"_expandable": {}}
    for name, items in (("user", users), ("group", groups)):
        if name in inner:
            parts[name] = array(call, f"{path}?expand=restrictions.{name}", items, shown.most, shown.start)
        else:
            parts["_expandable"][name] = ""
    answer["restrictions"] = parts
    return answer


def restrictions_object(call: Call, voice: Dialect, content: Content, expand: Expand) -> dict[str, Any]:
    """Return the restrictions that are expanded, by operation."""
    answer: dict[str, Any] = {
        operation: restriction_object(call, voice, content, operation, expand[operation])
        for operation in ("read", "update")
        if operation in expand
    }
    answer["_expandable"] = {operation: "" for operation in ("read", "update") if operation not in expand}
    answer["_links"] = {"self": f"{call.base}/rest/api/content/{content.id}/restriction/byOperation"}
    return answer
