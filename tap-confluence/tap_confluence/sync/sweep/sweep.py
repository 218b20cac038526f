"""The sweep: list everything without bodies and compare it with what is known (laws 8, 10, 11, 13).

What is there and not known, or changed without a new version, is read and written as content. What is known and not
there is only a candidate: it is asked for by id, which tells why it is missing (``verdicts``), and only a finished
walk gives candidates at all (wall 6).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field, replace

from tap_confluence.api.base import BY_ID, Api, ListingPage, Query, Record, Sort
from tap_confluence.api.walk import Proof, Walk
from tap_confluence.sync.state.inventory import Inventory, Key, key_of, known_of


@dataclass(frozen=True, slots=True)
class Swept:
    """One page of a sweep, on its way to be compared."""

    page: ListingPage


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows of one space that a finished walk proves to be missing from where they were."""

    proof: Proof
    space_id: str
    keys: frozenset[Key]


def read_all(api: Api, query: Query) -> Generator[Swept, None, Proof]:
    """Walk a whole listing: one request per 250 rows. Bodies are left out where they can be asked for by id later."""
    body_format = None if query.kind in BY_ID else query.body_format
    pages = Walk(api, replace(query, body_format=body_format, sort=Sort.ID))
    for page in pages:
        yield Swept(page)
    return pages.proof


@dataclass(slots=True)
class Comparison:
    """What a sweep of one type of content shows, row by row.

    Attributes:
        inventory: What is known.
        start_date: Rows that changed earlier are known, not wanted.
        adopted: Spaces of which nothing is remembered: what their bookmark covers was written and is known.
        doubtful: Rows that two walks side by side wrote in two spaces, since they moved meanwhile: which came last is
            not known.
        news: Rows to be read and written.
        known_only: Rows to be remembered without being written.
        seen: Where each row was seen.
        left_out: Rows that are there and do not pass the filters by label.
    """

    inventory: Inventory
    start_date: str | None
    adopted: frozenset[str] = frozenset()
    doubtful: frozenset[Key] = frozenset()
    news: list[Record] = field(default_factory=list)
    known_only: list[Record] = field(default_factory=list)
    seen: dict[Key, str] = field(default_factory=dict)
    left_out: set[Key] = field(default_factory=set)

    def take(self, record: Record, through: str) -> None:
        """Compare a row of a space that is verified ``through``; what is younger is the next run's to find."""
        key = key_of(record)
        self.seen[key] = record["space_id"]
        known = self.inventory.of(record["space_id"]).get(key)
        now = known_of(record)
        unwanted = self.start_date is not None and (record["updated_at"] or self.start_date) < self.start_date
        if unwanted or (record["space_id"] in self.adopted and (record["updated_at"] or through) <= through):
            if known is None:
                self.known_only.append(record)
        elif known is None or not known.digest:
            if (record["updated_at"] or through) <= through:
                self.news.append(record)
        elif (known != now or key in self.doubtful) and (
            now.version == known.version or (record["updated_at"] or through) <= through
        ):
            self.news.append(record)

    def gone(self, proof: Proof, kind: str, space_ids: Iterable[str]) -> list[Gone]:
        """What is missing from the spaces that a finished walk covered; nothing unless it was whole."""
        if not (proof.whole and proof.to_the_end):
            return []
        found = []
        for space_id in space_ids:
            known = self.inventory.of(space_id)
            missing = frozenset(key for key in known if key.type == kind and self.seen.get(key) != space_id)
            if missing:
                found.append(Gone(proof, space_id, missing))
        return found
