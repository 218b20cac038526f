"""What Data Center's ``/rest/api`` lists, and how it is asked for each (FACTS 7.2 to 7.7). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tap_confluence.api import cql
from tap_confluence.api.base import Query, Record, Sort
from tap_confluence.normalise.data_center import content_property, permission, user, version
from tap_confluence.normalise.sets import OPERATIONS, PRINCIPALS, group, label, labels_of, member, restrictions_of
from tap_confluence.normalise.v1 import attachment, comment, document, space
from tap_confluence.normalise.values import Context

MOST_ROWS = 200
MOST_BODIES = 50
"""Rows that a list gives at most with anything expanded, and with bodies; lowered silently (FACTS 7.3)."""
MAX_KEYS = 50
"""Space keys in one query: no limit is known but that of the address (FACTS 2.12)."""
IDS_A_SEARCH = 50
LAG_MINUTES = 24 * 60.0
"""How far the index of the search may be behind: nobody knows (FACTS 2.10)."""
MISSING = ("tasks", "folders", "whiteboards", "databases", "embeds", "archived_pages")
"""What Data Center does not have, or not in its REST API (FACTS 7.7)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of content.

    Attributes:
        clause: What it is in CQL.
        expand: What to ask for beside the object itself.
        normalise: API object to record.
        keep: Which of the rows belong to this kind; None for all.
        listed: The type that ``/content`` lists; None where a search is the only list.
        bodies: Whether it has bodies.
    """

    clause: str
    expand: tuple[str, ...]
    normalise: Callable[[Mapping[str, Any], Context], Record]
    keep: Callable[[Record], bool] | None = None
    listed: str | None = None
    bodies: bool = False


_ALWAYS = ("version", "history", "space")
_COMMENT = (*_ALWAYS, "container", "ancestors", "extensions.inlineProperties", "extensions.resolution")


def _comments(location: str, *, replies: bool) -> Kind:
    return Kind(
        clause="type = comment",
        expand=_COMMENT,
        normalise=comment,
        keep=partial(_stands, location, replies),
        bodies=True,
    )


def _stands(location: str, replies: bool, record: Record) -> bool:
    return record["location"] == location and (record["parent_comment_id"] is not None) == replies


KINDS: Mapping[str, Kind] = {
    "pages": Kind("type = page", (*_ALWAYS, "ancestors"), partial(document, kind="page"), None, "page", bodies=True),
    "blogposts": Kind("type = blogpost", _ALWAYS, partial(document, kind="blogpost"), None, "blogpost", bodies=True),
    "attachments": Kind("type = attachment", (*_ALWAYS, "container"), attachment),
    **{f"{location}_comments": _comments(location, replies=False) for location in ("footer", "inline")},
    **{f"{location}_replies": _comments(location, replies=True) for location in ("footer", "inline")},
    "labelled": Kind("type in (page, blogpost, attachment)", ("space", "history"), labels_of),
    "content_labels": Kind(
        "type in (page, blogpost, attachment)", ("space", "history", "container", "metadata.labels"), labels_of
    ),
    "content_restrictions": Kind(
        "type in (page, blogpost)",
        ("space", *(f"restrictions.{name}.restrictions.{kind}" for name in OPERATIONS for kind in PRINCIPALS)),
        restrictions_of,
    ),
}


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
PERMISSION = permission
USER = user
_ORDERS = {Sort.ID: "created asc", Sort.NEWEST: "lastmodified desc"}


def expanded(kind: Kind, query: Query) -> str:
    """What a list of this kind asks for."""
    body = (f"body.{query.body_format}",) if query.body_format and kind.bodies else ()
    return ",".join((*kind.expand, *body))


def most_rows(query: Query) -> int:
    """Rows to ask for: no more than come, so that a lowered limit is never met."""
    return min(query.limit, MOST_BODIES if query.body_format else MOST_ROWS)


def clauses(kind: Kind, query: Query, keys: Sequence[str], now: str, base: str) -> str:
    """The query in CQL.

    Args:
        kind: What is listed.
        query: How.
        keys: Keys of its spaces.
        now: The server's clock.
        base: Moment at which the list is to begin, in its order; empty for all of it.
    """
    descending = query.sort is Sort.NEWEST
    found = cql.both(
        kind.clause,
        cql.within("content", query.ids) if query.ids else "",
        cql.within("label", query.labels) if query.labels else "",
        cql.within("space", keys) if keys else "",
        cql.changed_within(cql.minutes_back(query.since, now)) if query.since is not None else "",
        cql.from_here(base, now, descending=descending) if base else "",
    )
    return f"{found} order by {_ORDERS[query.sort]}"
