"""The rows of one part of the content, in their order: what earlier runs owe, the walks, the sweep, single pages."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from itertools import chain

from tap_confluence.api.base import BY_ID, Api
from tap_confluence.api.walk import Walk
from tap_confluence.sync.failures import Failures
from tap_confluence.sync.parts import FULL_TABLE, TREE
from tap_confluence.sync.selection.picks import Picks
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.selection.selection import Wishing
from tap_confluence.sync.state.memories import Memories
from tap_confluence.sync.sweep.sweeps import Sweeps
from tap_confluence.sync.walks.content import CHECKPOINT, Rows
from tap_confluence.sync.walks.incomplete import Incomplete
from tap_confluence.sync.walks.reading import Watermark
from tap_confluence.sync.walks.walks import Walks


class PartRows:
    """Reads the parts of one run."""

    def __init__(
        self,
        api: Api,
        scope: Scope,
        wishing: Wishing,
        memories: Memories,
        walks: Walks,
        *,
        picks: Picks | None,
        sweeps: Sweeps,
        failures: Failures,
    ) -> None:
        """Ask nothing yet; ``picks`` is None when no pages are named one by one."""
        self._api = api
        self._scope = scope
        self._wishing = wishing
        self._memories = memories
        self._walks = walks
        self._picks = picks
        self._sweeps = sweeps
        self._failures = failures

    def rows(self, part: str) -> Generator[Rows, None, None]:
        """All rows of a part, as ``ContentSync.rows`` tells; at the end those again that had come without something.

        Raises:
            ConfluenceError: The part could not be read.
        """
        memory = self._memories.part(part)
        incomplete = Incomplete(self._api, self._wishing.query(part), memory)
        for rows in self._read(part):
            lacking = incomplete.lacking(rows)
            yield rows
            incomplete.note(lacking)
        if not (self._failures.stopped or self._wishing.frozen):
            for rows in incomplete.again(self._wishing.placed, self._failures.of_items):
                for record in rows:
                    self._sweeps.inventory.note(record)
                    if memory.value(record["space_id"]):
                        memory.remember(record["space_id"], {record["id"]: record["version"]})
                yield rows
            yield CHECKPOINT

    def _read(self, part: str) -> Generator[Rows, None, None]:
        memory = self._memories.part(part)
        again: dict[tuple[str, int | None], str] = {}
        for rows in self._retried(part):
            again.update({(record["id"], record["version"]): record["space_id"] for record in rows})
            self._failures.overcome(part, [record["id"] for record in rows])
            yield rows
        for rows in chain(self._walks.begin(part).rows(), self._since_resumed(part)):
            fresh = [record for record in rows if (record["id"], record["version"]) not in again]
            yield fresh if len(fresh) < len(rows) else rows
        for (content_id, version), space_id in again.items():
            if memory.value(space_id):
                memory.remember(space_id, {content_id: version})
        if not self._failures.stopped:
            yield from self._sweeps.rows(self._wishing.query(part))
            yield from self._picked(part)

    def _retried(self, part: str) -> Generator[Rows, None, None]:
        """What an earlier run could not read, read by id (law 7)."""
        letters = self._memories.letters
        ids = letters.ids(part)
        for start in range(0, len(ids), self._api.max_ids):
            chunk = tuple(ids[start : start + self._api.max_ids])
            told: set[str | None] = set()
            for page in Walk(self._api, replace(self._wishing.query(part), ids=chunk, singly=True)):
                rows = self._wishing.placed(page.records)
                for record in rows:
                    self._sweeps.inventory.note(record)
                told |= {record["id"] for record in rows} | {failure.id for failure in page.failures}
                letters.settle(part, [record["id"] for record in rows])
                if rows:
                    yield rows
                self._failures.of_items(page.failures, page.observed_at)
            letters.settle(part, [content_id for content_id in chunk if content_id not in told])
            yield CHECKPOINT

    def _since_resumed(self, part: str) -> Generator[Rows, None, None]:
        """What changed since the first walks began that an earlier run left unfinished: this run ends exact, too."""
        memory = self._memories.part(part)
        resumed = [group for group in self._walks.plan[part] if group.resume]
        ended = [space_id for group in resumed for space_id in group.space_ids if memory.value(space_id)]
        if not ended or part in FULL_TABLE or self._wishing.frozen or self._failures.stopped:
            return
        newest = Watermark(self._api, self._wishing.query(part)).ask()
        behind = [space_id for space_id in ended if (memory.value(space_id) or "") < newest]
        if behind:
            yield from self._walks.again(part, behind)

    def _picked(self, part: str) -> Generator[Rows, None, None]:
        """Pages that are named one by one, and what hangs on them."""
        if self._picks is None:
            return
        query, whole = self._wishing.query(part), self._scope.space_ids
        if part in BY_ID:
            yield from self._picks.rows(query, whole)
        elif part not in TREE:
            yield from self._picks.hanging(query, whole)
