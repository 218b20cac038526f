"""v1 groups and their members, by start and limit (FACTS 2.5)."""

from __future__ import annotations

from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v1.errors import missing, refused
from confluence_sim.api.v1.identity import user_object
from confluence_sim.api.v1.offsets import offset_page, page_params
from confluence_sim.api.v1.parts import group_object
from confluence_sim.model import Group

MOST = 200
"""The system's own limit: a greater one is lowered silently."""


def _page(call: Call, people: list[dict[str, Any]], *, total: bool = False) -> Reply:
    return offset_page(call, people, most=MOST, weight=2, total=total)


def _all_groups(call: Call) -> list[Group]:
    return sorted(call.world.groups.values(), key=lambda group: group.name)


def _group(call: Call, group_id: str | None) -> Group:
    if group_id is None:
        raise refused("id is missing")
    group = call.world.groups.get(group_id)
    if group is None:
        raise missing(f"No group found with id: {group_id}")
    return group


def list_groups(call: Call) -> Reply:
    """Answer ``GET /group``: by name."""
    return _page(call, [group_object(call, group) for group in _all_groups(call)])


def pick_groups(call: Call) -> Reply:
    """Answer ``GET /group/picker``: those whose name holds a word."""
    word = (call.args["query"] or "").lower()
    if not word:
        raise refused("query is missing")
    found = [group_object(call, group) for group in _all_groups(call) if word in group.name.lower()]
    return _page(call, found, total=call.args["shouldReturnTotalSize"])


def one_group(call: Call) -> Reply:
    """Answer ``GET /group/by-id``."""
    return Reply(group_object(call, _group(call, call.args["id"])), rows=1, weight=2)


def members(call: Call) -> Reply:
    """Answer ``GET /group/{groupId}/membersByGroupId``."""
    group = _group(call, call.args["groupId"])
    users = [user_object(call, call.world.users[item]) for item in group.member_ids]
    return _page(call, users, total=call.args["shouldReturnTotalSize"])


def groups_of(call: Call) -> Reply:
    """Answer ``GET /user/memberof``: the groups of a user."""
    user = call.world.users.get(call.args["accountId"] or "")
    if user is None:
        raise missing(f"No user found with account id: {call.args['accountId']}")
    mine = call.world.groups_of(user)
    return _page(call, [group_object(call, group) for group in _all_groups(call) if group.id in mine])


SCOPE = "read:confluence-groups"
GROUP = "read:group:confluence"
USER = "read:user:confluence"
PAGE = page_params(MOST)
TOTAL = {"shouldReturnTotalSize": Param("Boolean", default=False)}
ENDPOINTS = [
    Endpoint("/group", list_groups, PAGE, scope=SCOPE, granular=(GROUP,)),
    Endpoint("/group/by-id", one_group, {"id": Param("String")}, scope=SCOPE, granular=(GROUP,)),
    Endpoint("/group/picker", pick_groups, {"query": Param("String"), **PAGE, **TOTAL}, scope=SCOPE, granular=(GROUP,)),
    Endpoint(
        "/group/<groupId>/membersByGroupId",
        members,
        {"groupId": Param("String"), "expand": Param("String", many=10), **PAGE, **TOTAL},
        scope=SCOPE,
        granular=(GROUP, USER),
    ),
    Endpoint(
        "/user/memberof",
        groups_of,
        {"accountId": Param("String"), **PAGE},
        scope="read:confluence-user",
        granular=(USER, GROUP),
    ),
]
