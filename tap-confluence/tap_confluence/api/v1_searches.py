"""What is listed by CQL, because v2 has no list of it (FACTS 2.4 to 2.12). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tap_confluence.api import cql
from tap_confluence.api.base import Query, Record, Sort
from tap_confluence.normalise.sets import OPERATIONS, PRINCIPALS, labels_of, restrictions_of
from tap_confluence.normalise.v1 import comment, tree_item
from tap_confluence.normalise.values import Context

MAX_KEYS = 50
"""Space keys in one query: no limit is known but that of the address (FACTS 2.12)."""
MOST_ROWS = 200
MOST_BODIES = 50
"""Rows that a search gives at most with anything expanded, and with bodies (FACTS 2.6)."""
LAG_MINUTES = 24 * 60.0
"""How far the index may be behind: nobody knows (FACTS 2.10); a day is what others allow for (FACTS 2.7)."""
SCOPE = "search:confluence"


@dataclass(frozen=True, slots=True)
class Search:
    """How CQL lists one kind of thing.

    Attributes:
        types: What it is.
        expand: What to ask for beside the object itself.
        normalise: API object to record.
        keep: Which of the rows belong to this kind.
    """

    types: tuple[str, ...]
    expand: tuple[str, ...]
    normalise: Callable[[Mapping[str, Any], Context], Record]
    keep: Callable[[Record], bool]


def _replies(location: str) -> Search:
    """Answers to comments: v2 lists them by parent only, one request for each comment of the site (FACTS 1.18)."""
    return Search(
        types=("comment",),
        expand=(
            *("version", "history", "space", "container", "ancestors"),
            *("extensions.inlineProperties", "extensions.resolution"),
        ),
        normalise=comment,
        keep=partial(_is_reply, location),
    )


def _is_reply(location: str, record: Record) -> bool:
    return record["location"] == location and record["parent_comment_id"] is not None


def _tree_items(kind: str) -> Search:
    """What stands in the tree beside pages; v2 shows one of them by id, and no list (FACTS 1.20)."""
    return Search(
        types=(kind,),
        expand=("version", "history", "space", "ancestors"),
        normalise=partial(tree_item, kind=kind),
        keep=_everything,
    )


def _everything(_: Record) -> bool:
    return True


SEARCHES: Mapping[str, Search] = {
    **{f"{location}_replies": _replies(location) for location in ("footer", "inline")},
    **{f"{kind}s": _tree_items(kind) for kind in ("folder", "whiteboard", "database", "embed")},
    "labelled": Search(
        types=("page", "blogpost", "attachment"), expand=("space",), normalise=labels_of, keep=_everything
    ),
    "content_labels": Search(
        types=("page", "blogpost", "attachment"),
        expand=("space", "container", "metadata.labels"),
        normalise=labels_of,
        keep=_everything,
    ),
    "content_restrictions": Search(
        types=("page", "blogpost", "folder"),
        expand=(
            "space",
            *(f"restrictions.{name}.restrictions.{kind}" for name in OPERATIONS for kind in PRINCIPALS),
        ),
        normalise=restrictions_of,
        keep=_everything,
    ),
}

_ORDERS = {Sort.ID: "created asc", Sort.NEWEST: "lastmodified desc"}


def most_rows(query: Query) -> int:
    """Rows that one page may have, whatever the settings wish."""
    return min(query.limit, MOST_BODIES if query.body_format else MOST_ROWS)


def search_params(search: Search, query: Query, space_keys: Sequence[str], now: str) -> dict[str, str]:
    """The query string of ``/search``, which alone can look into archived spaces too (FACTS 2.14).

    Args:
        search: The kind.
        query: What to list.
        space_keys: Keys of the spaces of the query.
        now: The server's clock.
    """
    clauses = cql.both(
        cql.of_types(*search.types, *query.types),
        cql.within("content", query.ids) if query.ids else "",
        cql.within("label", query.labels) if query.labels else "",
        cql.within("space", space_keys) if space_keys else "",
        cql.changed_within(cql.minutes_back(query.since, now)) if query.since is not None else "",
    )
    expand = [*search.expand, *([f"body.{query.body_format}"] if query.body_format else [])]
    return {
        "cql": f"{clauses} order by {_ORDERS[query.sort]}",
        "expand": ",".join(f"content.{name}" for name in expand),
        "limit": str(query.limit),
        "includeArchivedSpaces": "true",
        "excerpt": "none",
    }
