"""One sweep: a full listing of one kind over some spaces without bodies, compared with what is known (laws 8 to 13).

What is there and not known, or changed without a new version, is read and written as content. What is known and not
there is only missing: the second witness tells what became of it (``checked_rows``). A sweep can stop after each page:
where it goes on, and what it has seen so far, is in STATE (law 15).
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tap_confluence.api.base import Api
from tap_confluence.api.query import ListingPage, Query, Record, Sort
from tap_confluence.api.walk import Proof, Walk, chunks
from tap_confluence.client.errors import ConfluenceNotFoundError, ConfluenceRequestError
from tap_confluence.sync.state.bookmarks import query_entry
from tap_confluence.sync.state.inventory import Inventory
from tap_confluence.sync.state.keys import key_of, known_of

PAGES_BETWEEN = 10
"""Pages after which news are read at the latest, so that STATE can move."""


@dataclass(slots=True, eq=False)
class Sweep:
    """One sweep.

    Attributes:
        kind: The type of content, as ``Key`` has it.
        space_ids: The spaces it covers.
        query: What it asks.
        cursor: Where it goes on; None at its start, and at its end.
        news: Rows to be read and written before STATE may say that the sweep is past them.
        pages: Pages since news were read.
        failed: It is over: something of it could not be read.
        whole: The spaces of the sweep that failed and of which this is a half, until STATE forgot that one.
    """

    kind: str
    space_ids: tuple[str, ...]
    query: Query
    cursor: str | None = None
    news: list[Record] = field(default_factory=list)
    pages: int = 0
    failed: bool = False
    whole: tuple[str, ...] | None = None

    @property
    def is_to_be_read(self) -> bool:
        """Whether the news are many enough to be read now."""
        return len(self.news) >= self.query.limit or (bool(self.news) and self.pages >= PAGES_BETWEEN)

    def halves(self) -> list[Sweep]:
        """The same over half of the spaces each, from the start; none where it covers one."""
        if len(self.space_ids) == 1:
            return []
        halves = chunks(self.space_ids, -(-len(self.space_ids) // 2))
        found = [sweep_of(self.kind, half, self.query, named=bool(self.query.space_ids)) for half in halves]
        for half in found:
            half.whole = self.whole or self.space_ids
        return found


def sweep_of(kind: str, space_ids: tuple[str, ...], query: Query, *, named: bool) -> Sweep:
    """A sweep over some spaces, from the start; ``named``: its listing names them, it is not that of the whole site."""
    return Sweep(kind, space_ids, replace(query, space_ids=space_ids if named else (), ids=(), sort=Sort.ID))


def resumed(kind: str, query: Query, entry: Mapping[str, Any]) -> Sweep | None:
    """The sweep that an earlier run left unfinished; None if it would be asked otherwise now."""
    wanted = sweep_of(kind, tuple(entry["space_ids"]), query, named=bool(entry["query"]["space_ids"]))
    wanted.cursor = entry["cursor"]
    return wanted if query_entry(wanted.query) == entry["query"] else None


class Quota:
    """How many more requests some sweeps may make; shared by threads."""

    def __init__(self, left: int | None) -> None:
        """Take the number; None for any."""
        self._left = left
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Use one of them; False when there is none left."""
        with self._lock:
            if self._left is None:
                return True
            self._left -= 1
            return self._left >= 0


class Restart:
    """Said by a walk whose cursor was rejected: it begins again (law 21)."""


def read(api: Api, sweep: Sweep, quota: Quota) -> Generator[ListingPage | Restart, None, Proof | None]:
    """Walk on, as far as the quota allows.

    Returns:
        The proof; None when there is more.

    Raises:
        ConfluenceError: The walk failed.
    """
    pages = Walk(api, sweep.query, cursor=sweep.cursor)
    if not quota.take():
        return None
    try:
        for page in pages:
            yield page
            if page.cursor is not None and not quota.take():
                return None
    except (ConfluenceRequestError, ConfluenceNotFoundError):
        if sweep.cursor is None or pages.so_far.rows:
            raise
        yield Restart()
        return (yield from read(api, replace(sweep, cursor=None), quota))
    return pages.proof


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares what a sweep shows with what is known.

    Attributes:
        inventory: What is known.
        start_date: Rows that changed earlier are known, not wanted (law 13); None for all.
        adopted: Spaces of which nothing is remembered: what their bookmark covers was written and is known.
    """

    inventory: Inventory
    start_date: str | None
    adopted: frozenset[str]

    def is_news(self, record: Record, through: str, *, lags: bool = False) -> bool:
        """Take note of a row; tells whether it is to be read and written.

        Args:
            record: The row.
            through: Its space is verified so far; what is younger is the next run's to find.
            lags: The next run may not find it: the lists of what changed lag behind this one (FACTS 2.10).
        """
        space_id, key = record["space_id"], key_of(record)
        known = self.inventory.get(space_id, key)
        updated_at = record["updated_at"]
        unwanted = self.start_date is not None and (updated_at or self.start_date) < self.start_date
        verified = (updated_at or through) <= through
        if known is not None:
            self.inventory.see(space_id, key)
        if unwanted or (space_id in self.adopted and verified):
            if known is None:
                self.inventory.note(record, wanted=not unwanted)
            return False
        if known is None or not known.digest:
            return verified or lags
        now = known_of(record)
        found_here = verified or lags or now.version == known.version
        return (known.version, known.digest) != (now.version, now.digest) and found_here
