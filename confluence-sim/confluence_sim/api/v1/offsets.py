"""Pages by ``start`` and ``limit`` on Cloud's v1 (FACTS 2.3, 2.5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from confluence_sim.api.endpoint import Call, Reply
from confluence_sim.api.params import INT32, Param


def page_params(limit: int) -> dict[str, Param]:
    """Return the parameters of a paged list; ``next`` and ``prev`` are marks that links carry."""
    marks = {name: Param("Boolean", default=False) for name in ("next", "prev")}
    numbers = {"start": Param("Integer", default=0, maximum=INT32), "limit": Param("Integer", limit, maximum=INT32)}
    return {**numbers, **marks}


def offset_page(call: Call, items: list[dict[str, Any]], *, most: int, weight: int, total: bool = False) -> Reply:
    """Return a page; ``next`` is relative to ``/wiki``.

    Args:
        call: with ``start`` and ``limit`` among its arguments.
        items: all there are.
        most: the system's own limit: a greater one is lowered silently.
        weight: points an item costs.
        total: tell how many there are.
    """
    start, limit = call.args["start"], min(call.args["limit"], most)
    shown = items[start : start + limit]
    path = call.request.path.removeprefix("/wiki")
    asked = {name: value for name, value in call.request.args.items() if name not in page_params(0)}
    links = {"base": call.base, "context": "/wiki", "self": f"{call.base}{path}"}
    if start + limit < len(items):
        links["next"] = f"{path}?{urlencode({'next': 'true', 'limit': limit, 'start': start + limit, **asked})}"
    if start:
        links["prev"] = f"{path}?{urlencode({'prev': 'true', 'limit': limit, 'start': max(0, start - limit), **asked})}"
    answer = {"results": shown, "start": start, "limit": limit, "size": len(shown), "_links": links}
    if total:
        answer["totalSize"] = len(items)
    return Reply(answer, rows=len(shown), weight=weight)
