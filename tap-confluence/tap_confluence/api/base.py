"""The questions that the sync asks of a Confluence, whatever its dialect.

A dialect (``cloud``, ``data_center``) answers them with normalised records; nothing above this
package knows which one is at work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from tap_confluence.client.errors import ConfluenceError
from tap_confluence.client.totals import Totals

if TYPE_CHECKING:
    from tap_confluence.api.listing_limits import ListingLimits

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
            into one request (``Api.max_space_ids``).
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
    formats: tuple[str, ...]
    """Formats in which a body can be asked for by id."""
    list_formats: tuple[str, ...]
    """Formats in which lists have bodies."""

    @property
    def totals(self) -> Totals:
        """What all requests so far came to."""

    def max_spaces(self, kind: str) -> int:
        """How many spaces one listing of ``kind`` may name; 0 when it can only be read for the whole site."""

    def first_spaces(self, kind: str) -> int:
        """How many spaces a first walk may cover: within it, rows come in the order of ``Sort.ID``."""

    def lag_minutes(self, query: Query) -> float:
        """How far the list that answers this may be behind the truth: a search reads an index (FACTS 2.10)."""

    def listing_limits(self, kind: str, spaces: int, share: float) -> ListingLimits:
        """How many spaces a listing covers.

        Args:
            kind: What is listed.
            spaces: How many are in scope.
            share: Of all that the account sees; 0 where that is not known.
        """

    def offers(self, kind: str) -> bool:
        """Whether this deployment has such a thing at all."""

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

    def locate(self, records: Iterable[Record]) -> list[Record]:
        """The same records with ``space_id`` and ``space_key`` filled in where only their container was known.

        Containers that went through ``page`` or ``learn`` before cost nothing; the others are asked for in batches.
        A container that is gone or hidden leaves null.
        """

    def learn(self, container_spaces: Iterable[tuple[str, str]]) -> None:
        """Tell what is known already: pairs of a page's or blog post's id and its space's id."""

    def page_id(self, space_key: str, title: str) -> str | None:
        """The id of the current page with this title, or None."""

    def child_pages(self, page_id: str) -> Iterator[str]:
        """The ids of the pages directly below a page, in the tree's order.

        Raises:
            ConfluenceNotFoundError: There is no such page, or it is hidden.
        """

    def count(self, query: Query) -> int | None:
        """How many rows a listing has, by what a search tells of its total; None where it does not.

        An estimate: an index may be behind the truth (FACTS 2.10), and shows no archived content.
        """

    def search(self, cql: str, expand: tuple[str, ...] = (), limit: int = 200) -> Iterator[dict[str, Any]]:
        """The API's own content objects that a CQL query finds, ``limit`` a request at most."""

    def watch_labels(self, names: Collection[str]) -> None:
        """From now on note which contents bear one of these labels, where rows can tell it."""

    def has_watched_label(self, content_id: str) -> bool:
        """Whether a row of this run told that a content bears a watched label."""

    def child_queries(self, query: Query, containers: Sequence[tuple[str, str]]) -> list[Query]:
        """The questions that show what hangs on these contents (type and id), of ``query``'s kind, most cheaply."""

    def has_roles(self) -> bool | None:
        """Whether spaces grant to roles (FACTS 11.1), asked for once; None where that cannot be read."""

    def hides(self, kind: str, content_id: str) -> bool:
        """Whether the site says that a content is there and kept from this account; a 404 says nothing (FACTS 4.8)."""

    def download(self, record: Record, begin: Callable[[], Callable[[bytes], object]], max_bytes: int | None) -> None:
        """Fetch the bytes of an attachment in the version of its record.

        Args:
            record: The attachment.
            begin: Called before each attempt with an empty file; returns what takes the bytes.
            max_bytes: Give up beyond this size; None for any.

        Raises:
            ConfluenceError: Not all bytes came.
        """

    def stop(self) -> None:
        """End every wait, now and later, with ``ConfluenceInterruptedError``; callable from a signal handler."""

    def close(self) -> None:
        """Give the connections back."""
