"""What the settings say about one part of the content: how it is read, and how its rows are treated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tap_confluence.api.listing_limits import ListingLimits
from tap_confluence.api.query import Record
from tap_confluence.sync.timestamps import earlier


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the settings say about reading one stream.

    Attributes:
        stream: Its name.
        statuses: Statuses of the content.
        body_format: None for no bodies.
        page_size: Rows a request.
        lookback_minutes: Overlap behind a bookmark.
        listing_limits: How many spaces a listing covers, and when that of the whole site is the narrower.
        first_spaces: Spaces that one first walk may cover.
        chains: First walks side by side.
        resync: Ids of spaces to read from the start although they have a bookmark.
    """

    stream: str
    statuses: tuple[str, ...]
    body_format: str | None
    page_size: int
    lookback_minutes: float
    listing_limits: ListingLimits
    first_spaces: int
    chains: int
    resync: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a run treats the rows of one part.

    Attributes:
        lookback_minutes: Overlap behind a bookmark.
        start_date: Rows that changed earlier are not wanted; None for all.
        frozen: The run moves no bookmark (law 12).
        most_rows: Write no more rows than this; None for all.
        allows: Whether a row passes the filters by label; None when there are none.
    """

    lookback_minutes: float
    start_date: str | None = None
    frozen: bool = False
    most_rows: int | None = None
    allows: Callable[[Record], bool] | None = None

    def floor(self, through: str) -> str:
        """From where a bookmark is read again."""
        return earlier(through, minutes=self.lookback_minutes)
