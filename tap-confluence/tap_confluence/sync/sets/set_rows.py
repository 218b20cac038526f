"""The rows of each set stream: which parents there are, and in which runs their sets are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator

from tap_confluence.api.query import BY_ID, Query, Record
from tap_confluence.api.walk import Walk
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.parts import ARCHIVED, CONTENT
from tap_confluence.sync.rows import CHECKPOINT, Rows
from tap_confluence.sync.selection.named_pages import NamedPages
from tap_confluence.sync.selection.selection import PEEKED_ROWS
from tap_confluence.sync.sets.archived import Archived
from tap_confluence.sync.sets.archived import partition as archive
from tap_confluence.sync.sets.derived import DERIVED, PROPERTIES, contents, properties, tasks
from tap_confluence.sync.sets.named_page_sets import OF_CONTENT, NamedPageSets
from tap_confluence.sync.sets.sets import (
    EMPTIES,
    Planned,
    SetMemory,
    by_parent,
    by_search,
    changed,
    parent_set,
)
from tap_confluence.sync.sets.versions import STREAM, Versions, partition, versioned
from tap_confluence.sync.timestamps import EPOCH, NEVER, earlier

SETS = (*EMPTIES, *DERIVED)
"""All streams that are compared with a memory of sets."""


class SetRows:
    """All set streams of one run."""

    def __init__(self, context: RunContext, named_pages: NamedPages) -> None:
        """Take what the run shares, and the pages that are named one by one; ask nothing yet."""
        self._api = context.api
        self._scope = context.scope
        self._settings = context.settings
        self._context = context
        self._of_named_pages = NamedPageSets(context, named_pages)
        self._allows = context.labels.allows
        self._listing_limits = context.selection.limits
        self._memories: dict[str, SetMemory] = {}

    def rows(self, stream: str) -> Generator[Rows, None, None]:
        """The sets of one stream that are not as they were.

        Raises:
            ConfluenceError: The parents could not be listed.
        """
        memory = self.memory(stream)
        walks = self._sets(stream)
        covered = {name for names, _ in walks for name in names}
        for gone in [name for name in memory.partitions if name not in covered]:
            if stream == "group_members":
                yield parent_set(stream, gone, self._group(gone, None), [], self._scope.observed_at).rows
            memory.forget(gone)
        most = max(self._settings.max_pages, PEEKED_ROWS) if self._settings.max_pages else None
        yield from changed(stream, walks, memory, self._context.failures, threads=self._settings.concurrency, most=most)
        for each in self._of_named_pages.sets(stream, self._context.streams):
            if each.failure is not None:
                self._context.failures.of_items([each.failure[0]], each.failure[1])
            elif each.rows:
                yield each.rows
        yield CHECKPOINT

    @property
    def _reads_archived(self) -> bool:
        return ARCHIVED in self._settings.content_statuses and self._api.offers("archived_pages")

    def least_requests(self, stream: str) -> int:
        """What reading the sets of a stream costs at least; asks nothing."""
        spaces = len(self._scope.space_ids)
        if stream == "space_permissions":
            return spaces
        if stream == "group_members":
            return 1
        kinds = {STREAM: versioned(self._context.streams), PROPERTIES: BY_ID}.get(stream, (stream,))
        if stream in OF_CONTENT and self._reads_archived:
            kinds = (stream, "pages")
        return sum(len(self._listing_limits(kind).listings(self._scope.space_ids)) for kind in kinds)

    def memory(self, stream: str) -> SetMemory:
        """What was written in earlier runs."""
        if stream not in self._memories:
            self._memories[stream] = SetMemory(self._context.memories.stream(stream))
        return self._memories[stream]

    def forget(self, space_id: str) -> None:
        """Drop what is known of a space that left the scope."""
        for stream in SETS:
            for name in _partitions(stream, space_id):
                self.memory(stream).forget(name)

    def forget_gone(self, tombstones: Rows) -> None:
        """Drop what is known of what is gone: whoever removed it has its sets no more, should it come back.

        Also of streams that this run does not read.
        """
        gone: defaultdict[str, set[str]] = defaultdict(set)
        for row in tombstones:
            gone[row["space_id"] or ""].add(row["id"])
        for stream in SETS:
            memory = self.memory(stream)
            remembered = set(memory.partitions)
            for space_id, ids in gone.items():
                for name in remembered.intersection(_partitions(stream, space_id)):
                    if known := ids & memory.of(name).keys():
                        for content_id in known:
                            del memory.of(name)[content_id]
                        memory.flush(name)

    def _sets(self, stream: str) -> list[Planned]:
        if stream in OF_CONTENT:
            return self._of_content(stream)
        if stream in DERIVED:
            return self._derived(stream)
        if stream == "space_permissions":
            parents = [("space", space_id, self._space(space_id)) for space_id in self._scope.space_ids]
            return by_parent(self._api, stream, parents)
        groups = [row for page in Walk(self._api, Query("groups")) for row in page.records]
        return by_parent(
            self._api, stream, [("group", row["id"], self._group(row["id"], row["name"])) for row in groups]
        )

    def _of_content(self, stream: str) -> list[Planned]:
        """Search shows what is current; archived pages are read one by one."""
        settings, space_ids = self._settings, self._scope.space_ids
        walks: list[Planned] = []
        if "current" in settings.content_statuses:
            query = Query(stream, limit=settings.page_size, types=self._more_types(stream))
            walks += by_search(self._api, query, self._listing_limits(stream).listings(space_ids), self._allows)
        if self._reads_archived:
            names = [archive(space_id) for space_id in space_ids]
            known = {name: dict(self.memory(stream).of(name)) for name in names}
            walks += Archived(self._api, stream, known, self._read_since(), self._allows).sets(space_ids)
        return walks

    def _more_types(self, stream: str) -> tuple[str, ...]:
        """What may be restricted beside pages, blog posts and folders, where its stream is selected."""
        selected = self._context.streams if stream == "content_restrictions" else ()
        return tuple(part.removesuffix("s") for part in ("whiteboards", "databases", "embeds") if part in selected)

    def _read_since(self) -> str:
        """From when on what was read one by one is not read again while it has no new version, as with sweeps."""
        settings, now = self._settings, self._scope.observed_at
        if settings.deletion_detection == "off":
            return EPOCH
        if settings.deletion_detection == "every_sync":
            return NEVER
        return earlier(now, minutes=24 * 60 * settings.reconciliation_interval_days)

    def _derived(self, stream: str) -> list[Planned]:
        settings, space_ids, selection = self._settings, self._scope.space_ids, self._context.selection
        memory = self.memory(stream)
        if stream == "tasks":
            tasks_of = {name: dict(memory.of(name)) for name in map(contents, space_ids)}
            return tasks(self._api, space_ids, selection.body_format, self._allows, tasks_of)
        if stream == PROPERTIES:
            known = {space_id: dict(memory.of(space_id)) for space_id in space_ids}
            return properties(self._api, space_ids, known, statuses=settings.content_statuses, allows=self._allows)
        parts = versioned(self._context.streams)
        names = [partition(space_id, part) for space_id in space_ids for part in parts]
        known = {name: dict(memory.of(name)) for name in names}
        versions = Versions(
            self._api, known, settings.content_statuses, selection.body_format, selection.placed, self._listing_limits
        )
        return versions.sets(parts, space_ids)

    def _space(self, space_id: str) -> Record:
        return {"id": space_id, "observed_at": self._scope.observed_at, "parent": {"space_id": space_id}}

    def _group(self, group_id: str, name: str | None) -> Record:
        parent = {"group_id": group_id, "group_name": name}
        return {"id": group_id, "observed_at": self._scope.observed_at, "parent": parent}


def _partitions(stream: str, space_id: str) -> tuple[str, ...]:
    """What the sets of a space are remembered under."""
    if stream == "group_members":
        return ()
    if stream == STREAM:
        return tuple(partition(space_id, part) for part in CONTENT)
    return (space_id, archive(space_id), contents(space_id))
