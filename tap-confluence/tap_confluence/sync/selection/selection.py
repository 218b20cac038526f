"""From settings to what is wanted of each part of the content: how it is read, and which of its rows."""

from __future__ import annotations

from collections.abc import Iterable

from tap_confluence.api.base import Api
from tap_confluence.api.listing_limits import ListingLimits
from tap_confluence.api.query import Query, Record
from tap_confluence.settings import Settings
from tap_confluence.sync.parts import FULL_TABLE, IN_MANY_CHAINS, WITH_BODY
from tap_confluence.sync.selection.labels import LabelFilter
from tap_confluence.sync.selection.options import ReadOptions, WriteOptions
from tap_confluence.sync.selection.scope import Scope

PEEKED_ROWS = 25
"""Rows a request at least, also where ``max_pages`` wants fewer: filters may leave none of a few."""


class Selection:
    """What the settings say about reading, part by part."""

    def __init__(self, api: Api, settings: Settings, scope: Scope, labels: LabelFilter) -> None:
        """Take the dialect, which knows what can be asked for, the settings, the spaces and the filter by label."""
        self._labels = labels
        self._api = api
        self._settings = settings
        self._scope = scope

    @property
    def frozen(self) -> bool:
        """Whether this run moves no bookmark (law 12)."""
        return is_frozen(self._settings)

    def placed(self, records: Iterable[Record]) -> list[Record]:
        """The rows that are in spaces of this run and pass the filters by label, with the space filled in."""
        rows = [record for record in self._api.locate(records) if self._scope.key(record["space_id"]) is not None]
        for record in rows:
            record["space_key"] = self._scope.key(record["space_id"])
        return [record for record in rows if self._labels.allows(record)]

    @property
    def body_format(self) -> str | None:
        """The format of bodies; None for none."""
        return None if self._settings.body_format == "none" else self._settings.body_format

    def limits(self, kind: str) -> ListingLimits:
        """How many spaces of this run a listing covers."""
        return self._api.listing_limits(kind, len(self._scope.space_ids), self._scope.share)

    def options(self, part: str) -> ReadOptions:
        """What a plan needs to know."""
        settings = self._settings
        resync = {
            space_id
            for space_id, space in self._scope.spaces.items()
            if part in FULL_TABLE or space["key"] in settings.resync_spaces or space["alias"] in settings.resync_spaces
        }
        return ReadOptions(
            stream=part,
            statuses=settings.content_statuses,
            body_format=self.body_format if part in WITH_BODY else None,
            page_size=min(settings.page_size, max(settings.max_pages or settings.page_size, PEEKED_ROWS)),
            lookback_minutes=settings.lookback_minutes,
            listing_limits=self.limits(part),
            first_spaces=self._api.first_spaces(part),
            chains=settings.concurrency if part in IN_MANY_CHAINS and not settings.max_pages else 1,
            resync=frozenset(resync),
        )

    def query(self, part: str) -> Query:
        """A listing of everything of this part."""
        options = self.options(part)
        return Query(part, statuses=options.statuses, body_format=options.body_format, limit=options.page_size)

    def write_options(self) -> WriteOptions:
        """How rows are treated."""
        return WriteOptions(
            lookback_minutes=self._settings.lookback_minutes,
            start_date=self._settings.start_date,
            frozen=self.frozen,
            most_rows=self._settings.max_pages,
            allows=self._labels.allows if self._labels.is_set else None,
        )


def is_frozen(settings: Settings) -> bool:
    """Whether a run moves no bookmark (law 12)."""
    return bool(settings.max_pages or settings.pages or settings.page_trees)
