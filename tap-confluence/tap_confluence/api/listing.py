"""One page of a listing, in both dialects: its rows, which of them say enough, and what it is called. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from tap_confluence.api.query import ItemFailure, Query, Record
from tap_confluence.client.errors import ConfluenceAuthError, ConfluenceResponseError
from tap_confluence.client.transport import Response


def rows(answer: Response, what: str) -> list[dict[str, Any]]:
    """The rows of a listing.

    Raises:
        ConfluenceResponseError: There is no list of objects where they belong; an empty list is fine.
    """
    results = answer.data.get("results") if isinstance(answer.data, dict) else None
    if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
        raise ConfluenceResponseError(f"{what}: the answer has no list of results; it is not a Confluence listing")
    return results


def one(answer: Response, what: str) -> dict[str, Any]:
    """The single object that was asked for.

    Raises:
        ConfluenceResponseError: It is none.
    """
    if not isinstance(answer.data, dict):
        raise ConfluenceResponseError(f"{what}: the answer is not an object; it is not a Confluence's")
    return answer.data


def identity_refused(error: ConfluenceAuthError) -> ConfluenceAuthError:
    """A refusal of the identity check: also a 403 is about the credentials, ends everything, and so loses its status.

    A 401 keeps it: what to advise depends on it.
    """
    status = None if error.http_status == HTTPStatus.FORBIDDEN else error.http_status
    return ConfluenceAuthError(str(error), http_status=status, attempts=error.attempts, url=error.url)


def named(records: Sequence[Record], what: str) -> None:
    """See that every record has an id: one without would pass for gone, with all that belongs to it.

    Raises:
        ConfluenceResponseError: One has none.
    """
    if any(record["id"] is None for record in records):
        raise ConfluenceResponseError(f"{what}: a row came without an id")


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


MEMBERS = (
    *("content_labels", "content_properties", "content_versions", "labelled", "labels", "role_assignments"),
    "space_permissions",
)
"""Kinds whose rows are members of a set, and nothing by themselves."""
IN_SPACES = ("pages", "blogposts", "tasks")
"""Kinds whose rows name their space."""


def told_apart(
    kind: str, records: Iterable[Record], *, by_container: bool = True
) -> tuple[tuple[Record, ...], tuple[ItemFailure, ...]]:
    """The rows that say what they are and where, and the others as failures.

    Args:
        kind: What was listed.
        records: The rows.
        by_container: Whether a row is placed by its container where it does not name its space.
    """
    if kind in MEMBERS:
        return tuple(records), ()
    whole, failures = [], []
    for record in records:
        lack = _lack(kind, record, by_container=by_container)
        if lack is None:
            whole.append(record)
        else:
            message = f"a row of {kind} came without {lack}"
            failures.append(
                ItemFailure(kind, record["id"], url=record.get("url"), http_status=HTTPStatus.OK, message=message)
            )
    return tuple(whole), tuple(failures)


def _lack(kind: str, record: Record, *, by_container: bool) -> str | None:
    """What a row came without although nothing can be done with it then: its key, its place."""
    if record["id"] is None:
        return "an id"
    if kind == "spaces":
        return None if record["key"] else "a key"
    if record["space_id"] is None and not (by_container and record.get("container_id")):
        return "a space" if kind in IN_SPACES or not by_container else "a container"
    return "a location" if record.get("location", "") is None else None
