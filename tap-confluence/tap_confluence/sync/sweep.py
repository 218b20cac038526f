"""The sweep: list everything without bodies and compare it with what is known (laws 8, 10, 11, 13).

What is there and not known, or changed without a new version, is read and written as content. What is known and not
there is only a candidate: it is asked for by id, which tells why it is missing, and only a finished walk gives
candidates at all (wall 6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace

from tap_confluence.api.base import BY_ID, Api, ListingPage, Query, Record, Sort
from tap_confluence.api.base import walk as pages_of
from tap_confluence.sync.inventory import Inventory, Key, key_of, known_of
from tap_confluence.sync.moments import end_of_second
from tap_confluence.sync.walk import Complete, mapped, walk

EVERY_STATUS = ("current", "archived", "trashed", "deleted")


@dataclass(frozen=True, slots=True)
class Swept:
    """One page of a sweep, on its way to be compared."""

    page: ListingPage


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows of one space that a finished walk proves to be missing from where they were."""

    proof: Complete
    space_id: str
    keys: frozenset[Key]


def read_all(api: Api, query: Query) -> Generator[Swept, None, Complete | None]:
    """Walk a whole listing: one request per 250 rows. Bodies are left out where they can be asked for by id later."""
    body_format = None if query.kind in BY_ID else query.body_format
    return (yield from mapped(walk(api, replace(query, body_format=body_format, sort=Sort.ID)), Swept))


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

    def gone(self, proof: Complete, kind: str, space_ids: Iterable[str]) -> list[Gone]:
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a row is missing; ``record`` is what the server shows of it now, if anything.

    ``detected_at`` is the end of the second that the server told: whoever keeps the rows believes a tombstone only if
    it is later than the row, and a row may have been shown and removed within one second.
    """

    key: Key
    space_id: str
    reason: str | None
    detected_at: str
    record: Record | None = None

    def __post_init__(self) -> None:
        """Bring ``detected_at`` to the end of its second."""
        object.__setattr__(self, "detected_at", end_of_second(self.detected_at))


def judge(
    api: Api, gone: Sequence[Gone], *, stream_of: dict[str, str], statuses: tuple[str, ...], space_ids: frozenset[str]
) -> list[Verdict]:
    """Ask for the missing rows by id, 250 a request, and tell why they are missing.

    Args:
        api: Whom to ask.
        gone: What finished walks prove to be missing; without a proof nothing can be judged.
        stream_of: The stream of each type of content.
        statuses: Statuses that are read.
        space_ids: Spaces that are read.

    Returns:
        A verdict for each row; ``reason`` None means that it is there after all, in ``record``. No verdict on rows of
        which the answer said too little.
    """
    wanted: defaultdict[str, dict[str, Key]] = defaultdict(dict)
    for each in gone:
        for key in each.keys:
            wanted[stream_of[key.type]][key.id] = key
    shown: dict[Key, Record] = {}
    unsure: set[Key] = set()
    asked_at: dict[Key, str] = {}
    for stream, keys in wanted.items():
        if stream in BY_ID:
            found, unclear = _ask(api, stream, keys, asked_at)
            shown.update(found)
            unsure |= unclear
    return [
        Verdict(
            key=key,
            space_id=each.space_id,
            reason=_reason(shown.get(key), statuses, space_ids),
            detected_at=max(each.proof.first_observed_at, asked_at.get(key, "")),
            record=shown.get(key),
        )
        for each in gone
        for key in sorted(each.keys - unsure)
    ]


def _ask(api: Api, stream: str, keys: dict[str, Key], asked_at: dict[Key, str]) -> tuple[dict[Key, Record], set[Key]]:
    """What the server shows of these rows, and those of which it says too little to tell; notes when it said so."""
    found: dict[Key, Record] = {}
    unsure: set[Key] = set()
    content_ids = list(keys)
    for start in range(0, len(content_ids), api.max_ids):
        chunk = tuple(content_ids[start : start + api.max_ids])
        for page in pages_of(api, Query(stream, ids=chunk, statuses=EVERY_STATUS)):
            found.update({key_of(record): record for record in page.records})
            asked_at.update({keys[content_id]: page.observed_at for content_id in chunk})
            for failure in page.failures:
                unsure.update(keys[content_id] for content_id in chunk if failure.id in (None, content_id))
    return found, unsure - found.keys()


def _reason(record: Record | None, statuses: tuple[str, ...], space_ids: frozenset[str]) -> str | None:
    if record is None:
        return "deleted"
    if record["status"] not in (*statuses, None):
        if record["status"] == "current":
            return "out_of_scope"
        return record["status"] if record["status"] in ("trashed", "archived") else "deleted"
    return None if record["space_id"] in space_ids else "moved"
