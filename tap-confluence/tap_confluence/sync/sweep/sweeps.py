"""The sweeps of one run: when spaces are swept, and what becomes of what a sweep shows (laws 8 to 11, 15, 18)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from tap_confluence.api.query import BY_ID, ListingPage, Query, Sort
from tap_confluence.api.walk import Proof, located
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.parts import TYPES
from tap_confluence.sync.rows import CHECKPOINT, Rows
from tap_confluence.sync.state.bookmarks import query_entry
from tap_confluence.sync.state.keys import Key, key_of, row_of
from tap_confluence.sync.sweep.missing import MissingRows
from tap_confluence.sync.sweep.recorder import Recorder
from tap_confluence.sync.sweep.schedule import Conditions, Schedule
from tap_confluence.sync.sweep.sweep import Comparison, Quota, Restart, Sweep, read
from tap_confluence.sync.sweep.writer import SweepWriter
from tap_confluence.sync.timestamps import EPOCH
from tap_confluence.sync.walks.feed import Ended, Prefetcher, Walking

Shown = ListingPage | Restart


class Sweeps:
    """The sweeps of one run."""

    def __init__(self, context: RunContext, conditions: Conditions, *, forget: Callable[[Sequence[str]], None]) -> None:
        """Take what the run shares, under which conditions it sweeps, and who forgets removed spaces."""
        self._api = context.api
        self._scope = context.scope
        self._settings = context.settings
        self._labels = context.labels
        self._memories = context.memories
        self._failures = context.failures
        self._conditions = conditions
        self._forget = forget
        self.inventory = context.memories.inventory
        self._schedule = Schedule(context, conditions.parts)
        self.recorder = Recorder(context, conditions, self._schedule)
        self._writer = SweepWriter(context, self.recorder)
        self.missing = MissingRows(context, conditions, self._schedule, self.recorder, self._writer)

    def due(self, part: str) -> list[str]:
        """The spaces that are to be swept for a part in this run, as far as STATE tells."""
        return self._schedule.due(part) if self._conditions.enabled else []

    def rows(self, query: Query) -> Generator[Rows, None, None]:
        """Sweep what is due for one part, ask for what is missing, and yield the content that it brings to light.

        Raises:
            ConfluenceAuthError: The credentials died; other failures leave their spaces unswept.
        """
        if not self._conditions.enabled:
            return
        yield from self.missing.rows(query)
        quota = Quota(self._schedule.share(query.kind))
        self.recorder.late.clear()
        yield from self._swept(query, self._schedule.planned(query), quota)
        yield from self._swept(query, self._schedule.anew(query, self.recorder.late), quota)
        yield from self.missing.rows(query)
        yield CHECKPOINT

    def tombstone_rows(self) -> Generator[Rows, None, None]:
        """Rows of ``tombstones``, once.

        Raises:
            ConfluenceError: Spaces that are not listed any more could not be asked for.
        """
        if self._conditions.enabled and self._conditions.may_bury:
            yield from self.missing.tombstones.rows(self._schedule.is_due, self._forget)

    def _swept(self, query: Query, sweeps: Sequence[Sweep], quota: Quota) -> Generator[Rows, None, None]:
        """Walk sweeps side by side; one that fails is halved until the sick space is alone (law 16)."""
        if not sweeps:
            return
        comparison = self._comparison(TYPES[query.kind], sweeps)

        def reading(sweep: Sweep) -> Walking[Shown, Proof | None]:
            return lambda: read(self._api, sweep, quota)

        def placed(shown: Shown) -> Shown:
            return shown if isinstance(shown, Restart) else located(self._api, shown)

        prefetcher = Prefetcher(self._settings.concurrency)
        try:
            feed = prefetcher.feed(
                [(sweep, reading(sweep)) for sweep in sweeps],
                halves=lambda sweep: [(half, reading(half)) for half in sweep.halves()],
                prepare=placed,
            )
            for sweep, item in feed:
                if sweep.failed:
                    continue
                try:
                    yield from self._received(query, sweep, item, comparison)
                except ConfluenceError as error:
                    sweep.failed = True
                    self._failures.of(query.kind, error, sweep.space_ids, stage="sweep")
        finally:
            prefetcher.close()

    def _comparison(self, kind: str, sweeps: Sequence[Sweep]) -> Comparison:
        known = self.inventory
        space_ids = (space_id for sweep in sweeps for space_id in sweep.space_ids)
        adopted = [each for each in space_ids if not known.has(each, kind) and not known.is_doubted(each, kind)]
        return Comparison(known, self._settings.start_date, frozenset(adopted))

    def _received(
        self, query: Query, sweep: Sweep, item: Shown | Ended[Proof | None], comparison: Comparison
    ) -> Generator[Rows, None, None]:
        """What one page of a sweep, or its end, brings to light.

        Raises:
            ConfluenceError: The sweep failed.
        """
        if sweep.whole is not None:
            self.inventory.suspend(query.kind, sweep.whole, None, None)
            sweep.whole = None
        if isinstance(item, Restart):
            self.inventory.suspend(query.kind, sweep.space_ids, None, None)
            sweep.cursor, sweep.news = None, []
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
            yield from self._read(query, sweep)
            if item.result is None:
                self._suspend(query.kind, sweep)
            else:
                self.inventory.suspend(query.kind, sweep.space_ids, None, None)
                if item.result.whole:
                    self.recorder.finish(sweep.kind, sweep.space_ids)
            yield CHECKPOINT

    def _suspend(self, part: str, sweep: Sweep) -> None:
        if sweep.cursor is not None:
            self.inventory.suspend(part, sweep.space_ids, sweep.cursor, query_entry(sweep.query))

    def _compare(self, sweep: Sweep, page: ListingPage, comparison: Comparison) -> None:
        for space_id in sweep.space_ids if sweep.cursor is None else ():
            self.recorder.begin(space_id, sweep.kind, page.observed_at)
        self._failures.of_items(page.failures, page.observed_at)
        failed = [Key(sweep.kind, failure.id) for failure in page.failures if failure.id]
        for space_id in sweep.space_ids if failed else ():
            for key in failed:
                self.inventory.see(space_id, key)
        bookmarks = self._memories.part(sweep.query.kind)
        swept = frozenset(sweep.space_ids)
        lags = self._api.lag_minutes(replace(sweep.query, sort=Sort.NEWEST)) > 0
        for record in page.records:
            space_id = record["space_id"]
            if space_id not in swept or self._scope.key(space_id) is None:
                continue
            if not self._labels.allows(record):
                if self.inventory.is_refiltered(space_id, sweep.kind):
                    self.inventory.drop(space_id, [key_of(record)])
                continue
            record["space_key"] = self._scope.key(space_id)
            self.recorder.seen[space_id].put(row_of(record))
            if comparison.is_news(record, bookmarks.value(space_id) or EPOCH, lags=lags):
                sweep.news.append(record)
        sweep.cursor = page.cursor
        sweep.pages += 1

    def _read(self, query: Query, sweep: Sweep) -> Generator[Rows, None, None]:
        """Read the news of a sweep with their bodies, hand them over, and remember them."""
        news, sweep.news, sweep.pages = sweep.news, [], 0
        if query.kind in BY_ID:
            yield from self._writer.read(query, news)
        elif news:
            yield from self._writer.write(query.kind, news)
