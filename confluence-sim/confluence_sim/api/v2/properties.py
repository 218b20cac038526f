"""v2 content properties: the keys and JSON values that apps hang on a content (FACTS 1.19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply, not_found
from confluence_sim.api.params import Param
from confluence_sim.api.v2 import shapes
from confluence_sim.api.v2.find import find
from confluence_sim.api.v2.paging import CURSOR, limit_param, listing, sort_param, sorted_walk
from confluence_sim.model import Property
from confluence_sim.shelves import Key


def property_object(_: Call, item: Property) -> dict[str, Any]:
    """Return a property with its value and its own version."""
    return {"id": item.id, "key": item.key, "value": item.value, "version": shapes.plain_version(item.version)}


def property_key(order: str, item: Property) -> Key:
    """Return where a property stands in an order."""
    return (item.key if order == "key" else int(item.id)), int(item.id)


def list_of(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /pages/{id}/properties`` and its kin."""

    def answer(call: Call) -> Reply:
        wanted = [item for item in find(call, kind).properties if call.args["key"] in (None, item.key)]
        return listing(call, sorted_walk(wanted, property_key), property_object, weight=0)

    return answer


def get_one(kind: str) -> Callable[[Call], Reply]:
    """Return the answer to ``GET /pages/{id}/properties/{property-id}`` and its kin."""

    def answer(call: Call) -> Reply:
        own = find(call, kind).properties
        found = next((item for item in own if int(item.id) == call.args["property_id"]), None)
        if found is None:
            raise not_found()
        return Reply(property_object(call, found), rows=1, weight=0)

    return answer


LIST = {
    "key": Param("String"),
    "sort": sort_param("key", default="id"),
    "cursor": CURSOR,
    "limit": limit_param(),
}
BEARERS = {
    "page": ("/pages", "read:page:confluence"),
    "blogpost": ("/blogposts", "read:page:confluence"),
    "attachment": ("/attachments", "read:attachment:confluence"),
    "comment": ("/comments", "read:comment:confluence"),
    "folder": ("/folders", "read:folder:confluence"),
    "whiteboard": ("/whiteboards", "read:whiteboard:confluence"),
    "database": ("/databases", "read:database:confluence"),
    "embed": ("/embeds", "read:embed:confluence"),
}


def _endpoints(kind: str, path: str, scope: str) -> list[Endpoint]:
    one = {"id": Param("AttachmentId" if kind == "attachment" else "Long")}
    single = {**one, "property_id": Param("Long")}
    return [
        Endpoint(f"{path}/<id>/properties", list_of(kind), {**one, **LIST}, scope=scope),
        Endpoint(f"{path}/<id>/properties/<property_id>", get_one(kind), single, scope=scope),
    ]


ENDPOINTS = [endpoint for kind, (path, scope) in BEARERS.items() for endpoint in _endpoints(kind, path, scope)]
