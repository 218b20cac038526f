"""CQL on Data Center: ``/content/search`` and ``/search``, by ``start`` and ``limit`` (FACTS 2.6, 2.13, 7.7)."""

from __future__ import annotations

from typing import Any

from confluence_sim.api.datacenter.contents import renderer
from confluence_sim.api.datacenter.errors import refused
from confluence_sim.api.datacenter.find import TYPES, refused_keys
from confluence_sim.api.datacenter.paging import EXPAND, PAGED, offset_page
from confluence_sim.api.datacenter.voice import moment, space_object, voice
from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v1.content import content_object
from confluence_sim.api.v1.dialect import page_cap, read_expand
from confluence_sim.api.v1.excerpt import STRATEGIES, excerpt, plain_text, searched_words
from confluence_sim.api.v1.parts import friendly
from confluence_sim.cql import CqlError, Query, Searcher, clauses, order_of, parse, search
from confluence_sim.model import Content


def _query(call: Call) -> Query:
    text = call.args["cql"]
    if not text:
        raise refused("CQL was not supplied")
    query = parse(text)
    kinds = {value for item in clauses(query.where) if item.field == "type" for value in item.values}
    unknown = sorted(str(kind) for kind in kinds - set(TYPES))
    if unknown:
        raise CqlError(f"Could not parse cql : {text} (unknown type {unknown[0]})")
    fails_from = call.world.switches.dc_attachment_search_fails_from
    if "attachment" in kinds and fails_from is not None and call.args["start"] >= fails_from:
        raise refused("Offset is too large for this search")
    return query


def _found(call: Call, query: Query, *, archived_spaces: bool) -> list[Content]:
    """Return what a query finds, sorted."""
    searcher = Searcher(call.world, call.user)
    found = search(query, searcher, archived_spaces=archived_spaces)
    homepages = {space.homepage_id for space in call.world.spaces.values()}
    hidden = homepages if call.world.switches.dc_search_omits_homepage else set()
    refused = refused_keys(call)
    spaces = call.world.spaces
    shown = [
        item
        for item in found
        if item.type in TYPES and item.id not in hidden and spaces[item.space_id].key not in refused
    ]
    order_of(query, searcher).sort(shown)
    return shown


def _given(call: Call, found: list[Content]) -> list[Content]:
    """Return those that the pages of an answer show: it may end before its ``totalSize`` (FACTS 11.4)."""
    return found[: call.world.switches.search_most_rows]


def _without_comments(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as a search shows it: it does not tell whether there are comments (FACTS 7.4)."""
    row.get("childTypes", {}).pop("comment", None)
    return row


def search_content(call: Call) -> Reply:
    """Answer ``GET /content/search``: contents."""
    try:
        found = _found(call, _query(call), archived_spaces=False)
    except CqlError as error:
        raise refused(str(error)) from error
    most, render, cql = page_cap(call.args["expand"]), renderer(call), call.args["cql"]
    return offset_page(
        call,
        _given(call, found),
        lambda item: _without_comments(render(item)),
        most=most,
        totalSize=len(found),
        cqlQuery=cql,
    )


def search_all(call: Call) -> Reply:
    """Answer ``GET /search``: envelopes; the ``limit`` that is echoed is the one asked for (FACTS 2.6)."""
    args = call.args
    try:
        query = _query(call)
        found = _found(call, query, archived_spaces=args["includeArchivedSpaces"])
    except CqlError as error:
        raise refused(str(error)) from error
    words = searched_words(query)
    names = [name.removeprefix("content.") for name in args["expand"] or [] if name.startswith("content.")]
    reply = offset_page(
        call,
        _given(call, found),
        lambda content: _result(call, content, names, words),
        most=page_cap(names),
        totalSize=len(found),
        cqlQuery=args["cql"],
        searchDuration=1,
    )
    reply.body["limit"] = args["limit"]
    return reply


def _result(call: Call, content: Content, names: list[str], words: list[str]) -> dict[str, Any]:
    strategy = call.args["excerpt"]
    space = call.world.spaces[content.space_id]
    body = _without_comments(content_object(call, voice(call), content, read_expand(names)))
    return {
        "content": body,
        "title": excerpt(content.title, strategy if strategy != "none" else "indexed", words),
        "excerpt": excerpt(plain_text(content.body), strategy, words),
        "url": body["_links"]["webui"],
        "resultGlobalContainer": {
            "title": space.name,
            "displayUrl": space_object(call, space, {})["_links"]["webui"],
        },
        "entityType": "content",
        "iconCssClass": f"aui-icon content-type-{content.type}",
        "lastModified": moment(call, content.updated_at),
        "friendlyLastModified": friendly(content.updated_at),
    }


BOTH = {"cql": Param("String"), "cqlcontext": Param("String"), **EXPAND, **PAGED}
ALL = {
    "includeArchivedSpaces": Param("Boolean", default=False),
    "excerpt": Param("ExcerptStrategy", default="highlight", choices=STRATEGIES),
}
ENDPOINTS = [
    Endpoint("/content/search", search_content, BOTH, any_query=True),
    Endpoint("/search", search_all, {**BOTH, **ALL}, any_query=True),
]
