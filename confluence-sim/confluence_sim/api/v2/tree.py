"""v2 page tree: children, descendants and ancestors of all that has a place in it (FACTS 1.8, 1.17, 9.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v2.find import find
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sort_param, sorted_walk
from confluence_sim.model import TREE_TYPES, Content
from confluence_sim.shelves import Key

DEEPEST = 10
"""How far down one question reaches; below that, ask the deepest ones (FACTS 1.17)."""
STATUSES = ("current", "archived")


def child_object(call: Call, content: Content) -> dict[str, Any]:
    """Return what a list of children tells of one."""
    return {**_short(call, content), "type": content.type}


def _short(_: Call, content: Content) -> dict[str, Any]:
    return {
        "id": content.id,
        "status": content.status,
        "title": content.title,
        "spaceId": content.space_id,
        "childPosition": content.position,
    }


def _seen(call: Call, content: Content) -> bool:
    return content.status in STATUSES and call.sees(content)


def list_children(kind: str, *, only_pages: bool) -> Callable[[Call], Reply]:
    """Return the answer to ``direct-children``, or to the older ``children`` of pages."""

    def answer(call: Call) -> Reply:
        shelf = call.world.shelf("children", find(call, kind).id)
        return listing(
            call,
            lambda order, descending, after: shelf.walk(order, descending=descending, after=after),
            _short if only_pages else child_object,
            keep=lambda item: _seen(call, item) and (item.type == "page" or not only_pages),
        )

    return answer


def _below(call: Call, content: Content, depth: int) -> Iterator[tuple[int, Content]]:
    """Yield (depth, content) for what the caller sees below a content, level by level; drafts too (FACTS 11.7)."""
    statuses = (*STATUSES, "draft") if call.world.switches.descendants_show_drafts else STATUSES
    level = [content]
    for at in range(1, depth + 1):
        below = (child for item in level for child in call.world.children_of(item))
        level = [child for child in below if child.status in statuses and call.sees(child)]
        yield from ((at, child) for child in level)


def _top_to_bottom(_: str, item: tuple[int, Content]) -> Key:
    depth, content = item
    return f"{depth:02d} {content.position or 0:020d}", content.number


def list_descendants(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``descendants``: the highest first, down to ``depth``."""

    def render(_: Call, item: tuple[int, Content]) -> dict[str, Any]:
        depth, content = item
        return {
            "id": content.id,
            "status": content.status,
            "title": content.title,
            "type": content.type,
            "parentId": content.parent_id,
            "depth": depth,
            "childPosition": content.position,
        }

    def answer(call: Call) -> Reply:
        below = _below(call, find(call, kind), call.args["depth"])
        return listing(call, sorted_walk(below, _top_to_bottom), render, sort="depth")

    return answer


def list_ancestors(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``ancestors``: root first, the nearest ``limit``, no cursor (FACTS 1.17)."""

    def answer(call: Call) -> Reply:
        nearest = call.world.ancestors_of(find(call, kind))[-call.args["limit"] :]
        results = [{"id": item.id, "type": item.type} for item in nearest]
        return Reply({"results": results, "_links": {"base": call.base}}, rows=len(results))

    return answer


ONE = {"id": Param("Long")}
LIMIT = {"limit": limit_param()}
PAGED = {"cursor": CURSOR, **LIMIT}
BY_PLACE = ("created-date", "id", "child-position", "modified-date")
CHILDREN = {**ONE, **PAGED, "sort": sort_param(*BY_PLACE, default="child-position")}
DIRECT = {**CHILDREN, "sort": sort_param(*BY_PLACE, "title", default="child-position")}
DEPTH = {"depth": Param("Integer", default=2, minimum=1, maximum=DEEPEST)}
TREE, METADATA = "read:hierarchical-content:confluence", "read:content.metadata:confluence"
ENDPOINTS = [
    Endpoint("/pages/<id>/children", list_children("page", only_pages=True), CHILDREN, scope="read:page:confluence"),
    *(
        endpoint
        for kind in TREE_TYPES
        for endpoint in (
            Endpoint(f"/{kind}s/<id>/direct-children", list_children(kind, only_pages=False), DIRECT, scope=TREE),
            Endpoint(f"/{kind}s/<id>/descendants", list_descendants(kind), {**ONE, **PAGED, **DEPTH}, scope=TREE),
            Endpoint(f"/{kind}s/<id>/ancestors", list_ancestors(kind), {**ONE, **LIMIT}, scope=METADATA),
        )
    ),
]
