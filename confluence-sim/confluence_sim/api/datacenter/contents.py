"""Lists of pages and blog posts, and single contents (FACTS 7.2 to 7.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from confluence_sim.api.datacenter.errors import forbidden, missing, not_implemented, refused
from confluence_sim.api.datacenter.find import (
    ONE,
    STATUS,
    VERSION,
    content_of,
    refused_keys,
    release,
    space_of,
    statuses,
    version_of,
)
from confluence_sim.api.datacenter.paging import EXPAND, PAGED, address, offset_page, page_links
from confluence_sim.api.datacenter.voice import voice
from confluence_sim.api.endpoint import Call, Endpoint, Reply
from confluence_sim.api.params import Param
from confluence_sim.api.v1.content import content_object
from confluence_sim.api.v1.dialect import page_cap, read_expand
from confluence_sim.model import Content
from confluence_sim.shelves import Shelf, walk_all

LISTED = ("page", "blogpost")
UNASKED = ["history", "space", "version"]
"""What a single content expands when nothing is asked for."""
EXPLICIT_STATUS_SINCE = (9, 0)
"""From this version on, no ``status`` means any (FACTS 7.2)."""
SCAN_SINCE = (7, 18)


def renderer(call: Call) -> Callable[[Content], dict[str, Any]]:
    """Return what makes JSON of the rows of a list, with what the question expands."""
    tree = read_expand(call.args["expand"])
    return lambda content: content_object(call, voice(call), content, tree)


def _shelves(call: Call, kind: str) -> list[Shelf]:
    """Return where the contents of a type stand: in one space, or all over the site."""
    if kind not in LISTED:
        raise not_implemented(f"Unsupported content type: {kind}")
    key = call.args["spaceKey"]
    names = (kind,) if key is None else (kind, "space", space_of(call, key).id)
    return [call.world.shelf(*names)]


def _wanted(call: Call) -> Callable[[Content], bool]:
    unasked = ("any",) if release(call) >= EXPLICIT_STATUS_SINCE else ("current",)
    wanted = statuses(call, unasked=unasked)
    title, day = call.args.get("title"), call.args.get("postingDay")

    def keep(content: Content) -> bool:
        return (
            (wanted is None or content.status in wanted)
            and title in (None, content.title)
            and day in (None, content.created_at[:10])
            and call.sees(content)
        )

    return keep


def list_contents(call: Call) -> Reply:
    """Answer ``GET /content``; some administrators block it (FACTS 7.2)."""
    if not call.world.switches.dc_content_list_allowed:
        raise forbidden("Access to this resource has been blocked by the administrator")
    if call.args["spaceKey"] in refused_keys(call):
        raise forbidden("User not permitted to view content of this space")
    keep = _wanted(call)
    found = (item for _, item in walk_all(_shelves(call, call.args["type"]), "id") if keep(item))
    return offset_page(call, found, renderer(call), most=page_cap(call.args["expand"]))


def scan(call: Call) -> Reply:
    """Answer ``GET /content/scan`` (since 7.18): pages alone, by a cursor ``content:<backwards>:<id>``."""
    if release(call) < SCAN_SINCE:
        raise missing("No content found with id: ContentId{id=scan}")
    limit, cursor = min(call.args["limit"], page_cap(call.args["expand"])), call.args["cursor"]
    backwards, at = _place(cursor)
    keep, after = _wanted(call), None if at is None else (at, at)
    found: Iterator[Content] = (
        item for _, item in walk_all(_shelves(call, "page"), "id", descending=backwards, after=after) if keep(item)
    )
    rows = list(islice(found, limit))
    more = next(found, None) is not None
    if backwards:
        rows.reverse()
    answer: dict[str, Any] = {"results": [renderer(call)(item) for item in rows], "cursor": cursor}
    further: dict[str, str] = {}
    if rows and (more or backwards):
        answer["nextCursor"] = f"content:false:{rows[-1].id}"
        further["next"] = address(call, cursor=answer["nextCursor"], limit=limit)
    if rows and at is not None and (more or not backwards):
        answer["prevCursor"] = f"content:true:{rows[0].id}"
        further["prev"] = address(call, cursor=answer["prevCursor"], limit=limit)
    links = page_links(call, **further)
    return Reply({**answer, "limit": limit, "size": len(rows), "_links": links}, rows=len(rows), weight=0)


def _place(cursor: str) -> tuple[bool, int | None]:
    """Return direction and id of a cursor of the scan.

    Raises:
        ApiError: 400 for anything else.
    """
    match cursor.split(":"):
        case ["content", "false" | "true" as backwards, "null"]:
            return backwards == "true", None
        case ["content", "false" | "true" as backwards, number] if number.isdecimal():
            return backwards == "true", int(number)
    raise refused(f"Invalid cursor: {cursor}")


def get_content(call: Call) -> Reply:
    """Answer ``GET /content/{id}``: current unless ``status`` says more; old versions are ``historical``."""
    wanted = statuses(call)
    content = content_of(call, wanted=wanted)
    older = version_of(content, call.args["version"])
    if older is not None and wanted is not None and "historical" not in wanted:
        raise missing(f"No content found with id: ContentId{{id={content.id}}}, version: {older.number}")
    shown = content_object(call, voice(call), content, read_expand(call.args["expand"] or UNASKED), older)
    shown["_links"] |= {"base": call.base, "context": call.context, "collection": "/rest/api/content"}
    return Reply(shown, rows=1, weight=0)


SPACE_KEY = {"spaceKey": Param("String")}
SCAN_LIMIT = {"limit": PAGED["limit"], "cursor": Param("String", default="content:false:null")}
BY_TITLE = {"title": Param("String"), "postingDay": Param("String")}
KIND = {"type": Param("String", default="page")}
ENDPOINTS = [
    Endpoint("/content", list_contents, {**KIND, **SPACE_KEY, **BY_TITLE, **STATUS, **EXPAND, **PAGED}, any_query=True),
    Endpoint("/content/scan", scan, {**SPACE_KEY, **STATUS, **EXPAND, **SCAN_LIMIT}, any_query=True),
    Endpoint("/content/<id>", get_content, {**ONE, **STATUS, **VERSION, **EXPAND}, any_query=True),
]
