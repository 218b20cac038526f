"""v2 spaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply, not_found
from confluence_sim.api.params import Param
from confluence_sim.api.v2 import shapes
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sort_param, sorted_walk
from confluence_sim.model import Space

SPACE_TYPES = ("global", "collaboration", "knowledge_base", "personal", "system", "onboarding", "xflow_sample_space")
ORDERS: dict[str, Callable[[Space], Any]] = {
    "id": lambda space: int(space.id),
    "key": lambda space: space.key,
    "name": lambda space: space.name,
}
SHOWN = {"description-format": Param("BodyFormat", choices=("plain", "view")), "include-icon": Param("Boolean", False)}


def space_of(call: Call) -> Space:
    """Return the space of the path's ``id``.

    Raises:
        ApiError: 404.
    """
    space = call.world.spaces.get(str(call.args["id"]))
    if space is None or not call.sees_space(space):
        raise not_found()
    return space


def list_spaces(call: Call) -> Reply:
    """Answer ``GET /spaces``."""
    args = call.args

    def keep(space: Space) -> bool:
        return (
            call.sees_space(space)
            and (args["ids"] is None or int(space.id) in args["ids"])
            and (args["keys"] is None or space.key in args["keys"])
            and args["type"] in (None, space.type)
            and args["status"] in (None, space.status)
            and (args["labels"] is None or any(label.name in args["labels"] for label in space.labels))
        )

    spaces = call.world.spaces.values()
    walk = sorted_walk(spaces, lambda order, space: (ORDERS[order](space), int(space.id)))
    return listing(call, walk, shapes.space, keep=keep)


def get_space(call: Call) -> Reply:
    """Answer ``GET /spaces/{id}``."""
    answer = shapes.space(call, space_of(call))
    answer["_links"]["base"] = call.base
    return Reply(answer, rows=1)


ENDPOINTS = [
    Endpoint(
        "/spaces",
        list_spaces,
        {
            "ids": Param("Long", many=250),
            "keys": Param("String", many=250),
            "type": Param("SpaceType", choices=SPACE_TYPES),
            "status": Param("SpaceStatus", choices=("current", "archived")),
            "labels": Param("String", many=250),
            "sort": sort_param("id", "key", "name"),
            "cursor": CURSOR,
            "limit": limit_param(),
            **SHOWN,
        },
        scope="read:space:confluence",
    ),
    Endpoint("/spaces/<id>", get_space, {"id": Param("Long"), **SHOWN}, scope="read:space:confluence"),
]
