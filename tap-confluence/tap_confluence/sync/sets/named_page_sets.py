"""What belongs to single pages and page trees that the settings name: read in every run, and remembered nowhere."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from tap_confluence.api.query import BY_ID, Query
from tap_confluence.api.walk import Walk, chunks
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.parts import ARCHIVED
from tap_confluence.sync.selection.named_pages import NamedPages
from tap_confluence.sync.sets.archived import partition, read_set
from tap_confluence.sync.sets.derived import PROPERTIES, TaskSets, read_properties
from tap_confluence.sync.sets.sets import ParentSet, by_ids
from tap_confluence.sync.sets.versions import STREAM, Versions, versioned

OF_CONTENT = ("content_labels", "content_restrictions")


class NamedPageSets:
    """Sets, versions, properties and tasks of the pages that are named, but of those in spaces that are read whole.

    Requests: pages / 200 for labels and restrictions; pages / 250 and one for each with several versions; one for each
    page's properties; what listing the tasks of their spaces takes; for versions of what hangs on them as for the rows.
    """

    def __init__(self, context: RunContext, named_pages: NamedPages) -> None:
        """Take what the run shares, and the pages; ask nothing yet."""
        self._api = context.api
        self._settings = context.settings
        self._scope = context.scope
        self._named_pages = named_pages
        self._selection = context.selection
        self._allows = context.labels.allows

    def sets(self, stream: str, selected: Sequence[str]) -> Generator[ParentSet, None, None]:
        """What belongs to each of them; ``selected`` are the streams of the run."""
        if not self._named_pages.are_set:
            return
        if stream in OF_CONTENT:
            yield from self._sets(stream)
        elif stream == STREAM:
            yield from self._versions(selected)
        elif stream == PROPERTIES:
            for kind in BY_ID:
                query = Query(kind, statuses=self._settings.content_statuses)
                for rows in self._named_pages.rows(query, self._scope.space_ids):
                    yield from (read_properties(self._api, record, None) for record in rows)
        elif stream == "tasks":
            yield from self._tasks()

    def _sets(self, stream: str) -> Generator[ParentSet, None, None]:
        """Those that search shows, then the archived ones, each alone."""
        ids, shown = self._named_pages.ids, set()
        for each in by_ids(self._api, stream, ids, self._allows):
            shown.add(each.id)
            if each.partition not in self._scope.spaces:
                yield each
        others = tuple(content_id for content_id in ids if content_id not in shown)
        if ARCHIVED in self._settings.content_statuses and self._api.offers("archived_pages") and others:
            for page in Walk(self._api, Query("pages", ids=others, statuses=(ARCHIVED,))):
                for record in filter(self._allows, page.records):
                    if record["space_id"] not in self._scope.spaces:
                        yield read_set(self._api, stream, partition(record["space_id"]), record)

    def _versions(self, selected: Sequence[str]) -> Generator[ParentSet, None, None]:
        named_pages, whole = self._named_pages, self._scope.space_ids
        versions = Versions(
            self._api, {}, self._settings.content_statuses, self._selection.body_format, list, self._selection.limits
        )
        for part in versioned(selected):
            query = versions.query(part)
            rows = named_pages.rows(query, whole) if part in BY_ID else named_pages.children(query, whole)
            yield from versions.of(query, rows)

    def _tasks(self) -> Generator[ParentSet, None, None]:
        resolved = frozenset(self._named_pages.ids)
        others = [space_id for space_id in self._named_pages.space_ids if space_id not in self._scope.spaces]
        for chunk in chunks(others, self._api.max_spaces("tasks")):
            query = Query("tasks", chunk, body_format=self._selection.body_format)
            held = TaskSets()
            for page in Walk(self._api, query):
                for record in filter(self._allows, page.records):
                    if record["content_id"] in resolved:
                        held.add(record)
            yield from held.sets()
