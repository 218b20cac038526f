"""What the walks that run ahead share: their findings, and the server's clock. They never touch STATE."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tap_confluence.api.base import Api
from tap_confluence.api.query import ListingPage, Query, Sort
from tap_confluence.api.walk import Proof
from tap_confluence.client.errors import ConfluenceError, is_of_one
from tap_confluence.sync.state.bookmarks import Resume
from tap_confluence.sync.timestamps import EPOCH, earlier

ROW_BYTES = 4_000
"""What a row takes in memory beside its body, about."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a walk, on its way to the writer.

    Attributes:
        page: What was listed.
        t0: What the walk will have verified when it is through.
        again: The walk had lost its place and found it again: its cursor belongs to a listing of the spaces left.
        passed: Up to where rows were read before and come again.
        listed: The page is one of many changes: what it adds to those that are to be read by id, when each changed, by
            space and id; the listing may go on behind it in another run.
        bare: It came without bodies: the rows themselves follow.
        through: A chunk of changes in ascending order: its space is verified through this moment once it is written.
    """

    page: ListingPage
    t0: str
    again: bool = False
    passed: Resume | None = None
    listed: Mapping[str, Mapping[str, str]] | None = None
    bare: bool = False
    through: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a walk.

    Attributes:
        t0: Through when it verified its spaces.
        proof: Its proof; None when an earlier run had listed what changed, and this one read the rest of it.
    """

    t0: str
    proof: Proof | None = None


Reading = Generator[Found, None, Finished]


def weight(found: Found) -> int:
    """Bytes that a finding takes in memory, about."""
    return sum(ROW_BYTES + sys.getsizeof(record.get("body") or "") for record in found.page.records)


def newest(page: ListingPage) -> str:
    """The latest change that a page shows; what is dated after the answer itself proves nothing (law 17)."""
    shown = page.newest or max((record["updated_at"] or EPOCH for record in page.records), default=EPOCH)
    return min(shown, page.observed_at)


def verified(api: Api, query: Query, t0: str, began_at: str) -> str:
    """Through when a walk that began then proves its spaces: what lags proves nothing of late (FACTS 2.10)."""
    lag = api.lag_minutes(query)
    return min(t0, earlier(began_at, minutes=lag)) if lag and t0 > EPOCH else t0


@dataclass(slots=True)
class Watermark:
    """The newest change of one stream that the server has shown: the server's clock, never ours (law 1).

    Attributes:
        api: Whom to ask.
        query: Any query of the stream; its filter by space is dropped.
        shown: The newest change that was shown so far.
    """

    api: Api
    query: Query
    shown: str = EPOCH
    _asked: bool = False
    _refusal: ConfluenceError | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def see(self, page: ListingPage) -> None:
        """Note what was shown."""
        with self._lock:
            self.shown = max(self.shown, newest(page))

    def ask(self, space_ids: Sequence[str]) -> str:
        """Make the server show its newest change: one request serves all first walks of the stream.

        Where the newest row of the site lies in a sick space, each walk asks for the newest of its own spaces.

        Args:
            space_ids: The spaces that the walk names; none when it lists the whole site.

        Raises:
            ConfluenceError: The server does not show it.
        """
        with self._lock:
            if not self._asked and self._refusal is None:
                try:
                    self.shown = max(self.shown, newest(self._newest_of(())))
                    self._asked = True
                except ConfluenceError as error:
                    if not is_of_one(error):
                        raise
                    self._refusal = error
            if self._asked:
                return self.shown
            if self._refusal is not None and not space_ids:
                raise self._refusal
        self.see(page := self._newest_of(tuple(space_ids)))
        return max(self.shown, newest(page))

    def _newest_of(self, space_ids: tuple[str, ...]) -> ListingPage:
        query = replace(self.query, space_ids=space_ids, ids=(), sort=Sort.NEWEST, body_format=None, limit=1)
        return self.api.page(replace(query, since=None))
