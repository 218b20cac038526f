"""The walks of one run over the content: planned once, begun ahead of whoever writes their rows."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from tap_confluence.api.base import Api
from tap_confluence.sync.parts import CONTENT, stream_of
from tap_confluence.sync.plan import Group, plan_stream
from tap_confluence.sync.progress import Progress
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.selection.selection import Wishing
from tap_confluence.sync.state.memories import Memories
from tap_confluence.sync.walks.content import ContentSync, Hooks, Rows
from tap_confluence.sync.walks.prefetch import Prefetcher


class Walks:
    """The walks of every part of the content."""

    def __init__(
        self,
        api: Api,
        scope: Scope,
        wishing: Wishing,
        memories: Memories,
        *,
        hooks: Hooks,
        progress: Progress,
        concurrency: int,
    ) -> None:
        """Ask nothing yet."""
        self._api = api
        self._scope = scope
        self._wishing = wishing
        self._memories = memories
        self._hooks = hooks
        self._progress = progress
        self._concurrency = concurrency
        self._prefetcher = Prefetcher(concurrency)
        self._begun: dict[str, ContentSync] = {}

    @cached_property
    def plan(self) -> Mapping[str, Sequence[Group]]:
        """The walks of every part: made once, before the first of them."""
        return {
            part: plan_stream(self._wishing.wishes(part), self._scope.space_ids, self._memories.part(part))
            for part in CONTENT
        }

    def begin(self, part: str) -> ContentSync:
        """The planned walks of a part; they begin with the first call."""
        if part not in self._begun:
            groups = list(self.plan[part])
            self._progress.expect(stream_of(part), len(groups))
            self._begun[part] = self._started(part, groups, self._prefetcher)
        return self._begun[part]

    def again(self, part: str, space_ids: Sequence[str]) -> Generator[Rows, None, None]:
        """What changed in some spaces since they were walked in this run.

        In threads of its own: the others may all wait until the parts that they read ahead are wanted.
        """
        wishes = replace(self._wishing.wishes(part), resync=frozenset())
        prefetcher = Prefetcher(self._concurrency)
        try:
            groups = plan_stream(wishes, space_ids, self._memories.part(part))
            yield from self._started(part, groups, prefetcher).rows()
        finally:
            prefetcher.close()

    def close(self) -> None:
        """End the threads that read ahead."""
        self._prefetcher.close()

    def _started(self, part: str, groups: list[Group], prefetcher: Prefetcher) -> ContentSync:
        sync = ContentSync(
            self._api,
            self._scope,
            groups,
            bookmarks=self._memories.part(part),
            rules=self._wishing.rules(part),
            hooks=self._hooks,
        )
        sync.start(prefetcher)
        return sync
