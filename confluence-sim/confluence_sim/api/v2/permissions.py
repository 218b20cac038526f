"""v2 space permissions: who may do what in a space."""

from __future__ import annotations

from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sorted_walk
from confluence_sim.api.v2.spaces import space_of
from confluence_sim.model import Permission
from confluence_sim.shelves import Key


def permission_object(_: Call, item: Permission) -> dict[str, Any]:
    """Return one assignment: an operation on a kind of target, for a user or a group."""
    return {
        "id": item.id,
        "principal": {"type": item.principal_type, "id": item.principal_id},
        "operation": {"key": item.operation, "targetType": item.target_type},
    }


def _key(_: str, item: Permission) -> Key:
    return int(item.id), int(item.id)


def list_of_space(call: Call) -> Reply:
    """Answer ``GET /spaces/{id}/permissions``; permissions are identity objects and cost double (FACTS 5.2)."""
    walk = sorted_walk(call.world.permissions_in(space_of(call)), _key)
    return listing(call, walk, permission_object, sort="id", weight=2)


ENDPOINTS = [
    Endpoint(
        "/spaces/<id>/permissions",
        list_of_space,
        {"id": Param("Long"), "cursor": CURSOR, "limit": limit_param()},
        scope="read:space:confluence",
    ),
]
