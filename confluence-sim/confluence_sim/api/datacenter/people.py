"""Users and groups: who am I, who are they, who belongs where (FACTS 7.4, 7.5)."""

from __future__ import annotations

from collections.abc import Iterable

from confluence_sim.api.datacenter.errors import forbidden, missing, refused
from confluence_sim.api.datacenter.paging import EXPAND, PAGED, offset_page
from confluence_sim.api.datacenter.voice import anonymous_object, group_object, user_object
from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.model import Group, User

MOST = 200


def current_user(call: Call) -> Reply:
    """Answer ``GET /user/current``; a dead token is ``anonymous`` here (FACTS 7.5).

    Raises:
        ApiError: 403 for such a one, by a switch.
    """
    if call.user is None and not call.world.switches.dc_anonymous_told:
        raise forbidden("User not permitted to use Confluence")
    answer = anonymous_object(call) if call.user is None else user_object(call, call.user)
    answer["_links"] = {**answer.get("_links", {}), "base": call.base, "context": call.context}
    return Reply(answer, rows=1, weight=0)


def _asked(call: Call) -> User:
    """Return the user of ``username`` or ``key``.

    Raises:
        ApiError: 400 or 404.
    """
    name, key = call.args["username"], call.args["key"]
    if name is None and key is None:
        raise refused("username or key is required")
    for user in call.world.users.values():
        if (name is not None and user.username == name) or (key is not None and user.user_key == key):
            return user
    raise missing(f"No user found with key : {key or name}")


def one_user(call: Call) -> Reply:
    """Answer ``GET /user``."""
    return Reply(user_object(call, _asked(call)), rows=1, weight=0)


def _groups(call: Call, groups: Iterable[Group]) -> Reply:
    found = sorted(groups, key=lambda group: group.name)
    return offset_page(call, found, lambda group: group_object(call, group), most=MOST)


def list_groups(call: Call) -> Reply:
    """Answer ``GET /group``."""
    return _groups(call, call.world.groups.values())


def groups_of(call: Call) -> Reply:
    """Answer ``GET /user/memberof``."""
    mine = call.world.groups_of(_asked(call))
    return _groups(call, (group for group in call.world.groups.values() if group.id in mine))


def _group(call: Call) -> Group:
    found = call.world.group_by_name(call.args["name"])
    if found is None:
        raise missing(f"No group found with name: {call.args['name']}")
    return found


def one_group(call: Call) -> Reply:
    """Answer ``GET /group/{name}``."""
    return Reply(group_object(call, _group(call)), rows=1, weight=0)


def members(call: Call) -> Reply:
    """Answer ``GET /group/{name}/member``."""
    users = [call.world.users[item] for item in _group(call).member_ids]
    return offset_page(call, users, lambda user: user_object(call, user), most=MOST)


WHO = {"username": Param("String"), "key": Param("String")}
NAME = {"name": Param("String")}
ENDPOINTS = [
    Endpoint("/user/current", current_user, EXPAND, any_query=True),
    Endpoint("/user", one_user, {**WHO, **EXPAND}, any_query=True),
    Endpoint("/user/memberof", groups_of, {**WHO, **EXPAND, **PAGED}, any_query=True),
    Endpoint("/group", list_groups, {**EXPAND, **PAGED}, any_query=True),
    Endpoint("/group/<name>", one_group, {**NAME, **EXPAND}, any_query=True),
    Endpoint("/group/<name>/member", members, {**NAME, **EXPAND, **PAGED}, any_query=True),
]
