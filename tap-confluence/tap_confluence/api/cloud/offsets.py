"""What v1 lists by ``start`` and ``limit`` (FACTS 2.5): groups, members, the restrictions of one content. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tap_confluence.api.query import Record
from tap_confluence.normalise.sets import group, member, restricted_to
from tap_confluence.normalise.values import Context

MOST = 200
"""Rows a request; more is lowered silently."""


@dataclass(frozen=True, slots=True)
class Offset:
    """How one kind of thing is listed.

    Attributes:
        path: Below the prefix of v1, with ``{id}`` of the container.
        normalise: API object to records.
        scope: The scope it needs.
        expand: What to ask for beside the object itself.
        nested: Each row holds lists of its own to which ``start`` applies: they end with a page that shows nothing.
    """

    path: str
    normalise: Callable[[Mapping[str, Any], Context], list[Record]]
    scope: str
    expand: str | None = None
    nested: bool = False


OFFSETS: Mapping[str, Offset] = {
    "groups": Offset("/group", lambda row, context: [group(row, context)], "read:confluence-groups"),
    "group_members": Offset(
        "/group/{id}/membersByGroupId", lambda row, context: [member(row, context)], "read:confluence-groups"
    ),
    "content_restrictions": Offset(
        "/content/{id}/restriction",
        restricted_to,
        "read:confluence-content.all",
        expand="restrictions.user,restrictions.group",
        nested=True,
    ),
}


def following(offset: Offset, start: int, found: int, *, linked: bool) -> str | None:
    """Where the next page begins, counted by what came and not by what was asked for (FACTS 7.3); None at the end."""
    if found == 0 or not (linked or offset.nested):
        return None
    return str(start + (MOST if offset.nested else found))
