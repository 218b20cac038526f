"""The filters ``labels`` and ``exclude_labels`` (CONTRACT 1.1): which content they let pass.

Lists do not show labels, so it is asked once a run which content bears them. On Cloud the database tells (FACTS 1.19),
on Data Center a search, whose index may be behind: there rows also show their labels, from the database, so that
nothing leaves that bears an excluded one. What hangs on a page or blog post goes with it. Labelling makes no new
version (FACTS 3.3): what came in or left by a label is found by the sweep.
"""

from __future__ import annotations

import logging
from functools import cached_property

from tap_confluence.api.base import Api
from tap_confluence.api.query import Query, Record
from tap_confluence.api.walk import Walk, chunks
from tap_confluence.normalise.sets import names_of
from tap_confluence.settings import Settings
from tap_confluence.sync.parts import ARCHIVED
from tap_confluence.sync.selection.scope import Scope

logger = logging.getLogger("tap-confluence")
UNFILTERED = ("space", "folder", "whiteboard", "database", "embed")
"""Types that bear no labels."""


class LabelFilter:
    """Tells which rows pass.

    Requests: on Cloud labels / 250, and for each that is named 3 and L / 250 for L contents that bear it; on Data
    Center for each 1 and L / 200, per 50 spaces. No such list shows archived pages: where they are read, one for each.
    Comments on an attachment pass with its page: 1 for each attachment that bears some.
    """

    def __init__(self, api: Api, settings: Settings, scope: Scope) -> None:
        """Ask nothing yet."""
        self._api = api
        self._settings = settings
        self._scope = scope
        self._pages: dict[str, str | None] = {}
        """By attachment, the page or blog post that it hangs on; None where it is not shown."""
        if settings.exclude_labels:
            api.watch_labels(settings.exclude_labels)

    @property
    def is_set(self) -> bool:
        """Whether there is anything to filter by."""
        return bool(self._settings.labels or self._settings.exclude_labels)

    def allows(self, record: Record) -> bool:
        """Whether a row passes: a content by its own labels, or by those of what it hangs on."""
        if not self.is_set or record.get("type") in UNFILTERED:
            return True
        near = (record.get("id"), record.get("container_id"), record.get("content_id"))
        if record.get("container_type") != "attachment":
            return self.allows_any(*near)
        page_id = self._page_of(record["container_id"])
        return page_id is not None and self.allows_any(*near, page_id)

    def passes(self, names: set[str]) -> bool:
        """Whether something with these labels passes, personal ones with their prefix (FACTS 9.10)."""
        if names.intersection(self._settings.exclude_labels):
            return False
        return not self._settings.labels or bool(names.intersection(self._settings.labels))

    def allows_any(self, *content_ids: str | None) -> bool:
        """Whether something passes that is, or hangs on, these contents."""
        ids = {content_id for content_id in content_ids if content_id}
        if self._settings.exclude_labels and (ids & self._excluded or any(map(self._api.has_watched_label, ids))):
            return False
        return not self._settings.labels or bool(ids & self._wanted)

    def _page_of(self, attachment_id: str) -> str | None:
        if attachment_id not in self._pages:
            shown = [record for page in Walk(self._api, self._asked(attachment_id)) for record in page.records]
            self._pages[attachment_id] = shown[0]["container_id"] if shown else None
        return self._pages[attachment_id]

    def _asked(self, attachment_id: str) -> Query:
        return Query("attachments", ids=(attachment_id,), statuses=self._settings.content_statuses, singly=True)

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return self._bearing("labels", self._settings.labels)

    @cached_property
    def _excluded(self) -> frozenset[str]:
        return self._bearing("exclude_labels", self._settings.exclude_labels)

    def _bearing(self, setting: str, labels: tuple[str, ...]) -> frozenset[str]:
        """The ids of all content that bears one of these labels; a label that nothing bears is told."""
        found: set[str] = set()
        for name in labels:
            bearing = {
                record["id"]
                for space_ids in self._chunks
                for page in Walk(self._api, Query("labelled", space_ids=space_ids, labels=(name,)))
                for record in page.records
            }
            bearing |= {content_id for content_id, names in self._of_archived if name in names}
            if not bearing:
                hint = "; names of labels hold no spaces" if " " in name else ""
                logger.warning("%s: nothing that is read bears the label %r%s", setting, name, hint)
            found |= bearing
        return frozenset(found)

    @cached_property
    def _chunks(self) -> list[tuple[str, ...]]:
        """The spaces of each question; none stands for the whole site."""
        space_ids, most = self._scope.space_ids, self._api.max_spaces("labelled")
        if not most or self._settings.pages or self._settings.page_trees:
            return [()]
        return chunks(space_ids, most)

    @cached_property
    def _of_archived(self) -> list[tuple[str, frozenset[str]]]:
        """The ids of archived pages, and what a search would find their labels by: one request for each page.

        That is the name, and with its prefix for personal ones alone (FACTS 9.10).
        """
        if ARCHIVED not in self._settings.content_statuses or not self._api.offers("archived_pages"):
            return []
        found = []
        for chunk in chunks(self._scope.space_ids, self._api.max_spaces("pages")):
            for page in Walk(self._api, Query("pages", space_ids=chunk, statuses=(ARCHIVED,))):
                for record in page.records:
                    labels = Walk(self._api, Query("content_labels", container=(record["type"], record["id"])))
                    found.append((record["id"], frozenset(names_of([row for each in labels for row in each.records]))))
        return found
