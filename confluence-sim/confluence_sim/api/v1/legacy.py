"""What v1 once had and Cloud has removed: 410, or alive for who comes with an API token (FACTS 2.1 to 2.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.errors import ApiError
from confluence_sim.api.params import Param
from confluence_sim.api.v1.cloud import CLOUD
from confluence_sim.api.v1.content import content_object
from confluence_sim.api.v1.dialect import page_cap, read_expand
from confluence_sim.api.v1.errors import missing, refused
from confluence_sim.api.v1.offsets import offset_page, page_params
from confluence_sim.model import Space

HEADERS = {"Deprecation": "true", "Warning": '299 - "Deprecated API, will be removed on 31 Mar 2025"'}
FARTHEST = 100_000
LISTED = ("page", "blogpost")


def gone() -> ApiError:
    """Return the 410."""
    text = "com.atlassian.confluence.api.service.exceptions.GoneException: This deprecated endpoint has been removed."
    return ApiError(410, "GONE", text, headers=HEADERS)


def removed(_: Call) -> Reply:
    """Answer 410.

    Raises:
        ApiError: always.
    """
    raise gone()


def unless_gone(answer: Callable[[Call], Reply]) -> Callable[[Call], Reply]:
    """Return an answer that is given only while the switch ``legacy_v1`` is ``alive``."""

    def answered(call: Call) -> Reply:
        if call.world.switches.legacy_v1 != "alive":
            raise gone()
        reply = answer(call)
        return replace(reply, headers={**reply.headers, **HEADERS})

    return answered


def _space(call: Call, key: str) -> Space:
    space = call.world.space_by_key(key)
    if space is None or not call.sees_space(space):
        raise missing(f"No space with key : {key}")
    return space


def list_contents(call: Call) -> Reply:
    """Answer ``GET /content``."""
    args, world = call.args, call.world
    if args["start"] > FARTHEST:
        raise refused("Start of this size is no longer supported")
    if args["type"] not in LISTED:
        raise ApiError(501, "NOT_IMPLEMENTED", f"Not supported: content type {args['type']}")
    place = () if args["spaceKey"] is None else ("space", _space(call, args["spaceKey"]).id)
    tree = read_expand(args["expand"])
    found = [
        content_object(call, CLOUD, item, tree)
        for _, item in world.shelf(args["type"], *place).walk("id")
        if item.status == args["status"] and args["title"] in (None, item.title) and call.sees(item)
    ]
    return offset_page(call, found, most=page_cap(args["expand"]), weight=1)


def one_content(call: Call) -> Reply:
    """Answer ``GET /content/{id}``."""
    content = call.world.contents.get(call.args["id"])
    if content is None or content.status != call.args["status"] or not call.sees(content):
        raise missing(f"No content found with id: ContentId{{id={call.args['id']}}}")
    return Reply(content_object(call, CLOUD, content, read_expand(call.args["expand"])), rows=1)


def list_spaces(call: Call) -> Reply:
    """Answer ``GET /space``."""
    tree = read_expand(call.args["expand"])
    seen = [CLOUD.space(call, item, tree) for item in call.world.spaces.values() if call.sees_space(item)]
    return offset_page(call, seen, most=1000, weight=1)


def one_space(call: Call) -> Reply:
    """Answer ``GET /space/{key}``."""
    return Reply(CLOUD.space(call, _space(call, call.args["key"]), read_expand(call.args["expand"])), rows=1)


PATH = {name: Param("String") for name in ("id", "key", "kind")}
EXPAND = {"expand": Param("String", many=50)}
STATUS = {"status": Param("String", default="current")}
OF_CONTENT = {"type": Param("String", default="page"), "spaceKey": Param("String"), "title": Param("String")}
REMOVED = (
    *("/content/<id>/history", "/content/<id>/child", "/content/<id>/child/<kind>", "/content/<id>/label"),
    *("/content/<id>/property", "/content/<id>/property/<key>", "/content/<id>/version"),
    *("/space/<key>/content", "/space/<key>/content/<kind>", "/space/<key>/property"),
)
ALIVE = {
    "/content": (list_contents, {**OF_CONTENT, **STATUS, **EXPAND, **page_params(25)}),
    "/content/<id>": (one_content, {**PATH, **STATUS, **EXPAND}),
    "/space": (list_spaces, {**EXPAND, **page_params(25)}),
    "/space/<key>": (one_space, {**PATH, **EXPAND}),
}
ENDPOINTS = [
    *(Endpoint(rule, removed, PATH, any_query=True) for rule in REMOVED),
    *(Endpoint(rule, unless_gone(answer), params, any_query=True) for rule, (answer, params) in ALIVE.items()),
]
