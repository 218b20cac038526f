"""The writing side of a content stream: findings in, rows out, and STATE moved when they are written.

A stream's rows come as lists; ``CHECKPOINT`` between them says that all rows so far are consistent with STATE as it is
now. STATE is changed only after the consumer came back for more, that is, after it has written what it got.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from tap_confluence.api.base import Api, ItemFailure, ListingPage, Record
from tap_confluence.sync.plan import Group, Strategy
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.state.bookmarks import Bookmarks, Resume, Versions
from tap_confluence.sync.timestamps import earlier
from tap_confluence.sync.walks.first_sync import read_first
from tap_confluence.sync.walks.incremental import Edge, read_changes
from tap_confluence.sync.walks.prefetch import Ended, Feed, Prefetcher
from tap_confluence.sync.walks.reading import Finished, Found, Reading, Watermark

logger = logging.getLogger("tap-confluence")

Rows = list[Record]
CHECKPOINT: Final[Rows] = []
"""Stands between rows where STATE may be written; compared by identity."""


def everything(record: Record) -> bool:
    """Lets every row pass."""
    del record
    return True


@dataclass(slots=True)
class Ledger:
    """What one group has written, or seen to be written already, near the edge.

    Attributes:
        young: By space, version and time of change by id.
    """

    young: defaultdict[str, dict[str, tuple[int | None, str]]] = field(default_factory=lambda: defaultdict(dict))

    def note(self, record: Record, floor: str) -> None:
        """Remember a row that is younger than ``floor``."""
        if (record["updated_at"] or floor) >= floor:
            self.young[record["space_id"]][record["id"]] = (record["version"], record["updated_at"] or floor)

    def wrote(self, record: Record) -> bool:
        """Whether exactly this version was noted."""
        noted = self.young.get(record["space_id"], {}).get(record["id"])
        return noted is not None and noted[0] == record["version"]

    def versions(self, space_id: str, floor: str) -> Versions:
        """What the next run need not write again, when it reads from ``floor`` on."""
        noted = self.young.get(space_id, {})
        return {content_id: version for content_id, (version, changed) in noted.items() if changed >= floor}


@dataclass(frozen=True, slots=True)
class Rules:
    """How a run treats the rows of one stream.

    Attributes:
        lookback_minutes: Overlap behind a bookmark.
        start_date: Rows that changed earlier are not wanted; None for all.
        frozen: The run moves no bookmark (law 12).
        most_rows: Write no more rows than this; None for all.
        allows: Whether a row passes the filters by label.
    """

    lookback_minutes: float
    start_date: str | None = None
    frozen: bool = False
    most_rows: int | None = None
    allows: Callable[[Record], bool] = everything


@dataclass(slots=True)
class Hooks:
    """Whom a stream tells what happens.

    Attributes:
        failed: A walk of these spaces failed.
        failures: Single rows could not be read.
        wrote: Rows of a walk were written; others were passed over because they are too old to be wanted.
        finished: A walk of these spaces is through, with its proof.
    """

    failed: Callable[[Group, Exception], None]
    failures: Callable[[Iterable[ItemFailure], str], None]
    wrote: Callable[[Group, Rows, Rows], None]
    finished: Callable[[Group, Finished], None]


class ContentSync:
    """One content stream: its walks, run ahead by threads, and its memory."""

    def __init__(
        self, api: Api, scope: Scope, groups: list[Group], *, bookmarks: Bookmarks, rules: Rules, hooks: Hooks
    ) -> None:
        """Take the planned walks; nothing is asked until ``start``."""
        self._api = api
        self._scope = scope
        self._groups = groups
        self.bookmarks = bookmarks
        self.rules = rules
        self.hooks = hooks
        self.edges = {group: self._edge(group) for group in groups if group.strategy is Strategy.INCREMENTAL}
        self._feed: Feed[Group, Found, Finished] | None = None

    def start(self, prefetcher: Prefetcher) -> None:
        """Let the walks run ahead."""
        if not self._groups:
            return
        watermark = Watermark(self._api, self._groups[0].query)
        walks: list[tuple[Group, Callable[[], Reading]]] = [
            (group, self._reading(group, watermark)) for group in self._groups
        ]
        self._feed = prefetcher.feed(walks, room=None if self.rules.most_rows is None else 1)

    def rows(self) -> Generator[Rows, None, None]:
        """The stream's rows in the order of arrival, with ``CHECKPOINT`` where STATE may be written."""
        if self._feed is None:
            return
        desks = {group: _Desk(self, group) for group in self._groups}
        left = self.rules.most_rows
        try:
            for group, item in self._feed:
                if isinstance(item, Ended):
                    desks[group].close(item)
                    yield CHECKPOINT
                    continue
                rows, unwanted = desks[group].receive(item)
                if left is not None:
                    rows = rows[:left]
                    left -= len(rows)
                if rows:
                    yield rows
                self.hooks.wrote(group, rows, unwanted)
                if left == 0:
                    return
                if desks[group].settle(item):
                    yield CHECKPOINT
        finally:
            self._feed.cancel()

    def place(self, page: ListingPage) -> list[Record]:
        """The rows of a page that belong to this run's spaces, with the space filled in."""
        records: Iterable[Record] = page.records
        if any(record["space_id"] is None for record in records):
            records = self._api.locate(records)
        placed = []
        for record in records:
            key = self._scope.key(record["space_id"])
            if key is not None and self.rules.allows(record):
                record["space_key"] = key
                placed.append(record)
        return placed

    def _reading(self, group: Group, watermark: Watermark) -> Callable[[], Reading]:
        if group.strategy is Strategy.INCREMENTAL:
            return lambda: read_changes(self._api, group, self.edges[group], watermark)
        return lambda: read_first(self._api, group, watermark)

    def _edge(self, group: Group) -> Edge:
        known: Versions = {}
        homes = {}
        floors = {}
        for space_id in group.space_ids:
            seen = self.bookmarks.seen(space_id)
            known.update(seen)
            homes.update(dict.fromkeys(seen, space_id))
            floors[space_id] = self.floor(self.bookmarks.value(space_id) or "")
        return Edge(floors, known, homes)

    def floor(self, through: str) -> str:
        """From where a bookmark is read again."""
        return earlier(through, minutes=self.rules.lookback_minutes)


class _Desk:
    """Where the findings of one walk become rows."""

    def __init__(self, stream: ContentSync, group: Group) -> None:
        self._stream = stream
        self._group = group
        self._spaces = frozenset(group.space_ids)
        self._edge = stream.edges.get(group)
        self._ledger = Ledger()
        self._resume = group.resume
        for space_id, versions in (group.resume.seen if group.resume else {}).items():
            for content_id, version in versions.items():
                self._ledger.young[space_id][content_id] = (version, group.resume.t0 if group.resume else "")

    def receive(self, found: Found) -> tuple[Rows, Rows]:
        """The rows of a page that are to be written, and those that are too old to be wanted."""
        stream, edge = self._stream, self._edge
        stream.hooks.failures(found.page.failures, found.page.observed_at)
        records = found.page.records
        if edge is not None:
            records = tuple(record for record in records if edge.may_matter(record))
        placed = [record for record in stream.place(replace(found.page, records=records)) if self._covers(record)]
        if edge is None:
            floor = stream.floor(found.t0)
            before = self._group.resume if found.again else None
            rows = [record for record in placed if not (before and before.passed(record))]
        else:
            floor = min(edge.floors.values())
            rows = [record for record in placed if edge.wants(record) and not self._ledger.wrote(record)]
        if found.bare:
            rows = []
            placed = [record for record in placed if edge is not None and edge.knows(record)]
        start_date = stream.rules.start_date
        for record in placed:
            self._ledger.note(record, floor)
        if start_date is None:
            return rows, []
        unwanted = [record for record in rows if (record["updated_at"] or start_date) < start_date]
        return [record for record in rows if (record["updated_at"] or start_date) >= start_date], unwanted

    def settle(self, found: Found) -> bool:
        """Move STATE after a page's rows were written; tells whether it moved."""
        stream = self._stream
        if stream.rules.frozen:
            return False
        if found.through is not None:
            space_id, through = found.through
            versions = self._ledger.versions(space_id, stream.floor(through))
            stream.bookmarks.advance(space_id, through, versions)
            return True
        if self._edge is None and found.page.cursor is not None:
            self._resume = self._mark(found)
            stream.bookmarks.hold(self._resume)
            return True
        return False

    def close(self, ended: Ended[Finished]) -> None:
        """The walk is over: its spaces are verified through T0, or nothing of it moves (laws 1 and 6)."""
        stream, group = self._stream, self._group
        if ended.error is not None or ended.result is None:
            stream.hooks.failed(group, ended.error or AssertionError("a walk ended with neither proof nor error"))
            return
        finished = ended.result
        if not stream.rules.frozen:
            for space_id in group.space_ids:
                through = max(finished.t0, stream.bookmarks.value(space_id) or "")
                versions = self._ledger.versions(space_id, stream.floor(through))
                stream.bookmarks.advance(space_id, finished.t0, versions)
            stream.bookmarks.release(group.space_ids)
        stream.hooks.finished(group, finished)

    def _covers(self, record: Record) -> bool:
        return record["space_id"] in self._spaces

    def _mark(self, found: Found) -> Resume:
        records = found.page.records
        before = self._resume
        last = records[-1] if records else None
        floor = self._stream.floor(found.t0)
        return Resume(
            space_ids=self._group.space_ids,
            query=self._group.query,
            t0=found.t0,
            cursor=found.page.cursor,
            last_id=last["id"] if last else before.last_id if before else None,
            last_created_at=last["created_at"] if last else before.last_created_at if before else None,
            seen={space_id: self._ledger.versions(space_id, floor) for space_id in self._ledger.young},
        )
