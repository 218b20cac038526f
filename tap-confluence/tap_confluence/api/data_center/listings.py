"""What Data Center's ``/rest/api`` lists, and how it is asked for each (FACTS 7.2 to 7.7). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tap_confluence.api.query import Record
from tap_confluence.normalise.data_center import content_property, version
from tap_confluence.normalise.sets import group, label, member
from tap_confluence.normalise.v1 import space
from tap_confluence.normalise.values import Context

MISSING = ("tasks", "folders", "whiteboards", "databases", "embeds", "archived_pages")
"""What Data Center does not have, or not in its REST API (FACTS 7.7)."""


LISTED: Mapping[str, str] = {"pages": "page", "blogposts": "blogpost"}
"""Kinds that ``/content`` lists, by the type that it calls them."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is listed by ``start`` and ``limit`` at an address of its own.

    Attributes:
        path: Below the context path, with ``{id}`` of the container; the second is tried where the first is a 404.
        normalise: API object to record.
        expand: What to ask for beside the object itself.
    """

    path: tuple[str, ...]
    normalise: Callable[[Mapping[str, Any], Context], Record]
    expand: str = ""


_API = "/rest/api"
PARTS: Mapping[str, Part] = {
    "spaces": Part((f"{_API}/space",), space, "description.plain,homepage"),
    "groups": Part((f"{_API}/group",), group),
    "group_members": Part((f"{_API}/group/{{id}}/member",), member),
    "content_labels": Part((f"{_API}/content/{{id}}/label",), label),
    "content_versions": Part(
        (f"{_API}/content/{{id}}/version", "/rest/experimental/content/{id}/version"), version, "content"
    ),
    "content_properties": Part((f"{_API}/content/{{id}}/property",), content_property, "version"),
}
