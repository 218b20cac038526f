"""The questions that the sync asks of a Confluence, whatever its dialect.

A dialect (``cloud_v2``, ``data_center``) answers them with normalised records; nothing above this
package knows which one is at work.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

Record = dict[str, Any]
"""A normalised record, as ``normalise`` makes it: the fields of its stream, in the one schema."""


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
            into one request (``Api.max_space_ids``).
        ids: Only these ids; empty means all.
        statuses: Only content in these statuses; always sent, since defaults differ (FACTS 1.10, 7.2).
        sort: The order.
        body_format: ``storage``, ``atlas_doc_format``, or None for no body.
        limit: Rows a request.
    """

    kind: str
    space_ids: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("current",)
    sort: Sort = Sort.ID
    body_format: str | None = None
    limit: int = 250


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One answer of a listing.

    Attributes:
        records: The rows, normalised; may be empty although more follow (FACTS 1.7).
        cursor: Where the next request goes on; None at the end, and only there.
        observed_at: When the server answered (its ``Date`` header), RFC 3339 UTC with milliseconds.
    """

    records: tuple[Record, ...]
    cursor: str | None
    observed_at: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials belong to, and where."""

    account_id: str
    display_name: str | None
    site: str
    """The site's origin with context path, the same for every way of reaching it (gateway or host)."""


class Api(Protocol):
    """A Confluence that can be asked."""

    max_space_ids: int
    """How many spaces one listing may name."""
    max_ids: int
    """How many ids one listing may name."""

    def identity(self) -> Identity:
        """Prove that the credentials are alive, before anything else is believed (FACTS 4.9).

        Raises:
            ConfluenceAuthError: They are not, or are somebody anonymous.
        """

    def page(self, query: Query, cursor: str | None = None) -> ListingPage:
        """Ask for one page of a listing.

        Args:
            query: What to list; must be the same for every page of one walk.
            cursor: ``ListingPage.cursor`` of the page before; None for the first.

        Raises:
            ConfluenceError: Anything but a complete, well-formed answer.
        """
