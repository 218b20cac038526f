"""Pages of search results: cursors, and links relative to ``/wiki`` (FACTS 2.3 to 2.6)."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from confluence_sim.api.endpoint import Call
from confluence_sim.api.v1.errors import refused
from confluence_sim.cql import Order, Place
from confluence_sim.model import Content

MARK = "_sa_"
"""Begins every cursor of the search."""


def encode(direction: str, place: Place) -> str:
    """Return the cursor of what comes ``after`` or ``before`` a place; the empty place is the beginning."""
    return MARK + base64.urlsafe_b64encode(json.dumps([direction, place]).encode()).decode()


def decode(cursor: str, order: Order) -> tuple[str, Place]:
    """Return direction and place.

    Raises:
        ApiError: 400 for what no search of this order gave out.
    """
    try:
        direction, place = json.loads(base64.urlsafe_b64decode(cursor.removeprefix(MARK)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise refused("Invalid cursor") from error
    if not cursor.startswith(MARK) or direction not in ("after", "before") or not (place == [] or order.fits(place)):
        raise refused("Invalid cursor")
    return direction, place


@dataclass(frozen=True)
class Part:
    """A page of results.

    Args:
        contents: its rows.
        before: cursor of the page before it, or None.
        after: cursor of the page behind it, or None.
    """

    contents: list[Content]
    before: str | None
    after: str | None


def cut(found: list[Content], order: Order, cursor: str | None, size: int) -> Part:
    """Return the page of ``found`` (sorted) to which a cursor leads: keyset paging, there is no snapshot.

    Raises:
        ApiError: 400 for a bad cursor.
    """
    direction, place = decode(cursor, order) if cursor is not None else ("after", [])
    behind = len(found)
    if not place:
        behind = 0
    elif direction == "after":
        behind = next((index for index, item in enumerate(found) if order.is_behind(item, place)), len(found))
    else:
        behind = next((index for index, item in enumerate(found) if order.place(item) == place), len(found))
    start = behind if direction == "after" else max(0, behind - size)
    end = min(len(found), start + size) if direction == "after" else behind
    rows = found[start:end]
    after = encode("after", order.place(found[end - 1]) if end else []) if end < len(found) else None
    before = encode("before", order.place(rows[0])) if start and rows else None
    return Part(rows, before, after)


def links(call: Call, part: Part, **marks: str) -> dict[str, Any]:
    """Return the links of a page; ``next`` and ``prev`` are relative to ``/wiki``, unlike v2 (FACTS 2.3).

    Args:
        call: the question.
        part: the answer.
        marks: parameters that ``next`` carries besides those of the question.
    """
    path = call.request.path.removeprefix("/wiki")
    asked = {name: values for name, values in call.request.args.lists() if name not in ("cursor", "next", "prev")}
    answer = {"base": call.base, "context": "/wiki", "self": f"{call.base}{path}?{urlencode(asked, doseq=True)}"}
    kept = {**asked, "limit": call.args["limit"], **marks}
    for name, cursor in (("next", part.after), ("prev", part.before)):
        if cursor is not None:
            mark = {name: "true"} if name in call.args else {}
            answer[name] = f"{path}?{urlencode({**mark, 'cursor': cursor, **kept}, doseq=True)}"
    return answer
