"""How Data Center speaks ``/rest/api``: users with names and keys, its own links and clocks (FACTS 7.4, 7.8)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, quote_plus, urlencode
from zoneinfo import ZoneInfo

from confluence_sim.api.endpoint import Call
from confluence_sim.api.v1.dialect import Dialect, Expand
from confluence_sim.api.v2.shapes import tiny_link
from confluence_sim.clock import EPOCH, to_ms
from confluence_sim.model import Content, Group, Space, User, Version

BODIES = ("storage", "view", "export_view", "styled_view", "editor", "anonymous_export_view")
PLAIN_TITLE = re.compile(r"[A-Za-z0-9 .,_~-]+")
"""Titles that a display address can hold; pages with others are shown by id (FACTS 7.8)."""


def moment(call: Call, timestamp: str) -> str:
    """Return a moment on the server's clock: ``Z`` on one that runs on UTC, else with an offset (FACTS 7.4)."""
    zone = call.world.switches.dc_time_zone
    if zone == "UTC":
        return timestamp
    local = (EPOCH + timedelta(milliseconds=to_ms(timestamp))).astimezone(ZoneInfo(zone))
    return local.isoformat(timespec="milliseconds")


def knows_when(call: Call, version: Version) -> bool:
    """Tell whether a version says when it was made: some old ones do not (FACTS 7.4)."""
    since = call.world.switches.dc_when_missing_before
    return since is None or version.created_at >= since


def picture(call: Call, name: str) -> dict[str, Any]:
    """Return a profile picture."""
    return {
        "path": f"{call.context}/images/icons/profilepics/{name}.svg",
        "width": 48,
        "height": 48,
        "isDefault": True,
    }


def user_object(call: Call, user: User) -> dict[str, Any]:
    """Return a user: a name and a key, no account id, no e-mail address (FACTS 7.4)."""
    return {
        "type": "known",
        "username": user.username,
        "userKey": user.user_key,
        "profilePicture": picture(call, "default"),
        "displayName": user.display_name,
        "_links": {"self": f"{call.base}/rest/api/user?key={user.user_key}"},
        "_expandable": {"status": ""},
    }


def anonymous_object(call: Call) -> dict[str, Any]:
    """Return who has no account (FACTS 7.5)."""
    return {"type": "anonymous", "profilePicture": picture(call, "anonymous"), "displayName": "Anonymous"}


def group_object(call: Call, group: Group) -> dict[str, Any]:
    """Return a group: its name is its identity."""
    self_link = f"{call.base}/rest/api/group/{quote(group.name)}"
    return {"type": "group", "name": group.name, "_links": {"self": self_link}, "_expandable": {}}


def space_path(space: Space) -> str:
    """Return a space's key as paths hold it."""
    return quote(space.key, safe="~")


def space_object(call: Call, space: Space, expand: Expand) -> dict[str, Any]:
    """Return a space; there are no aliases, and two types only."""
    key = space_path(space)
    parts: dict[str, Any] = {
        "metadata": "",
        "icon": "",
        "description": "",
        "retentionPolicy": "",
        "homepage": f"/rest/api/content/{space.homepage_id}" if space.homepage_id else "",
    }
    answer: dict[str, Any] = {
        "id": int(space.id),
        "key": space.key,
        "name": space.name,
        "status": space.status,
        "type": "personal" if space.type == "personal" else "global",
        "_links": {"webui": f"/display/{key}", "self": f"{call.base}/rest/api/space/{key}"},
        "_expandable": parts,
    }
    if "description" in expand:
        plain = {"value": space.description, "representation": "plain"}
        answer["description"] = {"plain": plain, "_expandable": {"view": ""}}
        del parts["description"]
    return answer


def display_link(call: Call, content: Content) -> str:
    """Return the address people use for a page or blog post, relative to the context path (FACTS 7.8)."""
    if not PLAIN_TITLE.fullmatch(content.title):
        return f"/pages/viewpage.action?pageId={content.id}"
    key = space_path(call.world.spaces[content.space_id])
    day = f"{content.created_at[:10].replace('-', '/')}/" if content.type == "blogpost" else ""
    return f"/display/{key}/{day}{quote_plus(content.title, safe='~,')}"


def links(call: Call, content: Content) -> dict[str, str]:
    """Return the links of a content besides ``self``."""
    container = call.world.contents.get(content.container_id or "")
    if container is None:
        return {
            "webui": display_link(call, content),
            "edit": f"/pages/resumedraft.action?draftId={content.id}",
            "tinyui": tiny_link(content.number),
        }
    shown = display_link(call, container)
    also = "&" if "?" in shown else "?"
    if content.type == "comment":
        return {"webui": f"{shown}{also}focusedCommentId={content.id}#comment-{content.id}"}
    query = {"version": content.version, "modificationDate": to_ms(content.updated_at), "api": "v2"}
    preview = quote_plus(f"/{container.id}/{content.number}/{content.title}")
    return {
        "webui": f"{shown}{also}preview={preview}",
        "download": f"/download/attachments/{container.id}/{quote(content.title)}?{urlencode(query)}",
    }


_VOICE = Dialect(
    user=user_object,
    group=group_object,
    space=space_object,
    links=links,
    inline_most=25,
    bodies=BODIES,
    moment=moment,
    knows_when=knows_when,
    above=lambda content: content.type in ("page", "comment"),
)


def voice(call: Call) -> Dialect:
    """Return the dialect of a server; how much it shows inline is a setting of the deployment (FACTS 7.4)."""
    return replace(_VOICE, inline_most=call.world.switches.dc_inline_limit)
