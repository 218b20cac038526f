"""What Confluence Cloud's v2 API lists, and how it is asked for each (FACTS 1.8 to 1.11). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

from tap_confluence.api.base import ItemFailure, Query, Record, Sort
from tap_confluence.client.errors import ConfluenceConfigError
from tap_confluence.normalise.content import attachment, blogpost, comment, page, space, tree_item
from tap_confluence.normalise.details import content_property, task, version
from tap_confluence.normalise.sets import label, labelled_content, permission, role_assignment
from tap_confluence.normalise.values import Context

MAX_SPACES = 100
CONTAINER_SCOPES: Mapping[str, str] = {
    **dict.fromkeys(("attachment", "attachments_with_label"), "read:attachment:confluence"),
    **dict.fromkeys(("footer_comment", "inline_comment"), "read:comment:confluence"),
}
"""Scopes of what hangs on these."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How v2 lists one kind of thing (FACTS 1.8 to 1.11).

    Attributes:
        path: Below ``V2``.
        normalise: API object to record.
        sorts: The parameter for each order, empty where there is but one; a kind without ``sort=id`` is walked by
            creation, which no edit changes.
        scope: The granular scope it needs (FACTS 4.5).
        ids: The parameter that takes ids; None when there is none.
        max_spaces: Spaces that ``space-id`` takes; 0 when there is no such parameter.
        statuses: Statuses that ``status`` takes; empty when it is not sent.
        bodies: Whether ``body-format`` is taken.
        extra: Parameters that are always sent.
        inside: Paths by type of container, with ``{id}``, for what hangs on one thing.
        one: Path of a single thing, with ``{id}``, where ids can only be asked for one by one.
        keep: Which rows belong to this kind; None for all.
        members: Whether its rows are members of a set, and nothing by themselves.
    """

    path: str
    normalise: Callable[[Mapping[str, Any], Context], Record]
    sorts: Mapping[Sort, str]
    scope: str
    ids: str | None = None
    max_spaces: int = 0
    statuses: tuple[str, ...] = ()
    bodies: bool = False
    extra: Mapping[str, str] | None = None
    inside: Mapping[str, str] = field(default_factory=dict)
    one: str | None = None
    keep: Callable[[Record], bool] | None = None
    members: bool = False


_BY_ID = {Sort.ID: "id", Sort.NEWEST: "-modified-date"}
_BY_CREATION = {Sort.ID: "created-date", Sort.NEWEST: "-modified-date"}


def _comments(location: str) -> Listing:
    """Comments of one location: the lists of the site show roots, and perhaps replies, which are read elsewhere."""
    return Listing(
        path=f"/{location}-comments",
        normalise=partial(comment, location=location),
        sorts=_BY_CREATION,
        scope="read:comment:confluence",
        bodies=True,
        inside={kind: f"/{kind}s/{{id}}/{location}-comments" for kind in ("page", "blogpost")},
        one=f"/{location}-comments/{{id}}",
        keep=_is_root,
    )


def _tree_item(kind: str) -> Listing:
    """What stands in the tree beside pages: v2 shows each by its id, and has no list (FACTS 1.20)."""
    return Listing(
        path="",
        normalise=partial(tree_item, kind=kind),
        sorts={},
        scope=f"read:{kind}:confluence",
        one=f"/{kind}s/{{id}}",
    )


def _is_root(record: Record) -> bool:
    return record["parent_comment_id"] is None


LISTINGS: Mapping[str, Listing] = {
    "spaces": Listing(
        path="/spaces",
        normalise=space,
        sorts={Sort.ID: "id"},
        scope="read:space:confluence",
        ids="ids",
        extra={"description-format": "plain"},
    ),
    "pages": Listing(
        path="/pages",
        normalise=page,
        sorts=_BY_ID,
        scope="read:page:confluence",
        ids="id",
        max_spaces=MAX_SPACES,
        statuses=("current", "archived", "deleted", "trashed"),
        bodies=True,
        one="/pages/{id}",
    ),
    "blogposts": Listing(
        path="/blogposts",
        normalise=blogpost,
        sorts=_BY_ID,
        scope="read:page:confluence",
        ids="id",
        max_spaces=MAX_SPACES,
        statuses=("current", "deleted", "trashed"),
        bodies=True,
        one="/blogposts/{id}",
    ),
    "attachments": Listing(
        path="/attachments",
        normalise=attachment,
        sorts=_BY_CREATION,
        scope="read:attachment:confluence",
        statuses=("current", "archived", "trashed"),
        inside={"page": "/pages/{id}/attachments", "blogpost": "/blogposts/{id}/attachments"},
        one="/attachments/{id}",
    ),
    **{f"{kind}s": _tree_item(kind) for kind in ("folder", "whiteboard", "database", "embed")},
    "content_labels": Listing(
        path="",
        normalise=label,
        sorts={Sort.ID: "id"},
        scope="read:page:confluence",
        inside={kind: f"/{kind}s/{{id}}/labels" for kind in ("page", "blogpost", "attachment")},
        members=True,
    ),
    "space_permissions": Listing(
        path="",
        normalise=permission,
        sorts={Sort.ID: ""},
        scope="read:space:confluence",
        inside={"space": "/spaces/{id}/permissions"},
        members=True,
    ),
    "labels": Listing(
        path="/labels",
        normalise=label,
        sorts={Sort.ID: "id"},
        scope="read:label:confluence",
        members=True,
    ),
    "labelled": Listing(
        path="",
        normalise=labelled_content,
        sorts={Sort.ID: ""},
        scope="read:page:confluence",
        inside={f"{kind}_with_label": f"/labels/{{id}}/{kind}" for kind in ("pages", "blogposts", "attachments")},
        members=True,
    ),
    "role_assignments": Listing(
        path="",
        normalise=role_assignment,
        sorts={Sort.ID: ""},
        scope="read:space.permission:confluence",
        inside={"space": "/spaces/{id}/role-assignments"},
        members=True,
    ),
    "content_versions": Listing(
        path="",
        normalise=version,
        sorts={Sort.ID: "-modified-date"},
        scope="read:page:confluence",
        bodies=True,
        inside={
            kind: f"/{kind.replace('_', '-')}s/{{id}}/versions"
            for kind in ("page", "blogpost", "attachment", "footer_comment", "inline_comment")
        },
        members=True,
    ),
    "content_properties": Listing(
        path="",
        normalise=content_property,
        sorts={Sort.ID: ""},
        scope="read:page:confluence",
        inside={kind: f"/{kind}s/{{id}}/properties" for kind in ("page", "blogpost")},
        members=True,
    ),
    "tasks": Listing(
        path="/tasks",
        normalise=task,
        sorts={Sort.ID: ""},
        scope="read:task:confluence",
        max_spaces=MAX_SPACES,
        bodies=True,
        extra={"include-blank-tasks": "true"},
    ),
    **{f"{location}_comments": _comments(location) for location in ("footer", "inline")},
}


def describe(query: Query) -> str:
    """A listing as messages name it."""
    if query.container is not None:
        return f"listing {query.kind} of {query.container[0]} {query.container[1]}"
    named = query.keys or query.ids or query.containers or query.space_ids
    if not named:
        return f"listing {query.kind}"
    shown = ", ".join(named[:3]) + (" …" if len(named) > 3 else "")  # noqa: PLR2004 - three tell enough
    what = "ids" if query.ids else "contents" if query.containers else "spaces"
    return f"listing {query.kind} of {what} {shown}"


def path_of(listing: Listing, query: Query) -> str:
    """The listing of the whole site, or of what hangs on one thing.

    Raises:
        ConfluenceConfigError: Nothing of this kind hangs on such a thing.
    """
    if query.container is None:
        return listing.path
    container_type, container_id = query.container
    template = listing.inside.get(container_type)
    if template is None:
        raise ConfluenceConfigError(f"{query.kind} cannot be listed by {container_type}")
    return template.format(id=quote(container_id, safe=""))


def scope_of(listing: Listing, query: Query) -> str:
    """The scope that a listing needs: what hangs on something is read with it."""
    return CONTAINER_SCOPES.get(query.container[0], listing.scope) if query.container else listing.scope


def params_of(listing: Listing, query: Query) -> dict[str, str] | None:
    """The query string; None when nothing can match, so that nothing need be asked.

    Raises:
        ConfluenceConfigError: The kind cannot be asked for in this way.
    """
    if query.sort not in listing.sorts:
        raise ConfluenceConfigError(f"{query.kind} cannot be listed by {query.sort.value}")
    params = {"limit": str(query.limit), **(listing.extra or {})}
    if order := listing.sorts[query.sort]:
        params["sort"] = order
    _add_what(params, listing, query)
    if listing.statuses:
        statuses = [status for status in query.statuses if status in listing.statuses]
        if not statuses:
            return None
        params["status"] = ",".join(statuses)
    if query.body_format is not None and listing.bodies:
        params["body-format"] = query.body_format
    return params


def _add_what(params: dict[str, str], listing: Listing, query: Query) -> None:
    """Which of them.

    Raises:
        ConfluenceConfigError: The kind cannot be asked for in this way.
    """
    if query.ids:
        if listing.ids is None:
            raise ConfluenceConfigError(f"{query.kind} cannot be listed by id")
        params[listing.ids] = ",".join(query.ids)
    if query.kind == "spaces":
        _add_space_filters(params, query)
    elif query.space_ids:
        if not listing.max_spaces:
            raise ConfluenceConfigError(f"{query.kind} cannot be listed by space")
        params["space-id"] = ",".join(query.space_ids)


def _add_space_filters(params: dict[str, str], query: Query) -> None:
    if query.space_ids:
        params["ids"] = ",".join(query.space_ids)
    if query.keys:
        params["keys"] = ",".join(query.keys)
    if len(query.statuses) == 1:
        params["status"] = query.statuses[0]


def lacks(kind: str, record: Record) -> str | None:
    """What a row came without although nothing can be done with it then: its key, its place."""
    if kind in LISTINGS and LISTINGS[kind].members:
        return None
    if record["id"] is None:
        return "an id"
    if kind == "spaces":
        return None if record["key"] else "a key"
    if record["space_id"] is None and record.get("container_id") is None:
        return "a space" if kind in LISTINGS and LISTINGS[kind].max_spaces else "a container"
    return None


def incomplete(kind: str, record: Record, lack: str) -> ItemFailure:
    """A row that says too little to be placed."""
    return ItemFailure(
        kind=kind,
        id=record["id"],
        space_id=None,
        url=record.get("url"),
        http_status=200,
        stage="list",
        message=f"a row of {kind} came without {lack}",
        attempts=1,
    )
