"""One run of the tap: who asks, what is read, in which order, and what came of it."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import Any

from tap_confluence.api.base import Api, Identity, ItemFailure
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceBudgetError,
    ConfluenceConfigError,
    ConfluenceError,
    ConfluenceInterruptedError,
)
from tap_confluence.settings import Settings
from tap_confluence.sync.bookmarks import Bookmarks
from tap_confluence.sync.content import CHECKPOINT, ContentSync, Hooks, Rows, Rules
from tap_confluence.sync.plan import Group, Wishes, plan_stream
from tap_confluence.sync.prefetch import Prefetcher
from tap_confluence.sync.progress import Progress
from tap_confluence.sync.reading import Finished
from tap_confluence.sync.scope import Scope, read_scope

logger = logging.getLogger("tap-confluence")

CONTENT = ("pages", "blogposts", "attachments")
"""Streams that are read by walks over spaces, with a bookmark per space."""
WITH_BODY = ("pages", "blogposts")
IN_MANY_CHAINS = ("pages",)
"""Streams whose first walk is worth dealing out over all threads; of others there are few."""


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
        self.progress = Progress(logger, lambda: api.totals)
        self.failed_walks = 0
        self.failed_items = 0
        self.stopped: str | None = None
        self.signal: int | None = None
        self._state = state
        self._fresh = frozenset(fresh)
        self._prefetcher = Prefetcher(settings.concurrency)
        self._syncs: dict[str, ContentSync] = {}

    @cached_property
    def identity(self) -> Identity:
        """Who the credentials belong to: the first request of every run (FACTS 4.9)."""
        return self.api.identity()

    @cached_property
    def scope(self) -> Scope:
        """The spaces of this run; asked after the identity is proved."""
        logger.info("reading %s as %s", self.identity.site, self.identity.display_name or self.identity.account_id)
        return read_scope(self.api, self.settings)

    @property
    def frozen(self) -> bool:
        """Whether this run moves no bookmark (law 12)."""
        return bool(self.settings.max_pages or self.settings.pages or self.settings.page_trees)

    @cached_property
    def plan(self) -> Mapping[str, Sequence[Group]]:
        """The walks of every content stream: made once, before the first of them."""
        return {
            stream: plan_stream(self._wishes(stream), self.scope.space_ids, self._memory(stream)) for stream in CONTENT
        }

    def start(self, streams: Iterable[str]) -> None:
        """Begin to read ahead for these streams, in this order."""
        for stream in streams:
            if stream in CONTENT:
                self._sync(stream)

    def rows(self, stream: str) -> Generator[Rows, None, None]:
        """The rows of one stream, as ``ContentSync.rows`` tells."""
        if stream == "spaces":
            rows = list(self.scope.spaces.values())
            yield rows
            self.progress.wrote(stream, len(rows))
            return
        yield from self._sync(stream).rows()
        yield CHECKPOINT

    @property
    def has_failed(self) -> bool:
        """Whether the run must not end as a success."""
        return bool(self.failed_walks) or self.failed_items > self.settings.max_failures or self.signal is not None

    def interrupt(self, signal: int) -> None:
        """End every wait; callable from a signal handler."""
        self.signal = signal
        self.api.stop()

    def close(self) -> None:
        """Give everything back."""
        self.api.stop()
        self._prefetcher.close()
        self.api.close()

    def _sync(self, stream: str) -> ContentSync:
        if stream not in self._syncs:
            groups = list(self.plan[stream])
            sync = ContentSync(
                self.api,
                self.scope,
                groups,
                bookmarks=self._memory(stream),
                rules=self._rules(),
                hooks=self._hooks(),
            )
            self._syncs[stream] = sync
            self.progress.expect(stream, len(groups))
            sync.start(self._prefetcher)
        return self._syncs[stream]

    def _memory(self, stream: str) -> Bookmarks:
        if stream in self._fresh:
            self._state.setdefault("bookmarks", {}).pop(stream, None)
        return Bookmarks(self._state.setdefault("bookmarks", {}).setdefault(stream, {}))

    def _wishes(self, stream: str) -> Wishes:
        settings = self.settings
        resync = {
            space_id
            for space_id, space in self.scope.spaces.items()
            if space["key"] in settings.resync_spaces or space["alias"] in settings.resync_spaces
        }
        body_format = None if settings.body_format == "none" else settings.body_format
        page_size = min(settings.page_size, settings.max_pages or settings.page_size)
        return Wishes(
            stream=stream,
            statuses=settings.content_statuses,
            body_format=body_format if stream in WITH_BODY else None,
            page_size=page_size,
            lookback_minutes=settings.lookback_minutes,
            max_spaces=self.api.max_spaces(stream),
            chains=settings.concurrency if stream in IN_MANY_CHAINS and not settings.max_pages else 1,
            resync=frozenset(resync),
        )

    def _rules(self) -> Rules:
        return Rules(
            lookback_minutes=self.settings.lookback_minutes,
            start_date=self.settings.start_date,
            frozen=self.frozen,
            most_rows=self.settings.max_pages,
        )

    def _hooks(self) -> Hooks:
        return Hooks(
            failed=self._walk_failed, failures=self._items_failed, wrote=self.progress.wrote, finished=self._walked
        )

    def _walked(self, group: Group, finished: Finished) -> None:
        del finished
        self.progress.walked(group.stream)

    def _walk_failed(self, group: Group, error: Exception) -> None:
        """Other groups go on; what cannot get better ends the run (law 6).

        Raises:
            ConfluenceAuthError: The credentials died.
        """
        if isinstance(error, (ConfluenceBudgetError, ConfluenceInterruptedError)):
            self.stopped = str(error)
            return
        if not isinstance(error, ConfluenceError) or isinstance(error, (ConfluenceAuthError, ConfluenceConfigError)):
            raise error
        self.failed_walks += 1
        self.progress.failed(group.stream)
        names = ", ".join(self.scope.key(space_id) or space_id for space_id in group.space_ids[:5])
        more = len(group.space_ids) - 5
        logger.error(
            "%s of %s%s could not be read; the next run begins where this one did: %s",
            group.stream,
            names,
            f" and {more} more spaces" if more > 0 else "",
            error,
        )

    def _items_failed(self, failures: Iterable[ItemFailure]) -> None:
        for failure in failures:
            self.failed_items += 1
            self.progress.failed(failure.kind)
            logger.warning("%s %s could not be read: %s", failure.kind, failure.id or "without id", failure.message)
