"""Spaces, what is in them, and who may do what there (FACTS 7.3, 7.6)."""

from __future__ import annotations

from typing import Any

from confluence_sim.api.datacenter.contents import renderer
from confluence_sim.api.datacenter.errors import missing, not_implemented
from confluence_sim.api.datacenter.find import release, space_of
from confluence_sim.api.datacenter.paging import EXPAND, PAGED, offset_page, page_links
from confluence_sim.api.datacenter.voice import anonymous_object, group_object, space_object, user_object, voice
from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.errors import ApiError
from confluence_sim.api.params import Param
from confluence_sim.api.v1.content import content_object
from confluence_sim.api.v1.dialect import Expand, page_cap, read_expand
from confluence_sim.api.v1.parts import label_object
from confluence_sim.api.v2.labels import seen_labels
from confluence_sim.model import Content, Permission, Space

PERMISSIONS_SINCE = (9, 1)
KINDS = ("page", "blogpost")


def _may_see_permissions(call: Call, space: Space) -> None:
    """Fail as the server does for one who is not an administrator (CONFSERVER-99908).

    Raises:
        ApiError: 500.
    """
    principals = set() if call.user is None else {call.user.account_id, *call.world.groups_of(call.user)}
    if not any(item.operation == "administer" and item.principal_id in principals for item in space.permissions):
        raise ApiError(500, "INTERNAL", "com.atlassian.confluence.security.NotPermittedException")


def whole_space(call: Call, space: Space, expand: Expand) -> dict[str, Any]:
    """Return a space with the parts that only its own addresses expand."""
    answer = space_object(call, space, expand)
    hidden = answer["_expandable"]
    if "homepage" in expand and space.homepage_id is not None:
        page = call.world.contents[space.homepage_id]
        answer["homepage"] = content_object(call, voice(call), page, expand["homepage"])
        del hidden["homepage"]
    if "metadata" in expand:
        shown = [label_object(label) for label in seen_labels(call, space.labels)]
        path = f"/rest/api/space/{space.key}/label"
        answer["metadata"] = {
            "labels": {"results": shown, "size": len(shown), "_links": {"self": f"{call.base}{path}"}},
            "_expandable": {},
        }
        del hidden["metadata"]
    if "permissions" in expand:
        _may_see_permissions(call, space)
        answer["permissions"] = [_expanded(call, item) for item in space.permissions]
    return answer


def _expanded(call: Call, item: Permission) -> dict[str, Any]:
    """Return a permission as ``expand=permissions`` shows it."""
    world = call.world
    subjects: dict[str, Any] = {}
    if item.principal_type == "user":
        subjects["user"] = {"results": [user_object(call, world.users[item.principal_id])], "size": 1}
    elif item.principal_type == "group":
        subjects["group"] = {"results": [group_object(call, world.groups[item.principal_id])], "size": 1}
    else:
        subjects["user"] = {"results": [anonymous_object(call)], "size": 1}
    return {
        "id": int(item.id),
        "subjects": subjects,
        "operation": {"operation": item.operation, "targetType": item.target_type},
        "anonymousAccess": item.principal_type == "anonymous",
        "unlicensedAccess": False,
    }


def list_spaces(call: Call) -> Reply:
    """Answer ``GET /space``: by key."""
    args, tree = call.args, read_expand(call.args["expand"])

    def keep(space: Space) -> bool:
        kind = "personal" if space.type == "personal" else "global"
        return (
            call.sees_space(space)
            and (args["spaceKey"] is None or space.key in args["spaceKey"])
            and args["type"] in (None, kind)
            and args["status"] in (None, space.status)
            and (args["label"] is None or any(label.name in args["label"] for label in space.labels))
        )

    found = (item for item in sorted(call.world.spaces.values(), key=lambda item: item.key) if keep(item))
    most = call.world.switches.dc_space_limit
    return offset_page(call, found, lambda item: whole_space(call, item, tree), most=most)


def get_space(call: Call) -> Reply:
    """Answer ``GET /space/{key}``."""
    answer = whole_space(call, space_of(call), read_expand(call.args["expand"]))
    answer["_links"] |= {"base": call.base, "context": call.context, "collection": "/rest/api/space"}
    return Reply(answer, rows=1, weight=0)


def _contents(call: Call, space: Space, kind: str) -> list[Content]:
    at_top = (None, space.homepage_id)
    found = (item for _, item in call.world.shelf(kind, "space", space.id).walk("id"))
    return [
        item
        for item in found
        if item.status == "current" and (call.args["depth"] == "all" or item.parent_id in at_top) and call.sees(item)
    ]


def list_contents_of(call: Call) -> Reply:
    """Answer ``GET /space/{key}/content/{type}``."""
    space, kind = space_of(call), call.args["kind"]
    if kind not in KINDS:
        raise not_implemented(f"Unsupported content type: {kind}")
    return offset_page(call, _contents(call, space, kind), renderer(call), most=page_cap(call.args["expand"]))


def list_contents(call: Call) -> Reply:
    """Answer ``GET /space/{key}/content``: a list for each type."""
    space, path = space_of(call), call.request.path.removeprefix(call.context)
    pages: dict[str, Any] = {}
    for kind in KINDS:
        part = offset_page(call, _contents(call, space, kind), renderer(call), most=page_cap(call.args["expand"]))
        links = {"self": f"{call.base}{path}/{kind}"}
        if "next" in part.body["_links"]:
            links["next"] = part.body["_links"]["next"].replace(path, f"{path}/{kind}", 1)
        pages[kind] = {**part.body, "_links": links}
    rows = sum(part["size"] for part in pages.values())
    return Reply({**pages, "_links": page_links(call)}, rows=rows, weight=0)


def list_permissions(call: Call) -> Reply:
    """Answer ``GET /space/{key}/permissions`` (since 9.1): a plain list; 500 for whom it is not (FACTS 7.6)."""
    if release(call) < PERMISSIONS_SINCE:
        raise missing("null for uri")
    space = space_of(call)
    _may_see_permissions(call, space)
    return Reply([_assignment(call, space, item) for item in space.permissions], rows=len(space.permissions), weight=0)


def _assignment(call: Call, space: Space, item: Permission) -> dict[str, Any]:
    subject: dict[str, Any] = {"type": item.principal_type}
    if item.principal_type == "user":
        subject["userKey"] = call.world.users[item.principal_id].user_key
    elif item.principal_type == "group":
        subject["name"] = call.world.groups[item.principal_id].name
    return {
        "operation": {"targetType": item.target_type, "operationKey": item.operation},
        "subject": subject,
        "spaceKey": space.key,
        "spaceId": int(space.id),
    }


KEY = {"key": Param("String")}
LIST = {**KEY, **EXPAND, **PAGED, "depth": Param("Depth", choices=("all", "root"), default="all")}
ENDPOINTS = [
    Endpoint(
        "/space",
        list_spaces,
        {
            "spaceKey": Param("String", many=1000),
            "type": Param("SpaceType", choices=("global", "personal")),
            "status": Param("SpaceStatus", choices=("current", "archived")),
            "label": Param("String", many=100),
            **EXPAND,
            **PAGED,
        },
        any_query=True,
    ),
    Endpoint("/space/<key>", get_space, {**KEY, **EXPAND}, any_query=True),
    Endpoint("/space/<key>/content", list_contents, LIST, any_query=True),
    Endpoint("/space/<key>/content/<kind>", list_contents_of, {**LIST, "kind": Param("String")}, any_query=True),
    Endpoint("/space/<key>/permissions", list_permissions, KEY, any_query=True),
]
