"""The rows of one part of the content, in their order: the walks, the sweep, single pages, what earlier runs owe."""

from __future__ import annotations

from collections.abc import Generator
from itertools import chain

from tap_confluence.api.base import BY_ID, Api, Identity
from tap_confluence.sync.failures import Failures
from tap_confluence.sync.files import Files
from tap_confluence.sync.parts import TREE, parts_of
from tap_confluence.sync.selection.named_pages import NamedPages
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.selection.selection import Selection
from tap_confluence.sync.state.memories import Memories
from tap_confluence.sync.sweep.sweeps import Sweeps
from tap_confluence.sync.walks.content import CHECKPOINT, Rows
from tap_confluence.sync.walks.owed import OwedRows
from tap_confluence.sync.walks.walks import Walks


class PartRows:
    """Reads the parts of one run."""

    def __init__(
        self,
        api: Api,
        scope: Scope,
        selection: Selection,
        memories: Memories,
        walks: Walks,
        *,
        named_pages: NamedPages | None,
        files: Files | None,
        sweeps: Sweeps,
        failures: Failures,
        identity: Identity,
    ) -> None:
        """Ask nothing yet.

        Args:
            api: Whom to ask.
            scope: The spaces of the run.
            selection: What is wanted of each part.
            memories: STATE.
            walks: The walks.
            named_pages: The pages that are named one by one; None when none are.
            files: Fetches the bytes of attachments; None when they are not wanted.
            sweeps: The sweeps.
            failures: Who is told of failures.
            identity: Who reads.
        """
        self._api = api
        self._scope = scope
        self._selection = selection
        self._memories = memories
        self._walks = walks
        self._named_pages = named_pages
        self._files = files
        self._sweeps = sweeps
        self._failures = failures
        self._identity = identity

    def rows(self, stream: str) -> Generator[Rows, None, None]:
        """All rows of a stream, part by part, as ``ContentWriter.rows`` tells.

        Raises:
            ConfluenceError: A part could not be read.
        """
        for part in parts_of(stream):
            yield from self._rows(part)

    def _rows(self, part: str) -> Generator[Rows, None, None]:
        files = self._files if part == "attachments" else None
        owed = OwedRows(
            self._api,
            part,
            self._selection,
            owed=self._memories.owed,
            failures=self._failures,
            files=files,
            identity=self._identity,
        )
        walked = chain(self._walks.rows(part), self._walks.since_resumed(part))
        for rows in chain(walked, self._beside(part)):
            if files is not None and rows:
                files.fill(rows)
            yield rows
            owed.written(rows)
        if self._failures.stopped or self._selection.frozen:
            return
        memory = self._memories.part(part)
        for rows in owed.rows():
            yield rows
            for record in rows:
                self._sweeps.inventory.note(record)
                if memory.value(record["space_id"]):
                    memory.remember(record["space_id"], {record["id"]: record["version"]})
        yield CHECKPOINT

    def _beside(self, part: str) -> Generator[Rows, None, None]:
        """What the walks do not find: what a sweep brings to light, and pages that are named one by one."""
        if not self._failures.stopped:
            yield from self._sweeps.rows(self._selection.query(part))
        if self._named_pages is None or self._failures.stopped:
            return
        query, whole = self._selection.query(part), self._scope.space_ids
        if part in BY_ID:
            yield from self._named_pages.rows(query, whole)
        elif part not in TREE:
            yield from self._named_pages.children(query, whole)
