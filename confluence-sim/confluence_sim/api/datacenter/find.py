"""The things that paths name, and the statuses and versions that queries ask for (FACTS 7.2, 7.6)."""

from __future__ import annotations

from confluence_sim.api.datacenter.errors import missing
from confluence_sim.api.endpoint import Call
from confluence_sim.api.params import INT32, Param
from confluence_sim.model import Content, Space, Version

TYPES = ("page", "blogpost", "attachment", "comment")
"""There are no folders, whiteboards, databases or embeds (FACTS 7.7)."""
STATUSES = ("current", "trashed", "historical", "draft", "archived", "any")
STATUS = {"status": Param("ContentStatus", choices=STATUSES, many=len(STATUSES))}
ONE = {"id": Param("String")}
VERSION = {"version": Param("Integer", minimum=0, maximum=INT32)}


def release(call: Call) -> tuple[int, int]:
    """Return the server's version, major and minor."""
    major, minor = call.world.switches.dc_version.split(".")[:2]
    return int(major), int(minor)


def statuses(call: Call, *, unasked: tuple[str, ...] = ("current",)) -> tuple[str, ...] | None:
    """Return the statuses that are asked for, or None for all.

    Args:
        call: with ``status`` among its arguments.
        unasked: what is meant when nothing is said.
    """
    asked = tuple(call.args["status"] or unasked)
    return None if "any" in asked else asked


def content_of(call: Call, *, wanted: tuple[str, ...] | None = None) -> Content:
    """Return the content of the path's ``id``.

    Args:
        call: whose ``id``.
        wanted: the statuses it may have; None for any.

    Raises:
        ApiError: 404, missing, hidden or in another status.
    """
    content_id = call.args["id"]
    found = call.world.contents.get(content_id)
    if found is None or found.type not in TYPES or not call.sees(found):
        raise missing(f"No content found with id: ContentId{{id={content_id}}}")
    status = found.status if call.world.is_in_place(found) else "trashed"
    if wanted is not None and status not in wanted and not ("historical" in wanted and status == "current"):
        raise missing(f"No content found with id: ContentId{{id={content_id}}}")
    return found


def version_of(content: Content, number: int | None) -> Version | None:
    """Return an older version, or None when the newest is wanted (``0`` means that too).

    Raises:
        ApiError: 404, there is no such version.
    """
    if not number or number == content.version:
        return None
    found = next((item for item in content.versions if item.number == number), None)
    if found is None:
        raise missing(f"No content found with id: ContentId{{id={content.id}}}, version: {number}")
    return found


def refused_keys(call: Call) -> set[str]:
    """Return the keys of spaces whose content nobody may list here."""
    return set(filter(None, call.world.switches.dc_spaces_refused.split(",")))


def space_of(call: Call, key: str | None = None) -> Space:
    """Return the space of a key, by default the path's.

    Raises:
        ApiError: 404.
    """
    wanted = call.args["key"] if key is None else key
    space = call.world.space_by_key(wanted)
    if space is None or not call.sees_space(space):
        raise missing(f"No space with key : {wanted}")
    return space
