"""The writing side of a part of the content: findings in, rows out, and STATE moved when they are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from tap_confluence.api.base import Api
from tap_confluence.api.query import Query, Record
from tap_confluence.sync.failures import Failures
from tap_confluence.sync.parts import stream_of
from tap_confluence.sync.planning.plan import Group
from tap_confluence.sync.rows import CHECKPOINT, Rows
from tap_confluence.sync.selection.options import WriteOptions
from tap_confluence.sync.state.bookmarks import Bookmarks, CatchUp, Resume, Versions
from tap_confluence.sync.walks.feed import Ended, Feed
from tap_confluence.sync.walks.incremental import Lookback
from tap_confluence.sync.walks.reading import Finished, Found

PEEKED_PAGES = 5
"""Pages after which a run that wants a few rows (``max_pages``) looks no further for rows that pass the filters."""


class Listener(Protocol):
    """Who is told what was written, and which walks are through: deletion detection."""

    def wrote(self, group: Group, rows: Rows, unwanted: Rows) -> None:
        """Rows of a walk were written; others were passed over because they are too old to be wanted."""

    def left_unnamed(self, group: Group) -> None:
        """A walk was shown a row without its id."""

    def walked(self, group: Group, finished: Finished) -> None:
        """A walk of these spaces is through, with its proof."""


class RecentVersions:
    """What one walk has written, or seen to be written already, near the edge: version and time of change."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.young: defaultdict[str, dict[str, tuple[int | None, str]]] = defaultdict(dict)

    def note(self, record: Record, changed: str) -> None:
        """Remember a row."""
        self.young[record["space_id"]][record["id"]] = (record["version"], changed)

    def wrote(self, record: Record) -> bool:
        """Whether exactly this version was noted."""
        noted = self.young.get(record["space_id"], {}).get(record["id"])
        return noted is not None and noted[0] == record["version"]

    def versions(self, space_id: str, floor: str) -> Versions:
        """What the next run need not write again, when it reads from ``floor`` on."""
        noted = self.young.get(space_id, {})
        return {content_id: version for content_id, (version, changed) in noted.items() if changed >= floor}


class ContentWriter:
    """The rows of one part: what its walks found, and its memory."""

    def __init__(
        self,
        api: Api,
        keys: Mapping[str, str],
        *,
        bookmarks: Bookmarks,
        write_options: WriteOptions,
        failures: Failures,
        listener: Listener,
    ) -> None:
        """Take whom to ask for the spaces of rows, the keys of this run's spaces, the memory, and who is told."""
        self.api = api
        self.keys = keys
        self.bookmarks = bookmarks
        self.write_options = write_options
        self.failures = failures
        self._listener = listener

    def lookback(self, group: Group) -> Lookback:
        """What is known about a group before its walk."""
        known: Versions = {}
        container_spaces = {}
        floors = {}
        for space_id in group.space_ids:
            seen = self.bookmarks.seen(space_id)
            known.update(seen)
            container_spaces.update(dict.fromkeys(seen, space_id))
            floors[space_id] = self.write_options.floor(self.bookmarks.value(space_id) or "")
        return Lookback(floors, known, container_spaces)

    def rows(
        self, feed: Feed[Group, Found, Finished], lookbacks: Mapping[Group, Lookback]
    ) -> Generator[Rows, None, None]:
        """The rows in the order of arrival, with ``CHECKPOINT`` where STATE may be written."""
        writers: dict[Group, GroupWriter] = {}
        left, pages = self.write_options.most_rows, 0
        try:
            for group, item in feed:
                whole = group.whole or group
                if whole not in writers:
                    writers[whole] = GroupWriter(self, whole, lookbacks.get(whole))
                writer = writers[whole]
                if isinstance(item, Ended):
                    if (finished := writer.close(group, item)) is not None:
                        self._listener.walked(group, finished)
                    yield CHECKPOINT
                    continue
                rows, unwanted = writer.receive(group, item)
                pages += 1
                if left is not None:
                    rows = rows[:left]
                    left -= len(rows)
                if rows:
                    yield rows
                self._listener.wrote(group, rows, unwanted)
                if any(failure.id is None for failure in item.page.failures):
                    self._listener.left_unnamed(group)
                if left == 0 or (left is not None and pages == PEEKED_PAGES):
                    return
                if writer.settle(group, item):
                    yield CHECKPOINT
        finally:
            feed.cancel()


class GroupWriter:
    """Where the findings of one walk, and of the smaller ones that it may be split into, become rows."""

    def __init__(self, part: ContentWriter, group: Group, lookback: Lookback | None) -> None:
        """Begin with what an interrupted walk had written."""
        self._part = part
        self._lookback = lookback
        self._recent = RecentVersions()
        self._resumes: dict[Group, Resume] = {}
        if group.resume is not None:
            self._resumes[group] = group.resume
            for space_id, versions in group.resume.seen.items():
                for content_id, version in versions.items():
                    self._recent.young[space_id][content_id] = (version, group.resume.t0)

    def receive(self, group: Group, found: Found) -> tuple[Rows, Rows]:
        """The rows of a page that are to be written, and those that are too old to be wanted."""
        part, lookback, recent = self._part, self._lookback, self._recent
        if found.page.failures:
            part.failures.of_items(found.page.failures, found.page.observed_at)
        keys, allows, start_date = part.keys, part.write_options.allows, part.write_options.start_date
        floor = part.write_options.floor(found.t0) if lookback is None else min(lookback.floors.values())
        before = found.passed
        space_ids = frozenset(group.space_ids)
        rows: Rows = []
        unwanted: Rows = []
        for record in self._placed(found.page.records):
            space_id = record["space_id"]
            if space_id not in space_ids:
                continue
            record["space_key"] = keys[space_id]
            if allows is not None and not allows(record):
                continue
            changed = record["updated_at"] or floor
            if lookback is None:
                is_news = before is None or not before.passed(record)
            elif found.bare:
                is_news = False
            else:
                is_news = lookback.wants(record) and not recent.wrote(record)
            if changed >= floor and (not found.bare or (lookback is not None and lookback.knows(record))):
                recent.note(record, changed)
            if is_news:
                is_old = start_date is not None and (record["updated_at"] or start_date) < start_date
                (unwanted if is_old else rows).append(record)
        return rows, unwanted

    def _placed(self, records: Sequence[Record]) -> Sequence[Record]:
        """The rows with their spaces filled in; of changes only those that may be news.

        Here and not where they are read ahead: the pages that they hang on have been read by now, and cost no question.
        """
        if self._lookback is not None:
            records = [record for record in records if self._lookback.may_matter(record)]
        if any(record["space_id"] is None for record in records):
            return self._part.api.locate(records)
        return records

    def settle(self, group: Group, found: Found) -> bool:
        """Move STATE after a page's rows were written; tells whether it moved."""
        part = self._part
        if part.write_options.frozen:
            return False
        if found.through is not None:
            space_id, through = found.through
            part.bookmarks.advance(space_id, through, self._seen(group, space_id, through))
        elif found.listed is not None:
            query, since = _asked(group, found), group.since or ""
            catch_up = CatchUp(group.space_ids, query, since, found.t0, found.page.cursor, found.listed)
            part.bookmarks.hold_changes(catch_up)
            for space_id in self._recent.young.keys() & {*group.space_ids}:
                part.bookmarks.remember(space_id, self._recent.versions(space_id, part.write_options.floor(found.t0)))
        elif self._lookback is None and found.page.cursor is not None:
            part.bookmarks.hold(self._mark(group, found))
        else:
            return False
        return True

    def close(self, group: Group, ended: Ended[Finished]) -> Finished | None:
        """The walk is over: its spaces are verified through T0, or nothing of it moves (laws 1 and 6)."""
        part, finished = self._part, ended.result
        if finished is None:
            error = ended.error or AssertionError("a walk ended with neither proof nor error")
            part.failures.of(group.stream, error, group.space_ids)
            return None
        part.failures.succeeded(stream_of(group.stream))
        if not part.write_options.frozen:
            for space_id in group.space_ids:
                through = max(finished.t0, part.bookmarks.value(space_id) or "")
                part.bookmarks.advance(space_id, finished.t0, self._seen(group, space_id, through))
            part.bookmarks.release(group.space_ids)
            part.bookmarks.release_changes(group.space_ids)
        return finished

    def _seen(self, group: Group, space_id: str, through: str) -> Versions:
        """What the next run need not write again; an earlier run may have passed what this one did not see."""
        versions = self._recent.versions(space_id, self._part.write_options.floor(through))
        return {**self._part.bookmarks.seen(space_id), **versions} if group.catch_up else versions

    def _mark(self, group: Group, found: Found) -> Resume:
        before = self._resumes.get(group)
        last = found.page.records[-1] if found.page.records else None
        floor = self._part.write_options.floor(found.t0)
        young = self._recent.young.keys() & {*group.space_ids}
        self._resumes[group] = resume = Resume(
            space_ids=group.space_ids,
            query=_asked(group, found),
            t0=found.t0,
            cursor=found.page.cursor,
            last_id=last["id"] if last else before.last_id if before else None,
            last_created_at=last["created_at"] if last else before.last_created_at if before else None,
            seen={space_id: self._recent.versions(space_id, floor) for space_id in young},
        )
        return resume


def _asked(group: Group, found: Found) -> Query:
    """What the cursor of a page belongs to: a walk that found its place again names the spaces that are left."""
    if found.again and group.query.space_ids:
        return replace(group.query, space_ids=group.space_ids)
    return group.query
