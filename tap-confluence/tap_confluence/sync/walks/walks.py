"""The walks of one run over the content: planned once, begun ahead of whoever writes their rows."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from tap_confluence.api.walk import located
from tap_confluence.client.errors import ConfluenceError, is_of_one
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.parts import CONTENT, FULL_TABLE
from tap_confluence.sync.planning.plan import Group, Strategy, halves_of, plan_stream
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.timestamps import NEVER
from tap_confluence.sync.walks.content import ContentWriter, Listener
from tap_confluence.sync.walks.feed import Buffer, Feed, Prefetcher, Walking
from tap_confluence.sync.walks.first_sync import read_first
from tap_confluence.sync.walks.incremental import Lookback, read_changes
from tap_confluence.sync.walks.reading import Finished, Found, Watermark, weight

Started = tuple[Feed[Group, Found, Finished], Mapping[Group, Lookback]]


class Walks:
    """The walks of every part of the content."""

    def __init__(self, context: RunContext, listener: Listener) -> None:
        """Take what the run shares, and who is told of rows and walks; ask nothing yet."""
        self._api = context.api
        self._scope = context.scope
        self._selection = context.selection
        self._memories = context.memories
        self._failures = context.failures
        self._listener = listener
        self._concurrency = context.settings.concurrency
        self._is_budgeted = context.settings.max_requests is not None
        self._buffer = Buffer()
        is_whole = not self._is_budgeted and context.settings.max_pages is None
        self._prefetcher = Prefetcher(_chains(self._concurrency) if is_whole else self._concurrency, self._buffer)
        self._begun: dict[str, Started] = {}
        self._writers: dict[str, ContentWriter] = {}

    @cached_property
    def plan(self) -> Mapping[str, Sequence[Group]]:
        """The walks of every part: made once. STATE forgets unfinished ones of other questions."""
        plan = {}
        for part in CONTENT:
            memory = self._memories.part(part)
            plan[part] = plan_stream(
                self._selection.options(part), self._scope.space_ids, memory, now=self._scope.observed_at
            )
            memory.restrict(
                {space_id for group in plan[part] if group.resume for space_id in group.space_ids},
                {space_id for group in plan[part] if group.catch_up for space_id in group.space_ids},
            )
        return plan

    def begin(self, part: str) -> None:
        """Let the planned walks of a part run ahead, if they do not yet."""
        if part not in self._begun and self.plan[part]:
            self._begun[part] = self._started(part, self.plan[part], self._prefetcher)

    def rows(self, part: str) -> Generator[Rows, None, None]:
        """What the planned walks of a part find."""
        self.begin(part)
        if part in self._begun:
            yield from self._writer(part).rows(*self._begun[part])

    def since_resumed(self, part: str) -> Generator[Rows, None, None]:
        """What changed since the walks began that an earlier run left unfinished: this run ends exact, too.

        In threads of its own: the others may all wait until the parts that they read ahead are wanted.
        """
        memory = self._memories.part(part)
        unfinished = [group for group in self.plan[part] if group.resume or group.catch_up]
        ended = [space_id for group in unfinished for space_id in group.space_ids if memory.value(space_id)]
        if not ended or part in FULL_TABLE or self._selection.frozen or self._failures.stopped:
            return
        newest = self._newest(part)
        behind = [space_id for space_id in ended if (memory.value(space_id) or "") < newest]
        options = replace(self._selection.options(part), resync=frozenset())
        prefetcher = Prefetcher(self._concurrency, self._buffer)
        try:
            started = self._started(part, plan_stream(options, behind, memory), prefetcher)
            yield from self._writer(part).rows(*started)
        finally:
            prefetcher.close()

    def _newest(self, part: str) -> str:
        """The newest change of a part; later than any where the site does not show it, so that walks look."""
        try:
            return Watermark(self._api, self._selection.query(part)).ask(())
        except ConfluenceError as error:
            if not is_of_one(error):
                raise
            return NEVER

    def cancel(self, part: str) -> None:
        """Nobody reads a part any more: its walks end."""
        if part in self._begun:
            self._begun[part][0].cancel()

    def close(self) -> None:
        """End the threads that read ahead."""
        self._prefetcher.close()

    def _started(self, part: str, groups: Sequence[Group], prefetcher: Prefetcher) -> Started:
        writer = self._writer(part)
        lookbacks = {group: writer.lookback(group) for group in groups if group.strategy is Strategy.INCREMENTAL}
        watermark = Watermark(self._api, self._selection.query(part))

        def reading(group: Group) -> Walking[Found, Finished]:
            if group.strategy is Strategy.INCREMENTAL:
                return lambda: read_changes(self._api, group, lookbacks[group.whole or group], watermark)
            return lambda: read_first(self._api, group, watermark)

        feed = prefetcher.feed(
            [(group, reading(group)) for group in groups],
            room=None if writer.write_options.most_rows is None else 1,
            weigh=weight,
            halves=lambda group: [(half, reading(half)) for half in halves_of(group)],
            prepare=self._located if self._is_budgeted else None,
        )
        return feed, lookbacks

    def _located(self, found: Found) -> Found:
        """A finding whose rows the writer need not ask spaces for: with the budget spent it could not (law 15)."""
        return replace(found, page=located(self._api, found.page))

    def _writer(self, part: str) -> ContentWriter:
        if part not in self._writers:
            self._writers[part] = ContentWriter(
                self._api,
                {space_id: space["key"] for space_id, space in self._scope.spaces.items()},
                bookmarks=self._memories.part(part),
                write_options=self._selection.write_options(),
                failures=self._failures,
                listener=self._listener,
            )
        return self._writers[part]


def _chains(concurrency: int) -> int:
    """How many walks run at once; of their requests only ``concurrency`` are in flight.

    More than these, since a long chain (a listing of the whole site) had to wait for a thread while others waited for
    the writer: at two seconds a request 5,000 pages and 2,500 attachments took 42 s, and take 31 s. One stays one; and
    where few requests are to be made, none is made ahead that a walk before could make needless.
    """
    return 2 * concurrency if concurrency > 1 else 1
