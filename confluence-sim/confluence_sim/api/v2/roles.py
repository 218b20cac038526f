"""v2 roles of spaces: the site's mode, the roles, and who holds one in a space (FACTS 11.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sorted_walk
from confluence_sim.api.v2.spaces import space_of
from confluence_sim.model import Role, RoleAssignment
from confluence_sim.shelves import Key

Numbered = tuple[int, Any]
"""An item with its place in a list that has no other order."""


def mode(call: Call) -> Reply:
    """Answer ``GET /space-role-mode``."""
    return Reply({"mode": call.world.switches.space_role_mode}, rows=0)


def role_object(_: Call, numbered: Numbered) -> dict[str, Any]:
    """Return a role; its permissions are named by operation and target, for want of a source for their ids."""
    role: Role = numbered[1]
    return {
        "id": role.id,
        "type": role.type,
        "name": role.name,
        "description": "",
        "spacePermissions": [f"{operation}/{target}" for operation, target in role.operations],
    }


def assignment_object(_: Call, numbered: Numbered) -> dict[str, Any]:
    """Return who holds which role."""
    item: RoleAssignment = numbered[1]
    principal = {"principalType": item.principal_type, "principalId": item.principal_id}
    return {"principal": principal, "roleId": item.role_id}


def _key(_: str, numbered: Numbered) -> Key:
    return numbered[0], numbered[0]


def _has_roles(call: Call) -> bool:
    return call.world.switches.space_role_mode != "PRE_ROLES"


def _assigned(call: Call, items: Iterable[RoleAssignment]) -> list[RoleAssignment]:
    args = call.args
    return [
        item
        for item in items
        if _has_roles(call)
        and args.get("role-id") in (None, item.role_id)
        and args["role-type"] in (None, call.world.roles[item.role_id].type)
        and args["principal-id"] in (None, item.principal_id)
        and args["principal-type"] in (None, item.principal_type)
    ]


def list_assignments(call: Call) -> Reply:
    """Answer ``GET /spaces/{id}/role-assignments``; they are identity objects and cost double (FACTS 5.2)."""
    walk = sorted_walk(enumerate(_assigned(call, space_of(call).role_assignments)), _key)
    return listing(call, walk, assignment_object, sort="id", weight=2)


def list_roles(call: Call) -> Reply:
    """Answer ``GET /space-roles``."""
    wanted = call.args["space-id"]
    spaces = (item for item in call.world.spaces.values() if wanted in (None, int(item.id)) and call.sees_space(item))
    held = {item.role_id for space in spaces for item in _assigned(call, space.role_assignments)}
    named = any(call.args[name] is not None for name in ("principal-id", "principal-type", "space-id"))
    roles = [role for role in call.world.roles.values() if _has_roles(call) and (not named or role.id in held)]
    return listing(call, sorted_walk(enumerate(roles), _key), role_object, sort="id", weight=2)


SCOPE = "read:space.permission:confluence"
WHO = {
    "role-type": Param("RoleType", choices=("SYSTEM", "CUSTOM")),
    "principal-id": Param("String"),
    "principal-type": Param("PrincipalType", choices=("USER", "GROUP", "ACCESS_CLASS")),
    "cursor": CURSOR,
    "limit": limit_param(),
}
ONE = {"id": Param("Long")}
ENDPOINTS = [
    Endpoint("/space-role-mode", mode, scope="read:configuration:confluence"),
    Endpoint("/space-roles", list_roles, {**WHO, "space-id": Param("Long")}, scope=SCOPE),
    Endpoint(
        "/spaces/<id>/role-assignments",
        list_assignments,
        {"id": Param("Long"), "role-id": Param("String"), **WHO},
        scope=SCOPE,
    ),
]
