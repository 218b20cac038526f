"""One run of the tap: who asks, what is read, in which order, and what came of it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator, Iterable, Mapping, MutableMapping, Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import Any

from tap_confluence.api.base import BY_ID, Api, Identity, Record
from tap_confluence.api.base import walk as pages_of
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.settings import Settings
from tap_confluence.sync.changes import Changes, compare, remembered
from tap_confluence.sync.content import CHECKPOINT, ContentSync, Hooks, Rows
from tap_confluence.sync.failures import Failures
from tap_confluence.sync.files import Files
from tap_confluence.sync.identify import identify
from tap_confluence.sync.incomplete import Incomplete
from tap_confluence.sync.labels import LabelFilter
from tap_confluence.sync.memories import Memories
from tap_confluence.sync.parts import CONTENT, FULL_TABLE, TREE, content_of, parts_of, stream_of
from tap_confluence.sync.people import People
from tap_confluence.sync.picks import Picks
from tap_confluence.sync.plan import Group, plan_stream
from tap_confluence.sync.prefetch import Prefetcher
from tap_confluence.sync.preview import Preview, preview
from tap_confluence.sync.progress import Progress
from tap_confluence.sync.reading import Finished, Watermark
from tap_confluence.sync.reconcile import Reconciliation
from tap_confluence.sync.scope import Scope, read_scope
from tap_confluence.sync.set_rows import SETS, SetRows
from tap_confluence.sync.sets import SetHooks
from tap_confluence.sync.terms import SweepHooks, Terms
from tap_confluence.sync.wishing import Wishing, is_frozen

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
        self._prefetcher = Prefetcher(settings.concurrency)
        self._syncs: dict[str, ContentSync] = {}
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

    @cached_property
    def plan(self) -> Mapping[str, Sequence[Group]]:
        """The walks of every part of the content: made once, before the first of them."""
        return {
            part: plan_stream(self.wishing.wishes(part), self.scope.space_ids, self.memories.part(part))
            for part in CONTENT
        }

    def preview(self, streams: Iterable[str]) -> Preview:
        """What this run would do for these streams; asks for the identity and the spaces alone."""
        _ = self.changes
        streams = list(streams)
        plan = {part: self.plan[part] for part in content_of(filter(self.api.offers, streams))}
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
        if self.settings.pages or self.settings.page_trees:
            _ = self.picks.ids
        for part in content_of(self._selected):
            self._sync(part)

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
            return self.reconciliation.inventory_rows()
        if stream == "tombstones":
            return self.reconciliation.tombstone_rows()
        if stream == "sync_errors":
            return _at_once(self.memories.letters.rows)
        if stream == "users":
            return self.people.rows()
        if stream in SETS:
            return self.sets.rows(stream)
        return self._content_rows(stream)

    def _content_rows(self, stream: str) -> Generator[Rows, None, None]:
        for part in parts_of(stream):
            yield from self._part_rows(part)

    def _part_rows(self, part: str) -> Generator[Rows, None, None]:
        memory = self.memories.part(part)
        incomplete = Incomplete(self.api, self.wishing.query(part), memory)
        for rows in self._read_rows(part):
            lacking = incomplete.lacking(rows)
            yield rows
            incomplete.note(lacking)
        if not (self.failures.stopped or self.frozen):
            for rows in incomplete.again(self._placed, self.failures.of_items):
                for record in rows:
                    self.reconciliation.inventory.note(record)
                    if memory.value(record["space_id"]):
                        memory.remember(record["space_id"], {record["id"]: record["version"]})
                yield rows
            yield CHECKPOINT

    def _read_rows(self, part: str) -> Generator[Rows, None, None]:
        again: dict[tuple[str, int | None], str] = {}
        for rows in self._retried(part):
            again.update({(record["id"], record["version"]): record["space_id"] for record in rows})
            self.failures.overcome(part, [record["id"] for record in rows])
            yield rows
        for rows in chain(self._sync(part).rows(), self._since_resumed(part)):
            fresh = [record for record in rows if (record["id"], record["version"]) not in again]
            yield fresh if len(fresh) < len(rows) else rows
        memory = self.memories.part(part)
        for (content_id, version), space_id in again.items():
            if memory.value(space_id):
                memory.remember(space_id, {content_id: version})
        if not self.failures.stopped:
            yield from self.reconciliation.sweep(self.wishing.query(part), self.memories.part(part))
            yield from self._picked(part)

    def _since_resumed(self, part: str) -> Generator[Rows, None, None]:
        """What changed since the first walks began that an earlier run left unfinished: this run ends exact, too."""
        memory = self.memories.part(part)
        ended = [each for group in self.plan[part] if group.resume for each in group.space_ids if memory.value(each)]
        if not ended or part in FULL_TABLE or self.frozen or self.failures.stopped:
            return
        newest = Watermark(self.api, self.wishing.query(part)).ask()
        behind = [space_id for space_id in ended if (memory.value(space_id) or "") < newest]
        if behind:
            wishes = replace(self.wishing.wishes(part), resync=frozenset())
            sync = self._content_sync(part, plan_stream(wishes, behind, memory))
            sync.start(self._prefetcher)
            yield from sync.rows()

    def _placed(self, records: Iterable[Record]) -> Rows:
        """The rows that are in spaces of this run and pass the filters, with the space filled in."""
        rows = [record for record in self.api.locate(records) if self.scope.key(record["space_id"]) is not None]
        for record in rows:
            record["space_key"] = self.scope.key(record["space_id"])
        return [record for record in rows if self.labels.allows(record)]

    def _picked(self, part: str) -> Generator[Rows, None, None]:
        """Pages that are named one by one, and what hangs on them."""
        if self.settings.pages or self.settings.page_trees:
            if part == "pages":
                yield from self.picks.rows(self.wishing.query(part), self.scope.space_ids)
            elif part not in (*BY_ID, *TREE):
                yield from self.picks.hanging(self.wishing.query(part), self.scope.space_ids)

    @cached_property
    def picks(self) -> Picks:
        """The pages that the settings name."""
        return Picks(self.api, self.settings, self.labels.allows)

    def _retried(self, part: str) -> Generator[Rows, None, None]:
        """What an earlier run could not read, read by id (law 7)."""
        ids = self.memories.letters.ids(part)
        for start in range(0, len(ids), self.api.max_ids):
            chunk = tuple(ids[start : start + self.api.max_ids])
            told: set[str | None] = set()
            for page in pages_of(self.api, replace(self.wishing.query(part), ids=chunk, singly=True)):
                rows = self._placed(page.records)
                for record in rows:
                    self.reconciliation.inventory.note(record)
                told |= {record["id"] for record in rows} | {failure.id for failure in page.failures}
                self.memories.letters.settle(part, [record["id"] for record in rows])
                if rows:
                    yield rows
                self.failures.of_items(page.failures, page.observed_at)
            self.memories.letters.settle(part, [content_id for content_id in chunk if content_id not in told])
            yield CHECKPOINT

    @cached_property
    def sets(self) -> SetRows:
        """The labels, restrictions, permissions and memberships of this run."""
        return SetRows(
            self.api,
            self.scope,
            self.settings,
            state_of=self.memories.stream,
            picked=lambda: self.picks.ids,
            allows=self.labels.allows,
            placed=self._placed,
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
        return People(self.api, self.memories.stream("users"))

    @cached_property
    def failures(self) -> Failures:
        """What went wrong."""
        return Failures(self.memories.letters, self.progress, lambda: self.scope)

    @cached_property
    def reconciliation(self) -> Reconciliation:
        """The sweeps of this run."""
        settings = self.settings
        detecting = settings.deletion_detection != "off" and not self.frozen
        listed = {"content_inventory", "tombstones"} & set(self._selected)
        return Reconciliation(
            self.api,
            self.scope,
            settings,
            inventory=self.memories.inventory,
            letters=self.memories.letters,
            terms=Terms(
                streams=content_of(self._selected),
                enabled=detecting and bool(listed),
                forced=self.changes.filters,
                may_bury=not self.changes.account,
                now=self.scope.observed_at,
                allows=self.labels.allows,
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
            for space_id in self.memories.space_ids - set(self.scope.space_ids):
                self._forget(space_id)
        self.memories.remember_scope(remembered(self.identity, self.settings))

    def _forget(self, space_id: str) -> None:
        self.memories.forget(space_id)
        self.sets.forget(space_id)

    def finish(self) -> None:
        """The streams are through: what was swept counts as swept, also when nobody wanted its tombstones."""
        if not self.failures.stopped and "tombstones" not in self._selected:
            self.reconciliation.settle()
        self.memories.tidy()

    def remember(self) -> None:
        """The run ends in the middle: what was written so far is remembered, so that it can be missed later."""
        self.memories.inventory.flush()

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
        self._prefetcher.close()
        self.api.close()

    def _sync(self, part: str) -> ContentSync:
        if part not in self._syncs:
            groups = list(self.plan[part])
            sync = self._content_sync(part, groups)
            self._syncs[part] = sync
            self.progress.expect(stream_of(part), len(groups))
            sync.start(self._prefetcher)
        return self._syncs[part]

    def _content_sync(self, part: str, groups: list[Group]) -> ContentSync:
        return ContentSync(
            self.api,
            self.scope,
            groups,
            bookmarks=self.memories.part(part),
            rules=self.wishing.rules(part),
            hooks=self._hooks(),
        )

    def _hooks(self) -> Hooks:
        return Hooks(
            failed=self.failures.of_walk,
            failures=self.failures.of_items,
            wrote=self.reconciliation.wrote,
            finished=self._walked,
        )

    def _walked(self, group: Group, finished: Finished) -> None:
        self.reconciliation.walked(group, finished)
        self.progress.walked(stream_of(group.stream))


def _at_once(*batches: Rows) -> Generator[Rows, None, None]:
    """Rows that are there already."""
    yield from batches
