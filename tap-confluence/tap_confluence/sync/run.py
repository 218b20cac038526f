"""One run of the tap: who asks, what is read, in which order, and what came of it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator, Iterable, MutableMapping, Sequence
from contextlib import closing
from copy import deepcopy
from functools import cached_property
from typing import Any

from tap_confluence.api.base import Api, Identity
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.settings import Settings
from tap_confluence.sync.failures import Failures
from tap_confluence.sync.files import Files
from tap_confluence.sync.identify import identify
from tap_confluence.sync.parts import content_of, parts_of, stream_of
from tap_confluence.sync.people import People
from tap_confluence.sync.plan import Group
from tap_confluence.sync.preview import Preview, preview
from tap_confluence.sync.progress import Progress
from tap_confluence.sync.selection.labels import LabelFilter
from tap_confluence.sync.selection.picks import Picks
from tap_confluence.sync.selection.scope import Scope, read_scope
from tap_confluence.sync.selection.selection import Wishing, is_frozen
from tap_confluence.sync.sets.set_rows import SETS, SetRows
from tap_confluence.sync.sets.sets import SetHooks
from tap_confluence.sync.state.changes import Changes, compare, remembered
from tap_confluence.sync.state.memories import Memories
from tap_confluence.sync.sweep.schedule import Conditions
from tap_confluence.sync.sweep.sweeps import SweepHooks, Sweeps
from tap_confluence.sync.walks.content import CHECKPOINT, Hooks, Rows
from tap_confluence.sync.walks.part_rows import PartRows
from tap_confluence.sync.walks.reading import Finished
from tap_confluence.sync.walks.walks import Walks

logger = logging.getLogger("tap-confluence")


class Run:
    """Everything that the streams of one run share."""

    def __init__(
        self, api: Api, settings: Settings, state: MutableMapping[str, Any], fresh: Iterable[str] = ()
    ) -> None:
        """Ask nothing yet.

        Args:
            api: Whom to ask.
            settings: What to read.
            state: The tap's STATE, changed in place.
            fresh: Streams whose bookmarks are to be ignored, because the user wants the full table.
        """
        self.api = api
        self.settings = settings
        self.progress = Progress(logger, lambda: api.totals, terminal=sys.stderr.isatty())
        self.signal: int | None = None
        self.memories = Memories(deepcopy(state) if self.frozen else state, fresh)
        self._selected: tuple[str, ...] = ()

    @cached_property
    def identity(self) -> Identity:
        """Who the credentials belong to."""
        return identify(self.api, self.settings)

    @cached_property
    def scope(self) -> Scope:
        """The spaces of this run; asked after the identity is proved."""
        logger.info("reading %s as %s", self.identity.site, self.identity.display_name or self.identity.account_id)
        return read_scope(self.api, self.settings)

    @property
    def frozen(self) -> bool:
        """Whether this run moves no bookmark (law 12)."""
        return is_frozen(self.settings)

    @cached_property
    def wishing(self) -> Wishing:
        """What is wanted of each part."""
        return Wishing(self.api, self.settings, self.scope, self.labels)

    @cached_property
    def labels(self) -> LabelFilter:
        """Which content passes the filters by label."""
        return LabelFilter(self.api, self.settings, self.scope)

    def preview(self, streams: Iterable[str]) -> Preview:
        """What this run would do for these streams; asks for the identity and the spaces alone."""
        _ = self.changes
        streams = list(streams)
        plan = {part: self.walks.plan[part] for part in content_of(filter(self.api.offers, streams))}
        since = {
            f"{part}/{space_id}": self.memories.part(part).value(space_id) or ""
            for part in plan
            for space_id in self.scope.space_ids
        }
        account = self.identity.display_name or self.identity.account_id
        return preview(
            self.identity.site, account, self.scope.spaces.values(), plan, since, sets=self._sets_to_come(streams)
        )

    def _sets_to_come(self, streams: Sequence[str]) -> dict[str, int]:
        return {
            stream: self.sets.least_requests(stream, streams)
            for stream in streams
            if stream in SETS and self.api.offers(stream)
        }

    def start(self, streams: Iterable[str]) -> None:
        """Begin to read ahead for these streams, in this order.

        Raises:
            ConfluenceConfigError: The STATE is of another site, or a setting cannot be honoured.
        """
        self._selected = tuple(stream for stream in streams if self._is_offered(stream))
        self._adapt()
        if self._names_pages:
            _ = self.picks.ids
        for part in content_of(self._selected):
            self.walks.begin(part)

    def _is_offered(self, stream: str) -> bool:
        offered = self.api.offers(stream)
        if not offered:
            logger.warning("%s: this deployment has none; the stream is empty", stream)
        return offered

    def rows(self, stream: str) -> Generator[Rows, None, None]:
        """The rows of one stream, as ``ContentSync.rows`` tells; failures of single requests end the stream alone.

        Raises:
            ConfluenceAuthError: The credentials died.
        """
        try:
            for rows in self._no_more_than_asked(stream):
                if stream == "attachments" and self.settings.attachments_download:
                    self.files.fill(rows)
                yield rows
                if "users" in self._selected:
                    self.people.meet(stream, rows)
                self.progress.wrote(stream, len(rows))
        except ConfluenceError as error:
            self.failures.of_stream(stream, error)
        yield CHECKPOINT

    def _no_more_than_asked(self, stream: str) -> Generator[Rows, None, None]:
        """The rows of a stream; of sets no more than ``max_pages``, as walks know by themselves."""
        most = self.settings.max_pages if stream in SETS else None
        written = 0
        with closing(self._rows(stream)) as found:
            for rows in found:
                yield rows
                written += len(rows)
                if most is not None and written >= most:
                    return

    def _rows(self, stream: str) -> Generator[Rows, None, None]:
        if not self.api.offers(stream):
            return _at_once()
        if stream == "spaces":
            return _at_once(list(self.scope.spaces.values()))
        if stream == "content_inventory":
            return self.sweeps.inventory_rows()
        if stream == "tombstones":
            return self.sweeps.tombstone_rows()
        if stream == "sync_errors":
            return _at_once(self.memories.letters.rows)
        if stream == "users":
            return self.people.rows()
        if stream in SETS:
            return self.sets.rows(stream)
        return self._content_rows(stream)

    def _content_rows(self, stream: str) -> Generator[Rows, None, None]:
        for part in parts_of(stream):
            yield from self.parts.rows(part)

    @cached_property
    def walks(self) -> Walks:
        """The walks of every part of the content."""
        return Walks(
            self.api,
            self.scope,
            self.wishing,
            self.memories,
            hooks=Hooks(
                failed=self.failures.of_walk,
                failures=self.failures.of_items,
                wrote=self.sweeps.wrote,
                finished=self._walked,
            ),
            progress=self.progress,
            concurrency=self.settings.concurrency,
        )

    def _walked(self, group: Group, finished: Finished) -> None:
        self.sweeps.walked(group, finished)
        self.progress.walked(stream_of(group.stream))

    @cached_property
    def parts(self) -> PartRows:
        """Who reads the parts of the content."""
        return PartRows(
            self.api,
            self.scope,
            self.wishing,
            self.memories,
            self.walks,
            picks=self.picks if self._names_pages else None,
            sweeps=self.sweeps,
            failures=self.failures,
        )

    @property
    def _names_pages(self) -> bool:
        return bool(self.settings.pages or self.settings.page_trees)

    @cached_property
    def picks(self) -> Picks:
        """The pages that the settings name."""
        return Picks(
            self.api,
            self.settings,
            self.labels.allows,
            failed=self.failures.of_items,
            observed_at=self.scope.observed_at,
        )

    @cached_property
    def sets(self) -> SetRows:
        """The labels, restrictions, permissions and memberships of this run."""
        return SetRows(
            self.api,
            self.scope,
            self.settings,
            state_of=self.memories.stream,
            picks=lambda: self.picks,
            allows=self.labels.allows,
            placed=self.wishing.placed,
            selected=lambda: self._selected,
            hooks=SetHooks(self.failures.of_set, self.failures.of_items),
        )

    @cached_property
    def files(self) -> Files:
        """The bytes of attachments."""
        return Files(self.api, self.settings, self.failures.of_items)

    @cached_property
    def people(self) -> People:
        """Who stands in the rows of this run."""
        settings = self.settings
        every_time = settings.deletion_detection == "every_sync"
        return People(
            self.api,
            self.memories.stream("users"),
            failed=self.failures.of_items,
            now=self.scope.observed_at,
            refresh_days=0 if every_time else settings.reconciliation_interval_days,
        )

    @cached_property
    def failures(self) -> Failures:
        """What went wrong."""
        return Failures(self.memories.letters, self.progress, lambda: self.scope)

    @cached_property
    def sweeps(self) -> Sweeps:
        """The sweeps of this run."""
        detecting = self.settings.deletion_detection != "off" and not self.frozen
        listed = {"content_inventory", "tombstones"} & set(self._selected)
        return Sweeps(
            self.api,
            self.scope,
            self.settings,
            self.labels,
            self.memories,
            conditions=Conditions(
                parts=content_of(self._selected),
                enabled=detecting and bool(listed),
                may_bury=not self.changes.account and "tombstones" in listed,
            ),
            hooks=SweepHooks(self._forget, self.failures.of_items, self.failures.of_sweep),
        )

    @cached_property
    def changes(self) -> Changes:
        """What is not as it was when the STATE was written (law 9)."""
        return compare(self.memories.scope, remembered(self.identity, self.settings))

    def _adapt(self) -> None:
        """Make STATE fit what this run wants: forget what left by configuration."""
        changes = self.changes
        if changes.account:
            logger.warning(
                "another account than before reads this site: what it does not see may still be there, so nothing is"
                " taken for gone in this run"
            )
        if changes.filters:
            self.memories.inventory.refilter()
            for space_id in self.memories.space_ids - set(self.scope.space_ids):
                self._forget(space_id)
        self.memories.remember_scope(remembered(self.identity, self.settings))

    def _forget(self, space_id: str) -> None:
        self.memories.forget(space_id)
        self.sets.forget(space_id)

    def finish(self) -> None:
        """The streams are through."""
        self.memories.tidy()

    def pack(self) -> None:
        """Bring STATE up to date, before it is written."""
        self.memories.pack()

    @property
    def has_failed(self) -> bool:
        """Whether the run must not end as a success."""
        return bool(self.failures.walks) or self.failures.items > self.settings.max_failures or self.signal is not None

    def interrupt(self, signal: int) -> None:
        """End every wait; callable from a signal handler."""
        self.signal = signal
        self.api.stop()

    def close(self) -> None:
        """Give everything back."""
        self.api.stop()
        if "walks" in self.__dict__:
            self.walks.close()
        self.api.close()


def _at_once(*batches: Rows) -> Generator[Rows, None, None]:
    """Rows that are there already."""
    yield from batches
