"""v2 pages and blog posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply, not_found
from confluence_sim.api.params import Param
from confluence_sim.api.v2 import shapes
from confluence_sim.api.v2.find import LIST_FORMATS, SINGLE_FORMATS, find, version_of
from confluence_sim.api.v2.includes import include, include_params
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sort_param, sorted_walk
from confluence_sim.api.v2.spaces import space_of
from confluence_sim.model import Content, Version
from confluence_sim.shelves import Key, content_key, walk_all

STATUSES = {
    "page": ("current", "archived", "deleted", "trashed"),
    "blogpost": ("current", "deleted", "trashed"),
}
DEFAULT_STATUSES = {"page": ["current", "archived"], "blogpost": ["current"]}
SHAPES: dict[str, Callable[[Call, Content, Version | None], dict[str, Any]]] = {
    "page": shapes.page,
    "blogpost": shapes.blogpost,
}


def title_matches(call: Call, content: Content) -> bool:
    """Tell whether a content passes the ``title`` filter."""
    wanted = call.args.get("title")
    if wanted is None or wanted == content.title:
        return True
    return call.world.switches.title_matches_substring and wanted in content.title


def wanted_filter(call: Call) -> Callable[[Content], bool]:
    """Return what decides which contents a list shows."""
    args = call.args

    def keep(content: Content) -> bool:
        return (
            content.status in args["status"]
            and args.get("subtype") in (None, content.subtype or "page")
            and title_matches(call, content)
            and call.sees(content)
        )

    return keep


def list_all(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /pages`` or ``GET /blogposts``."""

    def answer(call: Call) -> Reply:
        ids, spaces = call.args["id"], call.args["space-id"]
        wanted = wanted_filter(call)

        def walk(order: str, descending: bool, after: Key | None) -> Iterator[tuple[Key, Content]]:
            if ids is not None:
                found = (call.world.contents.get(str(item)) for item in dict.fromkeys(ids))
                named = [item for item in found if item is not None and item.type == kind]
                return sorted_walk(named, content_key)(order, descending, after)
            names = [(kind,)] if spaces is None else [(kind, "space", str(item)) for item in dict.fromkeys(spaces)]
            return walk_all([call.world.shelf(*name) for name in names], order, descending=descending, after=after)

        def keep(content: Content) -> bool:
            return (spaces is None or int(content.space_id) in spaces) and wanted(content)

        return listing(call, walk, lambda c, item: SHAPES[kind](c, item, None), keep=keep)

    return answer


def list_in_space(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /spaces/{id}/pages`` or ``/blogposts``."""

    def answer(call: Call) -> Reply:
        space = space_of(call)
        wanted = wanted_filter(call)

        def keep(content: Content) -> bool:
            # depth=root: what stands at the top of the tree, which is the homepage's level and its children's
            at_top = content.parent_id in (None, space.homepage_id)
            return (call.args.get("depth") != "root" or at_top) and wanted(content)

        shelf = call.world.shelf(kind, "space", space.id)
        return listing(
            call,
            lambda order, descending, after: shelf.walk(order, descending=descending, after=after),
            lambda c, item: SHAPES[kind](c, item, None),
            keep=keep,
        )

    return answer


def get_one(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /pages/{id}`` or ``/blogposts/{id}``: a trashed one is there (FACTS 1.10)."""

    def answer(call: Call) -> Reply:
        content = find(call, kind)
        wanted = call.args["status"]
        hidden = content.status == "draft" and not call.args["get-draft"] and "draft" not in (wanted or ())
        if hidden or (wanted and content.status not in wanted and "historical" not in wanted):
            raise not_found()
        shown = SHAPES[kind](call, content, version_of(content, call.args["version"]))
        include(call, content, shown)
        shown["_links"]["base"] = call.base
        return Reply(shown, rows=1)

    return answer


def _list_params(kind: str, *orders: str) -> dict[str, Param]:
    return {
        "sort": sort_param("id", "created-date", "modified-date", *orders),
        "status": Param(
            "ContentStatus", default=DEFAULT_STATUSES[kind], choices=STATUSES[kind], many=len(STATUSES[kind])
        ),
        "title": Param("String"),
        "body-format": Param("BodyFormat", choices=LIST_FORMATS),
        "cursor": CURSOR,
        "limit": limit_param(),
    }


def _filters() -> dict[str, Param]:
    return {"id": Param("Long", many=250), "space-id": Param("Long", many=100)}


def _one_params(kind: str) -> dict[str, Param]:
    statuses = (*STATUSES[kind], "historical", "draft")
    return {
        "id": Param("Long"),
        "body-format": Param("BodyFormat", choices=SINGLE_FORMATS),
        "status": Param("ContentStatus", choices=statuses, many=len(statuses)),
        "version": Param("Integer", minimum=1),
        "get-draft": Param("Boolean", default=False),
        **include_params("labels", "versions", "properties"),
    }


PAGE = _list_params("page", "title")
POST = _list_params("blogpost")
SUBTYPE = {"subtype": Param("PageSubType", choices=("live", "page"))}
DEPTH = {"depth": Param("Depth", default="all", choices=("all", "root"))}
ONE = {"id": Param("Long")}
SCOPE = "read:page:confluence"
ENDPOINTS = [
    Endpoint("/pages", list_all("page"), {**_filters(), **SUBTYPE, **PAGE}, scope=SCOPE),
    Endpoint("/blogposts", list_all("blogpost"), {**_filters(), **POST}, scope=SCOPE),
    Endpoint("/spaces/<id>/pages", list_in_space("page"), {**ONE, **DEPTH, **PAGE}, scope=SCOPE),
    Endpoint("/spaces/<id>/blogposts", list_in_space("blogpost"), {**ONE, **POST}, scope=SCOPE),
    Endpoint("/pages/<id>", get_one("page"), _one_params("page"), scope=SCOPE),
    Endpoint("/blogposts/<id>", get_one("blogpost"), _one_params("blogpost"), scope=SCOPE),
]
