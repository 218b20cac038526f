"""One run of the tap: who asks, what is read, in which order, and what came of it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Iterable, MutableMapping
from contextlib import closing
from copy import deepcopy
from typing import Any

from tap_confluence.api.base import Api
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.client.totals import Totals
from tap_confluence.settings import Settings
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.failures import Failures
from tap_confluence.sync.files import wanted_files
from tap_confluence.sync.identify import identify
from tap_confluence.sync.part_rows import PartRows
from tap_confluence.sync.parts import content_of, parts_of
from tap_confluence.sync.people import People
from tap_confluence.sync.planning.estimate import Estimate
from tap_confluence.sync.planning.preview import Part, Preview, preview
from tap_confluence.sync.progress import Progress
from tap_confluence.sync.rows import CHECKPOINT, Rows
from tap_confluence.sync.selection.labels import LabelFilter
from tap_confluence.sync.selection.named_pages import NamedPages
from tap_confluence.sync.selection.scope import read_scope
from tap_confluence.sync.selection.selection import Selection, is_frozen
from tap_confluence.sync.sets.set_rows import SETS, SetRows
from tap_confluence.sync.state import last_word
from tap_confluence.sync.state.changes import compare, remembered
from tap_confluence.sync.state.memories import Memories
from tap_confluence.sync.sweep.schedule import Conditions
from tap_confluence.sync.sweep.sweeps import Sweeps
from tap_confluence.sync.walks.walks import Walks

logger = logging.getLogger("tap-confluence")


class Run:
    """Everything that the streams of one run share, wired in the order in which it is used.

    STATE, then who asks and which spaces there are, what is wanted of them, who is told of failures, deletion
    detection, the walks, and the rows of the streams.
    """

    def __init__(
        self,
        api: Api,
        settings: Settings,
        state: MutableMapping[str, Any],
        streams: Iterable[str],
        fresh: Iterable[str] = (),
    ) -> None:
        """Prove the credentials and ask for the spaces.

        Args:
            api: Whom to ask.
            settings: What to read.
            state: The tap's STATE, changed in place; not by a run that moves no bookmark (law 12).
            streams: The selected streams, in the order of the run.
            fresh: Streams whose bookmarks are to be ignored, because the user wants the full table.

        Raises:
            ConfluenceError: The credentials are wrong, the STATE is another site's, or a setting cannot be honoured.
        """
        self.api = api
        self.settings = settings
        self.signal: int | None = None
        self.streams = tuple(streams)
        self.progress = Progress(self._totals)
        self._state = state
        self.memories = Memories(deepcopy(state) if is_frozen(settings) else state, fresh)
        self.identity = identify(api, settings)
        who = self.identity.display_name or self.identity.account_id
        logger.info("reading %s as %s", self.identity.site, who)
        self.scope = read_scope(api, settings, was_read=bool(self.memories.space_ids))
        for warning in self.scope.warnings:
            logger.warning("%s", warning)
        self.changes = compare(self.memories.scope, remembered(self.identity, settings))
        self.memories.owed.now = self.scope.observed_at
        self._selected = tuple(filter(api.offers, self.streams))
        parts = content_of(self._selected)
        self._labels = labels = LabelFilter(api, settings, self.scope)
        selection = Selection(api, settings, self.scope, labels)
        self.failures = Failures(self.memories.owed, self.progress, self.scope)
        self.failures.of_items(self.scope.missing, self.scope.observed_at)
        detecting = settings.deletion_detection != "off" and not is_frozen(settings)
        context = RunContext(
            *(api, settings, self.identity, self.memories, self.scope, labels, selection, self.failures),
            streams=self._selected,
        )
        conditions = Conditions(
            parts=parts,
            enabled=detecting and not {"content_inventory", "tombstones"}.isdisjoint(self._selected),
            may_bury=not self.changes.account and "tombstones" in self._selected,
        )
        self._named_pages = NamedPages(api, settings, self.scope, labels, self.failures.of_items)
        self.sweeps = Sweeps(context, conditions, forget=self._forget)
        self.walks = Walks(context, listener=self.sweeps.recorder)
        self.parts = PartRows(context, self.walks, self.sweeps, self._named_pages)
        self.sets = SetRows(context, self._named_pages)
        every_time = settings.deletion_detection == "every_sync"
        self.people = People(
            api,
            self.memories.stream("users"),
            failed=self.failures.of_items,
            now=self.scope.observed_at,
            refresh_days=0 if every_time else settings.reconciliation_interval_days,
        )

    def preview(self) -> Preview:
        """What this run would do; asks for nothing but how many rows there are of what was never read."""
        estimate = Estimate(self.api, self.scope, self.memories.inventory)
        parts = {}
        for part in content_of(self._selected):
            memory, groups, due = self.memories.part(part), self.walks.plan[part], self.sweeps.due(part)
            parts[part] = Part(
                groups=groups,
                rows=estimate.rows(groups),
                swept=due,
                known=estimate.known(part, due),
                page_size=self.settings.page_size,
                searched=any(self.api.lag_minutes(group.query) for group in groups),
                apart=self.api.first_spaces(part) == 1,
                since={space_id: memory.value(space_id) or "" for space_id in self.scope.space_ids},
            )
        sets = {stream: self.sets.least_requests(stream) for stream in self._selected if stream in SETS}
        account = self.identity.display_name or self.identity.account_id
        spaces = self.scope.spaces.values()
        start_date = self.settings.start_date
        return preview(self.identity.site, account, spaces, parts, start_date=start_date, sets=sets)

    def start(self) -> None:
        """Make STATE fit what this run wants, and begin to read ahead.

        Raises:
            ConfluenceConfigError: A page that is named cannot be seen.
        """
        for stream in self.streams:
            if stream not in self._selected:
                logger.warning("%s: this deployment has none; the stream is empty", stream)
        if self.changes.account:
            logger.warning(
                "another account than before reads this site: what it does not see may still be there, so nothing is"
                " taken for gone in this run"
            )
        if self.changes.filters:
            self.memories.inventory.refilter()
            self._forget(self.memories.space_ids - set(self.scope.space_ids))
        self.memories.remember_scope(remembered(self.identity, self.settings))
        last_word.begin(self._state)
        if "attachments" in self._selected:
            self.memories.remember_files(wanted_files(self.settings))
        if self._named_pages.are_set:
            _ = self._named_pages.ids
        for part in content_of(self._selected):
            self.walks.begin(part)

    def rows(self, stream: str) -> Generator[Rows, None, None]:
        """The rows of one stream, as ``ContentWriter.rows`` tells; failures of single requests end the stream alone.

        Raises:
            ConfluenceAuthError: The credentials died, or nothing of the stream may be read.
        """
        # Of sets no more than ``max_pages`` are written, as walks know by themselves.
        most = self.settings.max_pages if stream in SETS else None
        written = 0
        try:
            with closing(self._rows(stream)) as found, self.progress.reading(stream):
                for rows in found:
                    with self.progress.writing(rows):
                        yield rows
                    if rows and "users" in self._selected:
                        self.people.meet(stream, rows)
                    if stream == "tombstones":
                        self.sets.forget_gone(rows)
                    if self.progress.wants_total:
                        self.progress.expect(self._count(stream))
                    written += len(rows)
                    if most is not None and written >= most:
                        break
        except ConfluenceError as error:
            self.failures.of(stream, error)
        finally:
            for part in parts_of(stream):
                self.walks.cancel(part)
        self.failures.end_of(stream)
        yield CHECKPOINT

    def _rows(self, stream: str) -> Generator[Rows, None, None]:
        if not self.api.offers(stream):
            return _at_once()
        if stream == "spaces":
            return _at_once(list(self.scope.spaces.values()))
        if stream == "content_inventory":
            return self.sweeps.recorder.rows()
        if stream == "tombstones":
            return self.sweeps.tombstone_rows()
        if stream == "sync_errors":
            return _at_once(self.memories.owed.rows)
        if stream == "users":
            return self.people.rows()
        if stream in SETS:
            return self.sets.rows(stream)
        return self.parts.rows(stream)

    def _count(self, stream: str) -> int | None:
        """How many rows a stream will have, where one request for each of its parts tells."""
        groups = {part: self.walks.plan[part] for part in parts_of(stream) if part in self.walks.plan}
        filtered = self.settings.start_date is not None or self._labels.is_set
        if not groups or filtered or self.settings.max_requests is not None or is_frozen(self.settings):
            return None
        return Estimate(self.api, self.scope, self.memories.inventory).total(list(groups.values()))

    def _totals(self) -> Totals:
        return self.api.totals

    def _forget(self, space_ids: Collection[str]) -> None:
        self.memories.forget(space_ids)
        for space_id in space_ids:
            self.sets.forget(space_id)

    def finish(self) -> None:
        """The streams are through."""
        if self.sweeps.missing.left_over and self.failures.stopped is None:
            self.failures.stopped = "max_requests leaves rows that are missing for later runs to ask for"
        if self.signal is None:
            last_word.finish(self._state, self._figures())
        self.memories.tidy()

    def _figures(self) -> dict[str, int | str]:
        """What the run came to, for whoever keeps a ledger of runs."""
        totals = self.api.totals
        stopped = self.failures.stopped
        return {
            "requests": totals.requests,
            "retries": totals.retries,
            "points": totals.points,
            "bytes": totals.bytes,
            "seconds_waited": round(totals.seconds_waited),
            "failures": self.failures.items,
            **({} if stopped is None else {"stopped": stopped}),
        }

    def pack(self) -> None:
        """Bring STATE up to date, before it is written."""
        self.memories.pack()

    @property
    def has_failed(self) -> bool:
        """Whether the run must not end as a success."""
        return bool(self.failures.walks) or self.failures.items > self.settings.max_failures or self.signal is not None

    def interrupt(self, signal: int) -> None:
        """Begin nothing more; callable from a signal handler."""
        self.signal = signal
        self.api.stop()

    def close(self) -> None:
        """Give everything back."""
        self.api.stop()
        self.walks.close()
        self.api.close()


def _at_once(*batches: Rows) -> Generator[Rows, None, None]:
    """Rows that are there already."""
    yield from batches
