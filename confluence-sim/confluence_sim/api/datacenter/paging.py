"""Pages by ``start`` and ``limit``, with silent caps and a ``next`` that may skip rows (FACTS 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from confluence_sim.api.endpoint import Call, Reply
from confluence_sim.api.params import INT32, Param

T = TypeVar("T")
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
    found = list(islice(items, start, start + limit + 1))
    results = [render(item) for item in found[:limit]]
    links: dict[str, str] = {}
    if len(found) > limit:
        shown = asked if call.world.switches.dc_next_start_bug else limit
        links["next"] = address(call, limit=shown, start=start + shown)
    if start:
        links["prev"] = address(call, limit=limit, start=max(0, start - limit))
    answer = {"results": results, "start": start, "limit": limit, "size": len(results), **extra}
    return Reply({**answer, "_links": page_links(call, **links)}, rows=len(results), weight=0)
