"""What Confluence Cloud's v2 API lists, as a table (FACTS 1.8 to 1.11). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tap_confluence.api.query import Record, Sort
from tap_confluence.normalise.content import attachment, blogpost, comment, page, space, tree_item
from tap_confluence.normalise.details import content_property, task, version
from tap_confluence.normalise.sets import label, labelled_content, permission, role_assignment
from tap_confluence.normalise.values import Context

MAX_SPACES = 100
COMMENTS = ("footer_comment", "inline_comment")
LABELLED = ("pages_with_label", "blogposts_with_label", "attachments_with_label")
"""The lists of what bears a label, as containers of ``labelled``."""
_ONE = {Sort.ID: ""}
_BY_ID = {Sort.ID: "id", Sort.NEWEST: "-modified-date"}
_BY_CREATION = {Sort.ID: "created-date", Sort.NEWEST: "-modified-date"}


@dataclass(frozen=True, slots=True)
class Listing:
    """How v2 lists one kind of thing.

    Attributes:
        normalise: API object to record.
        reads: What the granular scope lets read: ``read:<this>:confluence`` (FACTS 4.5).
        path: Of the list of the whole site; empty when there is none.
        sorts: The parameter for each order, empty where there is but one; a kind without ``sort=id`` is walked by
            creation, which no edit changes.
        ids: The parameter that takes ids; None when there is none.
        max_spaces: Spaces that ``space-id`` takes; 0 when there is no such parameter.
        statuses: Statuses that ``status`` takes; empty when it is not sent.
        bodies: Whether ``body-format`` is taken.
        extra: Parameters that are always sent.
        inside: Paths by type of container, with ``{id}``, for what hangs on one thing.
        one: Path of a single thing, with ``{id}``, where ids can only be asked for one by one.
        keep: Which rows belong to this kind; None for all.
    """

    normalise: Callable[[Mapping[str, Any], Context], Record]
    reads: str
    path: str = ""
    sorts: Mapping[Sort, str] = field(default_factory=_ONE.copy)
    ids: str | None = None
    max_spaces: int = 0
    statuses: tuple[str, ...] = ()
    bodies: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    inside: Mapping[str, str] = field(default_factory=dict)
    one: str | None = None
    keep: Callable[[Record], bool] | None = None

    @property
    def scope(self) -> str:
        """The granular scope it needs."""
        return f"read:{self.reads}:confluence"


def _inside(what: str, *containers: str) -> dict[str, str]:
    return {each: f"/{each.replace('_', '-')}s/{{id}}/{what}" for each in containers}


def _documents(path: str, normalise: Callable[..., Record], *statuses: str) -> Listing:
    """Pages or blog posts."""
    return Listing(
        normalise,
        *("page", path, _BY_ID, "id", MAX_SPACES, ("current", *statuses, "deleted", "trashed")),
        bodies=True,
        one=f"{path}/{{id}}",
    )


def _comments(location: str) -> Listing:
    """Comments of one location: the lists of the site show roots, and perhaps replies, which are read elsewhere."""
    path = f"/{location}-comments"
    return Listing(
        partial(comment, location=location),
        *("comment", path, _BY_CREATION),
        bodies=True,
        inside=_inside(path[1:], "page", "blogpost"),
        one=f"{path}/{{id}}",
        keep=lambda record: record["parent_comment_id"] is None,
    )


def _tree_item(kind: str) -> Listing:
    """What stands in the tree beside pages: v2 shows each by its id, and has no list (FACTS 1.20)."""
    return Listing(partial(tree_item, kind=kind), kind, sorts={}, one=f"/{kind}s/{{id}}")


LISTINGS: Mapping[str, Listing] = {
    "spaces": Listing(space, "space", "/spaces", {Sort.ID: "id"}, "ids", extra={"description-format": "plain"}),
    "pages": _documents("/pages", page, "archived"),
    "blogposts": _documents("/blogposts", blogpost),
    "attachments": Listing(
        attachment,
        *("attachment", "/attachments", _BY_CREATION),
        statuses=("current", "archived", "trashed"),
        inside=_inside("attachments", "page", "blogpost"),
        one="/attachments/{id}",
    ),
    **{f"{location}_comments": _comments(location) for location in ("footer", "inline")},
    **{f"{kind}s": _tree_item(kind) for kind in ("folder", "whiteboard", "database", "embed")},
    "tasks": Listing(task, "task", "/tasks", max_spaces=MAX_SPACES, bodies=True, extra={"include-blank-tasks": "true"}),
    "labels": Listing(label, "label", "/labels", {Sort.ID: "id"}),
    "labelled": Listing(
        labelled_content, "page", inside={kind: f"/labels/{{id}}/{kind.partition('_')[0]}" for kind in LABELLED}
    ),
    "content_labels": Listing(
        label, "page", sorts={Sort.ID: "id"}, inside=_inside("labels", "page", "blogpost", "attachment")
    ),
    "content_versions": Listing(
        version,
        "page",
        sorts={Sort.ID: "-modified-date"},
        bodies=True,
        inside=_inside("versions", "page", "blogpost", "attachment", *COMMENTS),
    ),
    "content_properties": Listing(content_property, "page", inside=_inside("properties", "page", "blogpost")),
    "space_permissions": Listing(permission, "space", inside=_inside("permissions", "space")),
    "role_assignments": Listing(role_assignment, "space.permission", inside=_inside("role-assignments", "space")),
}
CONTAINER_SCOPES: Mapping[str, str] = {
    **dict.fromkeys(("attachment", "attachments_with_label"), "read:attachment:confluence"),
    **dict.fromkeys(COMMENTS, "read:comment:confluence"),
}
"""Scopes of what hangs on these."""
