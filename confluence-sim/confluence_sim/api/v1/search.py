"""CQL: ``/content/search`` and ``/search`` (FACTS 2.4 to 2.14)."""

from __future__ import annotations

from typing import Any

from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.errors import ApiError
from confluence_sim.api.params import INT32, Param
from confluence_sim.api.v1 import pages
from confluence_sim.api.v1.cloud import CLOUD
from confluence_sim.api.v1.content import content_object
from confluence_sim.api.v1.dialect import page_cap, read_expand
from confluence_sim.api.v1.errors import missing, refused
from confluence_sim.api.v1.excerpt import STRATEGIES, excerpt, plain_text, searched_words
from confluence_sim.api.v1.parts import friendly, space_object
from confluence_sim.api.v2.shapes import webui
from confluence_sim.cql import CqlError, Order, Query, Searcher, order_of, parse, search
from confluence_sim.model import Content

ICONS = {"page": "content-type-page", "blogpost": "content-type-blogpost", "comment": "content-type-comment"}


def _asked(call: Call) -> tuple[Query, Searcher, Order]:
    text = call.args["cql"]
    if not text:
        raise refused("CQL was not supplied")
    query = parse(text)
    searcher = Searcher(call.world, call.user)
    return query, searcher, order_of(query, searcher)


def _checked(call: Call, contents: list[Content], names: list[str]) -> None:
    """Fail as a search does that expands what cannot be read (FACTS 2.6).

    Raises:
        ApiError: 404 when an ancestor whose restrictions are wanted cannot be read; 500 by a switch.
    """
    if call.world.switches.search_storage_body_fails and any(name.startswith("body.storage") for name in names):
        raise ApiError(500, "INTERNAL", "java.lang.NullPointerException")
    if any(name.startswith("ancestors.restrictions") for name in names):
        for above in (item for content in contents for item in call.world.ancestors_of(content)):
            if above.status == "trashed" or not call.sees(above):
                raise missing(f"No content found with id: ContentId{{id={above.id}}}")


def search_content(call: Call) -> Reply:
    """Answer ``GET /content/search``: contents, paged by cursor alone."""
    names = call.args["expand"] or []
    cap = min(call.args["limit"], page_cap(names))
    try:
        query, searcher, order = _asked(call)
        found = search(query, searcher, archived_spaces=call.world.switches.content_search_holds_archived_spaces)
    except CqlError as error:
        raise refused(str(error)) from error
    order.sort(found)
    part = pages.cut(found[: call.world.switches.search_most_rows], order, call.args["cursor"], cap)
    _checked(call, part.contents, names)
    tree = read_expand(names)
    rows = [content_object(call, CLOUD, content, tree) for content in part.contents]
    answer = {"results": rows, "start": 0, "limit": cap, "size": len(rows), "_links": pages.links(call, part)}
    return Reply(answer, rows=len(rows))


def search_all(call: Call) -> Reply:
    """Answer ``GET /search``: envelopes; ``start`` is echoed and moves nothing (FACTS 2.5), nor is ``limit`` kept."""
    args = call.args
    names = [name.removeprefix("content.") for name in args["expand"] or [] if name.startswith("content.")]
    try:
        query, searcher, order = _asked(call)
        archived = search(query, searcher, archived_spaces=True, current_spaces=False)
        current = [] if args["excludeCurrentSpaces"] else search(query, searcher, archived_spaces=False)
    except CqlError as error:
        raise refused(str(error)) from error
    found = current + archived if args["includeArchivedSpaces"] or args["excludeCurrentSpaces"] else current
    order.sort(found)
    shown = found[: call.world.switches.search_most_rows]
    part = pages.cut(shown, order, args["cursor"], min(args["limit"], page_cap(names)))
    _checked(call, part.contents, names)
    words = searched_words(query)
    rows = [_result(call, content, names, words) for content in part.contents]
    answer = {
        "results": rows,
        "start": args["start"],
        "limit": args["limit"],
        "size": len(rows),
        "totalSize": len(found),
        "cqlQuery": args["cql"],
        "searchDuration": 1,
        "archivedResultCount": len(archived),
        "_links": pages.links(call, part, start=str(args["start"] + len(rows))),
    }
    return Reply(answer, rows=len(rows))


def _result(call: Call, content: Content, names: list[str], words: list[str]) -> dict[str, Any]:
    world = call.world
    strategy = call.args["excerpt"]
    space = world.spaces[content.space_id]
    shown = space_object(call, space, {})
    body = content_object(call, CLOUD, content, read_expand(names))
    container = world.contents.get(content.container_id or "")
    summary = {"title": space.name, "displayUrl": shown["_links"]["webui"]}
    above = None if container is None else {"title": container.title, "displayUrl": webui(call, container)}
    return {
        "content": body,
        **({"space": shown} if "space" in (call.args["expand"] or []) else {}),
        "title": excerpt(content.title, strategy if strategy != "none" else "indexed", words),
        "excerpt": excerpt(plain_text(content.body), strategy, words),
        "url": body["_links"]["webui"],
        "resultGlobalContainer": summary,
        **({"resultParentContainer": above} if above else {}),
        "breadcrumbs": [],
        "entityType": "content",
        "iconCssClass": f"aui-icon {ICONS.get(content.type, 'content-type-attachment')}",
        "lastModified": content.updated_at,
        "friendlyLastModified": friendly(content.updated_at),
        "score": 0.0,
    }


SCOPE = "search:confluence"
GRANULAR = ("read:content-details:confluence",)
BOTH = {
    "cql": Param("String"),
    "cursor": Param("String"),
    "limit": Param("Integer", default=25, maximum=INT32),
    "expand": Param("String", many=50),
}
ENDPOINTS = [
    Endpoint("/content/search", search_content, BOTH, scope=SCOPE, granular=GRANULAR),
    Endpoint(
        "/search",
        search_all,
        {
            **BOTH,
            "next": Param("Boolean", default=False),
            "prev": Param("Boolean", default=False),
            "start": Param("Integer", default=0, maximum=INT32),
            "includeArchivedSpaces": Param("Boolean", default=False),
            "excludeCurrentSpaces": Param("Boolean", default=False),
            "excerpt": Param("ExcerptStrategy", default="highlight", choices=STRATEGIES),
        },
        scope=SCOPE,
        granular=GRANULAR,
    ),
]
