"""What hangs on a content: children, comments, labels, properties, versions, restrictions (FACTS 7.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from confluence_sim.api.datacenter.contents import renderer
from confluence_sim.api.datacenter.errors import missing, not_implemented, refused
from confluence_sim.api.datacenter.find import ONE, content_of, release
from confluence_sim.api.datacenter.paging import EXPAND, PAGED, offset_page, page_links
from confluence_sim.api.datacenter.voice import voice
from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v1.content import content_object, history_object
from confluence_sim.api.v1.dialect import Expand, array, page_cap, read_expand
from confluence_sim.api.v1.parts import label_object, restriction_object, version_object
from confluence_sim.api.v2.labels import seen_labels
from confluence_sim.model import Content, Property, Version

KINDS = ("page", "attachment", "comment")
OPERATIONS = ("read", "update")
VERSIONS_SINCE = (9, 0)
"""From this release on versions have an address that is not experimental."""


def _comments(call: Call, content: Content, *, everything: bool) -> Iterator[Content]:
    """Yield the comments directly on a content, or with ``everything`` those on them too, by id."""
    world = call.world
    found = list(world.shelf("replies", content.id).members.values())
    for location in ("footer", "inline"):
        found += world.shelf(location, "in", content.id).members.values()
    if everything:
        found += [reply for item in found for reply in world.replies_below(item)]
    yield from sorted(found, key=lambda item: item.number)


def children(call: Call, content: Content, kind: str) -> Iterator[Content]:
    """Yield the current children of one kind.

    Raises:
        ApiError: 501 for a kind that has no children here.
    """
    world, args = call.world, call.args
    if kind not in KINDS:
        raise not_implemented(f"Unsupported child type: {kind}")
    if kind == "page":
        found = iter([item for item in world.children_of(content) if item.type == "page"])
    elif kind == "attachment":
        named, typed = args.get("filename"), args.get("mediaType")
        own = world.attachments_of(content)
        found = iter([item for item in own if named in (None, item.title) and typed in (None, item.media_type)])
    else:
        found = _comments(call, content, everything=args.get("depth") == "all")
        places = args.get("location")
        found = (item for item in found if _stands(item, places))
    return (item for item in found if item.status == "current" and call.sees(item))


def _stands(comment: Content, places: list[str] | None) -> bool:
    """Tell whether a comment is in one of these places; ``resolved`` is one for inline comments."""
    if not places:
        return True
    return comment.location in places or ("resolved" in places and comment.resolution_status == "resolved")


def all_children(call: Call) -> Reply:
    """Answer ``GET /content/{id}/child``: the kinds, and what is expanded of each."""
    content = content_of(call, wanted=("current",))
    path = f"/rest/api/content/{content.id}/child"
    tree, most = read_expand(call.args["expand"]), voice(call).inline_most
    answer: dict[str, Any] = {"_expandable": {kind: f"{path}/{kind}" for kind in KINDS if kind not in tree}}
    for kind in KINDS:
        if kind in tree:
            shown = [content_object(call, voice(call), item, tree[kind]) for item in children(call, content, kind)]
            answer[kind] = array(call, f"{path}/{kind}", shown, most)
    return Reply({**answer, "_links": page_links(call)}, rows=1, weight=0)


def children_of_kind(call: Call) -> Reply:
    """Answer ``GET /content/{id}/child/{type}``."""
    found = children(call, content_of(call, wanted=("current",)), call.args["kind"])
    return offset_page(call, found, renderer(call), most=page_cap(call.args["expand"]))


def descendants(call: Call) -> Reply:
    """Answer ``GET /content/{id}/descendant/{type}``: comments alone have any."""
    content = content_of(call, wanted=("current",))
    if call.args["kind"] != "comment":
        raise not_implemented("Currently only comment descendants are supported")
    found = (item for item in _comments(call, content, everything=True) if item.status == "current" and call.sees(item))
    return offset_page(call, found, renderer(call), most=page_cap(call.args["expand"]))


def labels(call: Call) -> Reply:
    """Answer ``GET /content/{id}/label``."""
    wanted = call.args["prefix"]
    found = (item for item in seen_labels(call, content_of(call).labels) if not wanted or item.prefix in wanted)
    return offset_page(call, found, label_object, most=1000)


def history(call: Call) -> Reply:
    """Answer ``GET /content/{id}/history``."""
    content = content_of(call)
    answer = history_object(call, voice(call), content, read_expand(call.args["expand"]))
    answer["_links"] |= {"base": call.base, "context": call.context}
    return Reply(answer, rows=1, weight=0)


def versions(call: Call) -> Reply:
    """Answer ``GET /content/{id}/version``, the newest first; experimental before 9.0."""
    if "/experimental/" not in call.request.path and release(call) < VERSIONS_SINCE:
        raise missing("null for uri")
    content, tree = content_of(call), read_expand(call.args["expand"])

    def render(item: Version) -> dict[str, Any]:
        shown = version_object(call, voice(call), item, tree)
        if "content" in tree:
            older = None if item is content.current else item
            shown["content"] = content_object(call, voice(call), content, tree["content"], older)
        return shown

    names = [name.removeprefix("content.") for name in call.args["expand"] or [] if name.startswith("content.")]
    return offset_page(call, reversed(content.versions), render, most=min(200, page_cap(names)))


def _property(call: Call, content: Content, item: Property, tree: Expand) -> dict[str, Any]:
    path = f"/rest/api/content/{content.id}"
    shown: dict[str, Any] = {
        "id": item.id,
        "key": item.key,
        "value": item.value,
        "_links": {"self": f"{call.base}{path}/property/{item.key}"},
        "_expandable": {"content": path, "version": ""},
    }
    if "version" in tree:
        shown["version"] = version_object(call, voice(call), item.version, tree["version"])
        del shown["_expandable"]["version"]
    return shown


def properties(call: Call) -> Reply:
    """Answer ``GET /content/{id}/property``."""
    content, tree = content_of(call), read_expand(call.args["expand"])
    return offset_page(call, content.properties, lambda item: _property(call, content, item, tree), most=200)


def one_property(call: Call) -> Reply:
    """Answer ``GET /content/{id}/property/{key}``."""
    content, key = content_of(call), call.args["key"]
    found = next((item for item in content.properties if item.key == key), None)
    if found is None:
        raise missing(f"Cannot find content property with key: {key}")
    return Reply(_property(call, content, found, read_expand(call.args["expand"])), rows=1, weight=0)


def restrictions(call: Call) -> Reply:
    """Answer ``GET /content/{id}/restriction/byOperation``: both operations by name."""
    content = content_of(call, wanted=("current",))
    names = call.args["expand"] or [f"{item}.restrictions.{who}" for item in OPERATIONS for who in ("user", "group")]
    tree = read_expand(names)
    answer: dict[str, Any] = {
        operation: restriction_object(call, voice(call), content, operation, tree.get(operation, {}))
        for operation in OPERATIONS
    }
    return Reply({**answer, "_links": page_links(call)}, rows=1, weight=0)


def restrictions_of_operation(call: Call) -> Reply:
    """Answer ``GET /content/{id}/restriction/byOperation/{operation}``."""
    content, operation = content_of(call, wanted=("current",)), call.args["operation"]
    if operation not in OPERATIONS:
        raise refused(f"Unsupported operation: {operation}")
    tree = read_expand(call.args["expand"] or ["restrictions.user", "restrictions.group"])
    answer = restriction_object(call, voice(call), content, operation, tree)
    answer["_links"] |= page_links(call)
    return Reply(answer, rows=1, weight=0)


KIND = {"kind": Param("String")}
LIST = {**ONE, **EXPAND, **PAGED}
COMMENTS = {"depth": Param("Depth", choices=("", "all"), default=""), "location": Param("String", many=3)}
FILES = {"filename": Param("String"), "mediaType": Param("String")}
PATH = "/content/<id>"
RESTRICTION = f"{PATH}/restriction/byOperation"
EXPERIMENTAL = [Endpoint(f"{PATH}/version", versions, LIST, any_query=True)]
"""Below ``/rest/experimental``."""
ENDPOINTS = [
    Endpoint(f"{PATH}/child", all_children, {**ONE, **EXPAND}, any_query=True),
    Endpoint(f"{PATH}/child/<kind>", children_of_kind, {**KIND, **LIST, **COMMENTS, **FILES}, any_query=True),
    Endpoint(f"{PATH}/descendant/<kind>", descendants, {**KIND, **LIST}, any_query=True),
    Endpoint(f"{PATH}/label", labels, {**ONE, **PAGED, "prefix": Param("String", many=4)}, any_query=True),
    Endpoint(f"{PATH}/history", history, {**ONE, **EXPAND}, any_query=True),
    Endpoint(f"{PATH}/version", versions, LIST, any_query=True),
    Endpoint(f"{PATH}/property", properties, LIST, any_query=True),
    Endpoint(f"{PATH}/property/<key>", one_property, {**ONE, **EXPAND, "key": Param("String")}, any_query=True),
    Endpoint(RESTRICTION, restrictions, {**ONE, **EXPAND}, any_query=True),
    Endpoint(
        f"{RESTRICTION}/<operation>",
        restrictions_of_operation,
        {**ONE, **EXPAND, "operation": Param("String")},
        any_query=True,
    ),
]
