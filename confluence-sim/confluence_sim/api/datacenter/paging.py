"""Pages by ``start`` and ``limit``, with silent caps and a ``next`` that may skip rows (FACTS 7.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from confluence_sim.api.endpoint import Call, Reply
from confluence_sim.api.params import INT32, Param

T = TypeVar("T")
ENDLESS_BEYOND = 200
"""Rows beyond which a list never ends, by a switch (FACTS 11.5)."""
EXPAND = {"expand": Param("String", many=100)}
PAGED = {"start": Param("Integer", default=0, maximum=INT32), "limit": Param("Integer", default=25, maximum=INT32)}


def own_path(call: Call) -> str:
    """Return the path of a question, relative to the context path."""
    return call.request.path.removeprefix(call.context)


def page_links(call: Call, **others: str) -> dict[str, str]:
    """Return the links of a list: where Confluence lives, and the list itself (FACTS 7.1)."""
    return {**others, "base": call.base, "context": call.context, "self": call.base + own_path(call)}


def address(call: Call, **values: Any) -> str:
    """Return the question again with other values, relative to the context path."""
    kept = [(name, value) for name, value in call.request.args.items(multi=True) if name not in values]
    return f"{own_path(call)}?{urlencode([*kept, *values.items()])}"


def _cut(call: Call, items: Iterable[T], start: int, limit: int) -> tuple[list[T], int, bool]:
    """Return a page's items, the ``size`` that it tells, and whether it links to more, truly or not (FACTS 11.5)."""
    switches = call.world.switches
    if _is_among(call, switches.dc_endless_lists):
        items = known = list(items)
        if len(known) > ENDLESS_BEYOND:
            return known[start : start + limit] or known[-limit:], limit, True
    begin = 0 if _is_among(call, switches.dc_start_ignored) else start
    found = list(islice(items, begin, begin + limit + 1))
    return found[:limit], min(limit, len(found)), len(found) > limit


def _is_among(call: Call, paths: str) -> bool:
    return bool(paths) and re.search(paths, call.request.path) is not None


def offset_page(
    call: Call, items: Iterable[T], render: Callable[[T], dict[str, Any]], *, most: int, **extra: Any
) -> Reply:
    """Return one page of a list.

    Args:
        call: with ``start`` and ``limit`` among its arguments.
        items: all there are, read no further than the page.
        render: item to JSON.
        most: the greatest page; a greater ``limit`` is lowered silently.
        extra: further fields of the answer.
    """
    start, asked = call.args["start"], call.args["limit"]
    limit = min(asked, most)
    shown, size, more = _cut(call, items, start, limit)
    results = [render(item) for item in shown]
    links: dict[str, str] = {}
    if more:
        further = asked if call.world.switches.dc_next_start_bug else limit
        links["next"] = address(call, limit=further, start=start + further)
    if start:
        links["prev"] = address(call, limit=limit, start=max(0, start - limit))
    answer = {"results": results, "start": start, "limit": limit, "size": size, **extra}
    return Reply({**answer, "_links": page_links(call, **links)}, rows=len(results), weight=0)
