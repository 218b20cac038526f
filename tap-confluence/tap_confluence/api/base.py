"""The questions that the sync asks of a Confluence, whatever its dialect.

A dialect (``cloud``, ``data_center``) answers them with normalised records; nothing above this
package knows which one is at work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tap_confluence.api.listing_limits import ListingLimits
from tap_confluence.api.query import ListingPage, Query, Record
from tap_confluence.client.totals import Totals


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials belong to, and where."""

    account_id: str
    display_name: str | None
    site: str
    """The site's origin with context path, the same for every way of reaching it (gateway or host)."""


class Api(Protocol):
    """A Confluence that can be asked."""

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
