"""What can be listed, and what a listing answers, whatever the dialect."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from tap_confluence.client.errors import ConfluenceError

Record = dict[str, Any]
"""A normalised record, as ``normalise`` makes it: the fields of its stream, in the one schema."""

BY_ID = ("pages", "blogposts")
"""Kinds that every dialect can list by id."""
ONE_BY_ONE = ("attachments", "footer_comments", "inline_comments", "footer_replies", "inline_replies")
"""Kinds whose ids cost a request each: asked for only where a listing failed."""


class Sort(str, Enum):
    """The order of a listing."""

    ID = "id"
    """Ascending id: an edit does not move a row, so a cursor stays good (FACTS 1.6)."""
    NEWEST = "-modified"
    """Newest change first: an edit during the walk jumps to the head (FACTS 3.1)."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to list.

    Attributes:
        kind: The stream whose records are wanted: ``spaces``, ``pages``, ``blogposts``, ``attachments`` …
        space_ids: Only content of these spaces; empty means the whole site. The dialect says how many fit
            into one request (``Api.max_spaces``).
        ids: Only these ids; empty means all.
        statuses: Only content in these statuses; always sent, since defaults differ (FACTS 1.10, 7.2).
        sort: The order.
        body_format: ``storage``, ``atlas_doc_format``, or None for no body.
        limit: Rows a request.
        keys: Only spaces with these keys; ``kind`` is ``spaces``.
        labels: Only content with one of these labels; ``kind`` is ``labelled``.
        types: Content of these types too; ``kind`` is ``content_restrictions``.
        singly: Ask for each of the ids alone, where the list that holds them failed before.
        since: Rows that changed earlier may be left out; None for all. Only lists by search heed it.
        container: Only what hangs on this: type and id, e.g. ``("page", "123")``, ``("space", "9")``,
            ``("group", "…")``, ``("comment", "7")`` for its replies.
        containers: Only what hangs on one of these contents, by search.
    """

    kind: str
    space_ids: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("current",)
    sort: Sort = Sort.ID
    body_format: str | None = None
    limit: int = 250
    keys: tuple[str, ...] = ()
    container: tuple[str, str] | None = None
    since: str | None = None
    singly: bool = False
    labels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemFailure:
    """One row that the server could not deliver, although the listing around it went on.

    Attributes:
        kind: ``Query.kind``.
        id: The row's id; None when not even that came.
        message: For a person; holds no credential.
        space_id: Its space, where known.
        url: Where a person finds it, else what was asked.
        http_status: Of the last answer; None when there was none.
        stage: What failed: ``list``, ``download``.
        attempts: Requests made for it.
    """

    kind: str
    id: str | None
    message: str
    space_id: str | None = None
    url: str | None = None
    http_status: int | None = None
    stage: str = "list"
    attempts: int = 1

    @classmethod
    def of(cls, error: ConfluenceError, kind: str, row_id: str | None, **more: Any) -> ItemFailure:
        """A row that could not be read because of an error; ``more`` are fields that the error does not tell."""
        told = {"url": error.url, "http_status": error.http_status, "attempts": error.attempts}
        return cls(kind, row_id, str(error), **{**told, **more})


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One answer of a listing.

    Attributes:
        records: The rows, normalised; may be empty although more follow (FACTS 1.7).
        cursor: Where the next request goes on; None at the end, and only there.
        observed_at: When the server answered (its ``Date`` header), RFC 3339 UTC with milliseconds.
        failures: Rows that could not be delivered even alone (law 7 keeps them as dead letters).
        newest: Through when the server shows changes, where its rows do not tell: its clock, of a search; None where
            they do.
    """

    records: tuple[Record, ...]
    cursor: str | None
    observed_at: str
    failures: tuple[ItemFailure, ...] = ()
    newest: str | None = None
