"""The rows of one part of the content, in their order: the walks, the sweep, single pages, what earlier runs owe."""

from __future__ import annotations

from collections.abc import Generator
from itertools import chain

from tap_confluence.api.query import BY_ID
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.files import Files
from tap_confluence.sync.parts import TREE, parts_of
from tap_confluence.sync.rows import CHECKPOINT, Rows
from tap_confluence.sync.selection.named_pages import NamedPages
from tap_confluence.sync.sweep.sweeps import Sweeps
from tap_confluence.sync.walks.owed import OwedRows
from tap_confluence.sync.walks.walks import Walks


class PartRows:
    """Reads the parts of one run."""

    def __init__(self, context: RunContext, walks: Walks, sweeps: Sweeps, named_pages: NamedPages) -> None:
        """Take what the run shares, and what finds rows: walks, sweeps, and the pages that are named one by one."""
        self._context = context
        self._walks = walks
        self._sweeps = sweeps
        self._named_pages = named_pages
        self._files = Files(context) if context.settings.attachments_download else None

    def rows(self, stream: str) -> Generator[Rows, None, None]:
        """All rows of a stream, part by part, as ``ContentWriter.rows`` tells.

        Raises:
            ConfluenceError: A part could not be read.
        """
        for part in parts_of(stream):
            yield from self._rows(part)

    def _rows(self, part: str) -> Generator[Rows, None, None]:
        files = self._files if part == "attachments" else None
        context = self._context
        owed = OwedRows(context, part, files)
        walked = chain(self._walks.rows(part), self._walks.since_resumed(part))
        for rows in chain(walked, self._beside(part)):
            if files is not None and rows:
                files.fill(rows)
            yield rows
            owed.written(rows)
        if context.failures.stopped or context.selection.frozen:
            return
        memory = context.memories.part(part)
        for rows in owed.rows():
            yield rows
            for record in rows:
                self._sweeps.inventory.note(record)
                if memory.value(record["space_id"]):
                    memory.remember(record["space_id"], {record["id"]: record["version"]})
        yield CHECKPOINT

    def _beside(self, part: str) -> Generator[Rows, None, None]:
        """What the walks do not find: what a sweep brings to light, and pages that are named one by one."""
        query, failures = self._context.selection.query(part), self._context.failures
        if not failures.stopped:
            yield from self._sweeps.rows(query)
        if failures.stopped or not self._named_pages.are_set:
            return
        if part in BY_ID:
            yield from self._named_pages.rows(query, self._context.scope.space_ids)
        elif part not in TREE:
            yield from self._named_pages.children(query, self._context.scope.space_ids)
