"""The sweeps of one run: when spaces are swept, and what becomes of what a sweep shows (laws 8 to 11, 15, 18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from functools import partial

from tap_confluence.api.base import BY_ID, ListingPage, Query, Record, Sort
from tap_confluence.api.walk import Proof, Walk
from tap_confluence.client.errors import ConfluenceError, is_of_one
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.parts import FULL_TABLE, TYPES
from tap_confluence.sync.plan import Group
from tap_confluence.sync.state.keys import COMMENT, COMMENT_KINDS, Key, key_of, row_of, type_of
from tap_confluence.sync.state.known_rows import LEFT, MISSING
from tap_confluence.sync.sweep.buffer import RowBuffer
from tap_confluence.sync.sweep.schedule import Conditions, Schedule
from tap_confluence.sync.sweep.sweep import Comparison, Quota, Restart, Sweep, read, remembered
from tap_confluence.sync.sweep.tombstones import Tombstones
from tap_confluence.sync.sweep.verification import GONE, MOST_ASKED, CheckedRow, DeletionVerifier
from tap_confluence.sync.timestamps import EPOCH, earlier
from tap_confluence.sync.walks.content import CHECKPOINT, Rows
from tap_confluence.sync.walks.feed import Prefetcher
from tap_confluence.sync.walks.reading import Finished

MOST_REQUESTS = 500
"""Requests by id that the missing rows of one kind may take in a run; the others wait for the next (law 18)."""
FOLLOW_UPS = 3
"""Requests that the answers about missing rows may call for: the pages and blog posts that they stand on, and whether
the credentials live; an answer to a comment calls for that comment besides."""
MOST_FAILURES = 20
"""Sweeps of one kind that may fail in a run, before no more of them are split to find the sick space."""


class Sweeps:
    """The sweeps of one run."""

    def __init__(self, context: RunContext, conditions: Conditions, *, forget: Callable[[Sequence[str]], None]) -> None:
        """Take what the run shares, under which conditions it sweeps, and who forgets removed spaces."""
        self._context = context
        self._api = context.api
        self._scope = context.scope
        self._settings = context.settings
        self._labels = context.labels
        self._memories = context.memories
        self._failures = context.failures
        self.inventory = context.memories.inventory
        self._conditions = conditions
        self._verifier = DeletionVerifier(context)
        self._tombstones = Tombstones(context, self._verifier, parts=conditions.parts, forget=forget)
        self._seen: defaultdict[str, RowBuffer] = defaultdict(RowBuffer)
        self._swept_before: dict[str, str] = {}
        self._schedule = Schedule(context, conditions.parts)
        self.left_over = False
        """Whether the budget left rows that are missing for later runs to ask for."""
        self._begun: set[Group] = set()
        self._judged_ids: defaultdict[str, set[str]] = defaultdict(set)
        self._written: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def due(self, part: str) -> list[str]:
        """The spaces that are to be swept for a part in this run, as far as STATE tells."""
        return self._schedule.due(part) if self._conditions.enabled else []

    def wrote(self, group: Group, rows: Iterable[Record], unwanted: Iterable[Record]) -> None:
        """Rows were written, or passed over because they are older than ``start_date``; whole records, as they came."""
        if not self._conditions.enabled:
            return
        self._begin(group)
        for wanted, records in ((True, rows), (False, unwanted)):
            for record in records:
                self.inventory.note(record, wanted=wanted)
                if group.since is None:
                    self._seen[record["space_id"]].put(row_of(record))
                else:
                    self._written[TYPES[group.stream]][record["id"]] = record["space_id"]

    def left_unnamed(self, group: Group) -> None:
        """A walk was shown a row without its id: nobody can ask for it, so its spaces are to be swept."""
        if self._conditions.enabled:
            self.inventory.doubt(group.space_ids, TYPES[group.stream])

    def walked(self, group: Group, finished: Finished) -> None:
        """A walk is through: a first one is its spaces' first sweep, also when it took several runs.

        Not of spaces in which it could not name each row.
        """
        if not self._conditions.enabled or group.since is not None:
            return
        self._begin(group)
        if finished.proof is not None and finished.proof.whole and finished.proof.to_the_end:
            kind = TYPES[group.stream]
            self._finish_first(kind, [each for each in group.space_ids if not self.inventory.is_doubted(each, kind)])

    def _begin(self, group: Group) -> None:
        """A first walk begins, unless it goes on from an earlier run."""
        if group.since is not None or group in self._begun:
            return
        self._begun.add(group)
        kind = TYPES[group.stream]
        for space_id in group.space_ids:
            if group.resume is None or self.inventory.began(space_id, kind) is None:
                self.inventory.begin(space_id, kind, self._scope.observed_at)

    def _finish(self, kind: str, space_ids: Iterable[str]) -> None:
        """A sweep is through, in all these spaces."""
        forget = "current" not in self._settings.content_statuses and kind not in ("page", "blogpost")
        for space_id in space_ids:
            if self._scope.key(space_id) is None or self.inventory.began(space_id, kind) is None:
                continue
            self._swept_before.setdefault(space_id, self._schedule.swept_through(space_id))
            self.inventory.finish(space_id, kind, self._written[kind], bury=self._conditions.may_bury, forget=forget)
            self._schedule.swept.add((space_id, kind))

    def _finish_first(self, kind: str, space_ids: Sequence[str]) -> None:
        """A first walk is through; one that an earlier run began is no sweep of this run: rows may have gone since."""
        before = {(each, kind) for each in space_ids if self.inventory.began(each, kind) != self._scope.observed_at}
        self._finish(kind, space_ids)
        self._schedule.swept -= before

    def rows(self, query: Query) -> Generator[Rows, None, None]:
        """Sweep what is due for one part, ask for what is missing, and yield the content that it brings to light.

        Raises:
            ConfluenceAuthError: The credentials died; other failures leave their spaces unswept.
        """
        if not self._conditions.enabled:
            return
        yield from self._judged(query)
        sweeps = self._schedule.planned(query)
        if sweeps:
            kind = TYPES[query.kind]
            adopted = {
                each
                for sweep in sweeps
                for each in sweep.space_ids
                if not self.inventory.has(each, kind) and not self.inventory.is_doubted(each, kind)
            }
            comparison = Comparison(self.inventory, self._settings.start_date, frozenset(adopted))
            quota = Quota(self._schedule.share(query.kind))
            failures = 0
            while sweeps:
                failed: list[tuple[Sweep, Exception]] = []
                yield from self._walked_through(query, sweeps, comparison, quota, failed)
                sweeps = []
                for sweep, error in failed:
                    failures += 1
                    if len(sweep.space_ids) > 1 and failures <= MOST_FAILURES and is_of_one(error):
                        self.inventory.suspend(query.kind, sweep.space_ids, None, None)
                        sweeps += sweep.halves()
                    else:
                        self._failures.of_sweep(query.kind, sweep.space_ids, error)
        yield from self._judged(query)
        yield CHECKPOINT

    def _walked_through(
        self,
        query: Query,
        sweeps: Sequence[Sweep],
        comparison: Comparison,
        quota: Quota,
        failed: list[tuple[Sweep, Exception]],
    ) -> Generator[Rows, None, None]:
        """Walk all sweeps, side by side; those that failed are added to ``failed``."""
        prefetcher = Prefetcher(self._settings.concurrency)
        try:
            feed = prefetcher.feed([(sweep, partial(read, self._api, sweep, quota)) for sweep in sweeps])
            for sweep, item in feed:
                if sweep.failed:
                    continue
                try:
                    if isinstance(item, Restart):
                        self._restart(query.kind, sweep)
                    elif isinstance(item, ListingPage):
                        self._compare(sweep, item, comparison)
                        if sweep.is_to_be_read or item.cursor is None:
                            yield from self._read(query, sweep)
                        if not sweep.news:
                            self._suspend(query.kind, sweep)
                            yield CHECKPOINT
                    elif item.error is not None:
                        raise item.error
                    else:
                        yield from self._ended(query, sweep, item.result)
                        yield CHECKPOINT
                except ConfluenceError as error:
                    sweep.failed = True
                    failed.append((sweep, error))
        finally:
            prefetcher.close()

    def _restart(self, part: str, sweep: Sweep) -> None:
        self.inventory.suspend(part, sweep.space_ids, None, None)
        sweep.cursor, sweep.news = None, []

    def _ended(self, query: Query, sweep: Sweep, proof: Proof | None) -> Generator[Rows, None, None]:
        yield from self._read(query, sweep)
        if proof is None:
            self._suspend(query.kind, sweep)
            return
        self.inventory.suspend(query.kind, sweep.space_ids, None, None)
        if proof.whole:
            self._finish(sweep.kind, sweep.space_ids)

    def _suspend(self, part: str, sweep: Sweep) -> None:
        if sweep.cursor is not None:
            self.inventory.suspend(part, sweep.space_ids, sweep.cursor, remembered(sweep.query))

    def _compare(self, sweep: Sweep, page: ListingPage, comparison: Comparison) -> None:
        for space_id in sweep.space_ids if sweep.cursor is None else ():
            self.inventory.begin(space_id, sweep.kind, page.observed_at)
        self._failures.of_items(page.failures, page.observed_at)
        failed = [Key(sweep.kind, failure.id) for failure in page.failures if failure.id]
        for space_id in sweep.space_ids if failed else ():
            for key in failed:
                self.inventory.see(space_id, key)
        records: Sequence[Record] = page.records
        if any(record["space_id"] is None for record in records):
            records = self._api.locate(records)
        bookmarks = self._memories.part(sweep.query.kind)
        swept = frozenset(sweep.space_ids)
        lags = self._api.lag_minutes(replace(sweep.query, sort=Sort.NEWEST)) > 0
        for record in records:
            space_id = record["space_id"]
            if space_id not in swept or self._scope.key(space_id) is None:
                continue
            if not self._labels.allows(record):
                if self.inventory.is_refiltered(space_id, sweep.kind):
                    self.inventory.drop(space_id, [key_of(record)])
                continue
            record["space_key"] = self._scope.key(space_id)
            self._seen[space_id].put(row_of(record))
            if comparison.is_news(record, bookmarks.value(space_id) or EPOCH, lags=lags):
                sweep.news.append(record)
        sweep.cursor = page.cursor
        sweep.pages += 1

    def _read(self, query: Query, sweep: Sweep) -> Generator[Rows, None, None]:
        """Read the news of a sweep with their bodies, hand them over, and remember them."""
        news, sweep.news, sweep.pages = sweep.news, [], 0
        if query.kind in BY_ID:
            yield from self._asked(query, news)
        elif news:
            yield from self._write(query.kind, news)

    def _asked(self, query: Query, records: Sequence[Record]) -> Generator[Rows, None, None]:
        """Ask for rows by id, as they are read, and write them; their spaces are known."""
        spaces = {record["id"]: record["space_id"] for record in records}
        ids = list(spaces)
        for start in range(0, len(ids), self._api.max_ids):
            chunk = tuple(ids[start : start + self._api.max_ids])
            for page in Walk(self._api, replace(query, space_ids=(), ids=chunk, singly=query.kind not in BY_ID)):
                self._failures.of_items(page.failures, page.observed_at)
                rows = [{**row, "space_id": row["space_id"] or spaces.get(row["id"])} for row in page.records]
                yield from self._write(query.kind, rows)

    def _write(self, part: str, records: Sequence[Record]) -> Generator[Rows, None, None]:
        """Write rows that the walks did not show."""
        rows = [record for record in records if self._scope.key(record["space_id"]) is not None]
        for record in rows:
            record["space_key"] = self._scope.key(record["space_id"])
        if not rows:
            return
        known = [(key_of(record), dict(record)) for record in rows]
        yield rows
        bookmarks = self._memories.part(part)
        lookback = self._settings.lookback_minutes
        young: defaultdict[str, dict[str, int | None]] = defaultdict(dict)
        for key, record in known:
            self._written[key.type][key.id] = record["space_id"]
            self.inventory.note(record)
            through = bookmarks.value(record["space_id"]) or EPOCH
            if (record["updated_at"] or "") >= earlier(through, minutes=lookback):
                young[record["space_id"]][record["id"]] = record["version"]
        for space_id, versions in young.items():
            bookmarks.remember(space_id, versions)

    def _judged(self, query: Query) -> Generator[Rows, None, None]:
        """Ask for what finished sweeps missed: it is written where it is, or told to be gone."""
        kind = TYPES[query.kind]
        asked = self._judged_ids[kind]
        missing = [
            (space_id, key)
            for space_id, key in self.inventory.missing(kind)
            if self._scope.key(space_id) is not None and key.id not in asked
        ]
        if not missing or not self._conditions.may_bury:
            return
        share = self._schedule.share(query.kind)
        if share is not None and (query.kind not in BY_ID or share < MOST_ASKED + FOLLOW_UPS):
            each = 2 if query.kind.endswith("_replies") else 1
            within = (
                max(0, share - FOLLOW_UPS) // each
            )  # an answer that cannot be followed up would be asked for in vain
            self.left_over |= len(missing) > within
            missing = missing[:within]
        asked.update(key.id for _, key in missing)
        moved = []
        for checked in self._verifier.check_rows(
            kind, missing, MOST_REQUESTS if share is None else min(MOST_REQUESTS, share)
        ):
            known = self.inventory.get(checked.space_id, checked.key)
            if self._is_of_another_kind(checked):
                self.inventory.drop(checked.space_id, [checked.key])
            elif checked.reason is None and checked.record:
                if checked.record["space_id"] == checked.space_id:
                    self.inventory.see(checked.space_id, checked.key)
                else:
                    moved.append(checked)
            elif known is not None and known.marks & LEFT and checked.reason not in GONE:
                self.inventory.drop(checked.space_id, [checked.key])
            else:
                self._tombstones.add(checked)
        yield from self._followed(query, moved)
        self.inventory.settle_missing(kind)

    def _is_of_another_kind(self, checked: CheckedRow) -> bool:
        """Whether a comment is there as one of another kind: an answer whose thread is gone, or whose row was poor.

        A tombstone names it as a comment, whichever kind it was taken for, and would bury what is there.
        """
        if checked.record is not None and key_of(checked.record) != checked.key:
            return True
        if type_of(checked.key) != COMMENT:
            return False
        others = [Key(kind, checked.key.id) for kind in COMMENT_KINDS if kind != checked.key.type]
        found = [self.inventory.get(checked.space_id, key) for key in others]
        return any(known is not None and not known.marks & MISSING for known in found)

    def _followed(self, query: Query, moved: Sequence[CheckedRow]) -> Generator[Rows, None, None]:
        """Write what moved to another space of the run where it is now, unless it was written there by this run."""
        records = [
            checked.record
            for checked in moved
            if checked.record and query.kind not in FULL_TABLE and checked.key.id not in self._written[checked.key.type]
        ]
        if query.kind in BY_ID or query.body_format is not None:
            yield from self._asked(query, records)
        else:
            yield from self._write(query.kind, records)
        for checked in moved:
            self.inventory.drop(checked.space_id, [checked.key])

    def inventory_rows(self) -> Generator[Rows, None, None]:
        """Rows of ``content_inventory``: what sweeps saw in this run; one more for each space that is swept through."""
        for space_id in self._scope.space_ids:
            yield from self._seen.pop(space_id, RowBuffer()).lists()
            seen_at = self._schedule.swept_through(space_id)
            whole = all((space_id, TYPES[part]) in self._schedule.swept for part in self._conditions.parts)
            if whole or seen_at > self._swept_before.get(space_id, seen_at):
                row = dict.fromkeys(("status", "title", "parent_id", "position", "version"))
                last = {"type": "sweep", "id": space_id, "space_id": space_id, **row, "seen_at": seen_at}
                yield [{**last, "count": self.inventory.count_present(space_id)}]

    def tombstone_rows(self) -> Generator[Rows, None, None]:
        """Rows of ``tombstones``, once.

        Raises:
            ConfluenceError: Spaces that are not listed any more could not be asked for.
        """
        if self._conditions.enabled and self._conditions.may_bury:
            yield from self._tombstones.rows(self._schedule.is_due)
