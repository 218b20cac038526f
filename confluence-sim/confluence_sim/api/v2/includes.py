"""What a single object shows besides itself when ``include-*`` asks: labels, versions, properties (FACTS 1.13)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from confluence_sim.api.endpoint import Call
from confluence_sim.api.params import Param
from confluence_sim.api.v2.labels import label_object, seen_labels
from confluence_sim.api.v2.paging import encode_cursor
from confluence_sim.api.v2.properties import property_key, property_object
from confluence_sim.api.v2.shapes import plain_version
from confluence_sim.model import Content

T = TypeVar("T")
MOST = 50
"""How many of each are included; the rest has its own endpoint."""
VERSION = {"include-version": Param("Boolean", default=True)}


def include_params(*names: str) -> dict[str, Param]:
    """Return the parameters ``include-labels`` and so on, and ``include-version``."""
    return {**VERSION, **{f"include-{name}": Param("Boolean", default=False) for name in names}}


def _part(
    call: Call, name: str, items: Sequence[T], show: Callable[[T], dict[str, Any]], key: Callable[[T], Any]
) -> dict[str, Any]:
    shown = items[:MOST]
    more = len(items) > MOST
    order = "modified-date" if name == "versions" else "id"
    part: dict[str, Any] = {"results": [show(item) for item in shown], "meta": {"hasMore": more}, "_links": {}}
    if more:
        last = key(shown[-1])
        number = last[1]
        part["meta"]["cursor"] = encode_cursor(order, (last[0], number))
    part["_links"]["self"] = f"{call.request.path}/{name}"
    return part


def include(call: Call, content: Content, answer: dict[str, Any]) -> None:
    """Add to a single object's answer what was asked for; take the version out if it was not."""
    args = call.args
    if not args.get("include-version", True):
        del answer["version"]
    if args.get("include-labels"):
        labels = sorted(seen_labels(call, content.labels), key=lambda label: int(label.id))
        answer["labels"] = _part(
            call,
            "labels",
            labels,
            lambda label: label_object(call, label),
            lambda label: (int(label.id), int(label.id)),
        )
    if args.get("include-versions"):
        newest_first = content.versions[::-1]
        answer["versions"] = _part(
            call, "versions", newest_first, plain_version, lambda item: (item.created_at, item.number)
        )
    if args.get("include-properties"):
        own = sorted(content.properties, key=lambda item: int(item.id))
        part = _part(
            call,
            "properties",
            own,
            lambda item: property_object(call, item),
            lambda item: property_key("id", item),
        )
        answer["properties"] = {**answer.get("properties", {}), **part}
