"""Every version of what is read: told by the content's own row where only the newest is new, else listed.

Compared with the memory of set streams (``sets.SetMemory``) under ``<space>/<part>``: of a content the number of its
last version that was written.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tap_confluence.api.base import Api
from tap_confluence.api.listing_limits import ListingLimits
from tap_confluence.api.query import BY_ID, ListingPage, Query, Record
from tap_confluence.api.walk import Walk, chunks
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.normalise.details import current_version
from tap_confluence.sync.parts import TREE, WITH_BODY, content_of
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.sets.sets import ParentSet, Planned, SetReading, failed
from tap_confluence.sync.walks.incremental import IDS_A_SEARCH

STREAM = "content_versions"
BODIES_A_REQUEST = 50
"""Versions with bodies that a request brings (ARCHITECTURE)."""


def versioned(streams: Iterable[str]) -> tuple[str, ...]:
    """The parts whose versions are read: pages and blog posts always, the others where their stream is selected."""
    others = (part for part in content_of(streams) if part not in (*BY_ID, *TREE))
    return (*BY_ID, *others)


def partition(space_id: str, part: str) -> str:
    """What the versions of a part in a space are remembered under."""
    return f"{space_id}/{part}"


@dataclass(frozen=True, slots=True)
class Versions:
    """How versions are read.

    Attributes:
        api: Whom to ask.
        known: By partition and id, the number of the last version that was written.
        statuses: Statuses of the content.
        body_format: None for no bodies.
        placed: Keeps the rows of this run's spaces that pass the filters, with the space filled in.
        listing_limits: How many spaces a listing of a part covers.
    """

    api: Api
    known: Mapping[str, Mapping[str, str]]
    statuses: tuple[str, ...]
    body_format: str | None
    placed: Callable[[Iterable[Record]], Rows]
    listing_limits: Callable[[str], ListingLimits]

    def sets(self, parts: Iterable[str], space_ids: Sequence[str]) -> list[Planned]:
        """The new versions of these parts.

        Requests: what listing the parts costs (P / 250 for P pages and blog posts), and as much again, by id, for what
        is new or has one new version; one per content that has several, and 50 of them.
        """
        walks: list[Planned] = []
        for part in filter(self.api.offers, parts):
            for chunk, named in self.listing_limits(part).listings(space_ids):
                names = tuple(partition(space_id, part) for space_id in chunk)
                walks.append((names, partial(self._walked, part, chunk, named=named)))
        return walks

    def query(self, part: str) -> Query:
        """A listing of everything of this part."""
        return Query(part, statuses=self.statuses, body_format=self.body_format if part in WITH_BODY else None)

    def of(self, query: Query, batches: Iterable[Rows]) -> Generator[ParentSet, None, None]:
        """The new versions of contents that were listed with what ``query`` asks for."""
        yield from (self._new(query, record) for records in batches for record in records)

    def _walked(self, part: str, space_ids: tuple[str, ...], *, named: bool) -> SetReading:
        """Walk one part of some spaces; bodies come with the list where nothing is known, or asking by id is dear."""
        wanted = self.query(part)
        is_first = not any(self.known.get(partition(space_id, part)) for space_id in space_ids)
        query = replace(
            wanted,
            space_ids=space_ids if named else (),
            body_format=wanted.body_format if is_first or not self._by_ids(part) else None,
        )
        pages = Walk(self.api, query)
        for page in pages:
            yield from self._failed(part, page)
            fresh: Rows = []
            for record in self.placed(page.records):
                before = self._before(part, record)
                if record["space_id"] in space_ids and before == str(record["version"]):
                    yield self._parent_set(part, record, [], before)
                elif record["space_id"] in space_ids:
                    fresh.append(record)
            yield from self._read(wanted, fresh, again=query.body_format != wanted.body_format)
        return pages.proof

    def _by_ids(self, part: str) -> bool:
        """Whether many ids can be asked for at once."""
        return part in BY_ID or self.api.lag_minutes(Query(part)) > 0

    def _before(self, part: str, record: Record) -> str:
        return self.known.get(partition(record["space_id"], part), {}).get(record["id"], "")

    def _read(self, query: Query, fresh: Rows, *, again: bool) -> Generator[ParentSet, None, None]:
        """The new versions of these contents; ``again``: they were listed without the bodies that are wanted."""
        several = [record for record in fresh if self._gap(query.kind, record) != 1]
        single = [record for record in fresh if self._gap(query.kind, record) == 1]
        size = IDS_A_SEARCH if self.api.lag_minutes(Query(query.kind)) else self.api.max_ids
        for ids in chunks([record["id"] for record in single], size) if again else ():
            for page in Walk(self.api, replace(query, ids=ids)):
                yield from self._failed(query.kind, page)
                for record in self.placed(page.records):
                    yield self._new(query, record)
        for record in several if again else fresh:
            yield self._new(query, record)

    def _gap(self, part: str, record: Record) -> int:
        """How many versions of a content are new; -1 if that cannot be told."""
        before = self._before(part, record)
        last = int(before) if before.isdigit() else 0
        return record["version"] - last if record["version"] is not None else -1

    def _new(self, query: Query, record: Record) -> ParentSet:
        """The new versions of one content."""
        before = self._before(query.kind, record)
        own = current_version(record)
        lacks = [name for name in ("created_at", "author_id") if own[name] is None]
        is_whole = not lacks and (query.body_format is None or own["body"] is not None)
        gap = self._gap(query.kind, record)
        if gap == 0:
            return self._parent_set(query.kind, record, [], before)
        if gap == 1 and is_whole:
            return self._parent_set(query.kind, record, [own], str(record["version"]))
        try:
            found = self._listed(query, record, (record["version"] or gap) - gap if gap > 0 else 0)
        except ConfluenceError as error:
            return failed(error, STREAM, self._parent_set(query.kind, record, [], before), record)
        rows = [own if is_whole and row["number"] == own["number"] else row for row in found]
        return self._parent_set(query.kind, record, rows, str(record["version"]))

    def _listed(self, query: Query, record: Record, last: int) -> Rows:
        """The versions of a content, newest first, as far back as they were written."""
        kind = f"{record['location']}_comment" if record["type"] == "comment" else record["type"]
        limit = BODIES_A_REQUEST if query.body_format else 250
        asked = Query(STREAM, container=(kind, record["id"]), body_format=query.body_format, limit=limit)
        rows: Rows = []
        for page in Walk(self.api, asked):
            rows += [row for row in page.records if (row["number"] or 0) > last]
            if any((row["number"] or 0) <= last for row in page.records):
                break
        return rows

    def _parent_set(self, part: str, record: Record, versions: Rows, number: str) -> ParentSet:
        place: dict[str, Any] = {
            "content_id": record["id"],
            "content_type": record["type"],
            "container_id": record.get("container_id"),
            "space_key": record["space_key"],  # references in a body are relative to where it stands
            "url": record["url"],
            "observed_at": record["observed_at"],
        }
        return ParentSet(
            partition(record["space_id"], part), record["id"], [{**row, **place} for row in versions], number
        )

    def _failed(self, part: str, page: ListingPage) -> Generator[ParentSet, None, None]:
        """Rows that could not be delivered: they are remembered as they were."""
        for failure in page.failures:
            names = (name for name, numbers in self.known.items() if failure.id in numbers)
            name = next(names, partition(failure.space_id or "-", part))
            yield ParentSet(name, failure.id or "", [], "", (replace(failure, kind=STREAM), page.observed_at))
