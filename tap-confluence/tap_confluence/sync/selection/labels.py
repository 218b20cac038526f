"""The filters ``labels`` and ``exclude_labels`` (CONTRACT 1.1): which content they let pass.

Lists do not show labels, so search is asked once a run which content bears them. What hangs on a page or blog post goes
with it. Labelling makes no new version (FACTS 3.3): what came in or left by a label is found by the sweep.
"""

from __future__ import annotations

from functools import cached_property

from tap_confluence.api.base import Api, Query, Record
from tap_confluence.api.walk import Walk
from tap_confluence.settings import Settings
from tap_confluence.sync.selection.scope import Scope
from tap_confluence.sync.sets.archived import STATUS, labels_of

UNFILTERED = ("space", "folder", "whiteboard", "database", "embed")
"""Types that bear no labels."""


class LabelFilter:
    """Tells which rows pass.

    Requests: L / 200 for L contents that bear one of the labels, per 50 spaces, and the same for the excluded ones. No
    search shows archived pages: where they are read, one for each of them.
    """

    def __init__(self, api: Api, settings: Settings, scope: Scope) -> None:
        """Ask nothing yet."""
        self._api = api
        self._settings = settings
        self._scope = scope

    @property
    def is_set(self) -> bool:
        """Whether there is anything to filter by."""
        return bool(self._settings.labels or self._settings.exclude_labels)

    def allows(self, record: Record) -> bool:
        """Whether a row passes: a content by its own labels, or by those of what it hangs on."""
        if not self.is_set or record.get("type") in UNFILTERED:
            return True
        return self.allows_any(record.get("id"), record.get("container_id"), record.get("content_id"))

    def passes(self, names: set[str]) -> bool:
        """Whether something with these labels passes, personal ones with their prefix (FACTS 9.10)."""
        if names.intersection(self._settings.exclude_labels):
            return False
        return not self._settings.labels or bool(names.intersection(self._settings.labels))

    def allows_any(self, *content_ids: str | None) -> bool:
        """Whether something passes that is, or hangs on, these contents."""
        ids = {content_id for content_id in content_ids if content_id}
        if self._settings.exclude_labels and ids & self._excluded:
            return False
        return not self._settings.labels or bool(ids & self._wanted)

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return self._bearing(self._settings.labels)

    @cached_property
    def _excluded(self) -> frozenset[str]:
        return self._bearing(self._settings.exclude_labels)

    def _bearing(self, labels: tuple[str, ...]) -> frozenset[str]:
        """The ids of all content that bears one of these labels."""
        picks = self._settings.pages or self._settings.page_trees
        most = self._api.max_spaces("labelled")
        space_ids = self._scope.space_ids
        chunks = [()] if picks else [space_ids[start : start + most] for start in range(0, len(space_ids), most)]
        found = frozenset(
            record["id"]
            for chunk in chunks
            for page in Walk(self._api, Query("labelled", space_ids=tuple(chunk), labels=labels))
            for record in page.records
        )
        return found | frozenset(content_id for content_id, names in self._of_archived if names & {*labels})

    @cached_property
    def _of_archived(self) -> list[tuple[str, frozenset[str]]]:
        """The labels of archived pages."""
        if STATUS not in self._settings.content_statuses or not self._api.offers("archived_pages"):
            return []
        return list(labels_of(self._api, self._scope.space_ids))
