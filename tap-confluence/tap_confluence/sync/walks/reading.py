"""What the walks that run ahead share: their findings, and the server's clock. They never touch STATE."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass, replace

from tap_confluence.api.base import Api, ListingPage, Query, Sort
from tap_confluence.api.walk import Proof
from tap_confluence.sync.timestamps import EPOCH


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a walk, on its way to the writer.

    Attributes:
        page: What was listed.
        t0: What the walk will have verified when it is through.
        again: The walk had lost its place: rows that were read before may come again.
        bare: Listed without bodies to learn what changed; the rows themselves follow.
        through: A chunk of changes in ascending order: its space is verified through this moment once it is written.
    """

    page: ListingPage
    t0: str
    again: bool = False
    bare: bool = False
    through: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a walk: its proof, and through when it verified its spaces."""

    proof: Proof
    t0: str


Reading = Generator[Found, None, Finished]


def newest(page: ListingPage) -> str:
    """The latest change that a page shows."""
    return page.newest or max((record["updated_at"] or EPOCH for record in page.records), default=EPOCH)


class Watermark:
    """The newest change of one stream that the server has shown: the server's clock, never ours (law 1)."""

    def __init__(self, api: Api, query: Query) -> None:
        """Take any query of the stream; its filter by space is dropped."""
        self._api = api
        self._query = replace(query, space_ids=(), ids=(), sort=Sort.NEWEST, body_format=None, limit=1, since=None)
        self._newest = EPOCH
        self._asked = False
        self._lock = threading.Lock()

    @property
    def shown(self) -> str:
        """The newest change that was shown so far."""
        return self._newest

    def see(self, page: ListingPage) -> None:
        """Note what was shown."""
        with self._lock:
            self._newest = max(self._newest, newest(page))

    def ask(self) -> str:
        """Make the server show its newest change: one request serves all first walks of the stream."""
        with self._lock:
            if not self._asked:
                self._newest = max(self._newest, newest(self._api.page(self._query)))
                self._asked = True
            return self._newest
