"""Sets of archived pages, which no search shows (FACTS 3.9): listed by status, and their sets read page by page.

Labelling and restricting make no new version, so a set is read again when its page has a new version, and when the last
reading lies as far back as a sweep would. Remembered under ``<space>/archived`` as ``<digest>@<version>@<read at>``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tap_confluence.api.base import Api
from tap_confluence.api.query import Query, Record
from tap_confluence.api.walk import Walk, chunks
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.sync.parts import ARCHIVED
from tap_confluence.sync.sets.sets import Allows, ParentSet, Planned, SetReading, failed, parent_set


def partition(space_id: str) -> str:
    """What the sets of archived pages of a space are remembered under."""
    return f"{space_id}/{ARCHIVED}"


@dataclass(frozen=True, slots=True)
class Archived:
    """How the sets of archived pages are read.

    Attributes:
        api: Whom to ask.
        stream: Which sets.
        known: By partition and id, what is remembered.
        since: A set that was read earlier is read again.
        allows: Whether a page passes the filters by label.
    """

    api: Api
    stream: str
    known: Mapping[str, Mapping[str, str]]
    since: str
    allows: Allows

    def sets(self, space_ids: Sequence[str]) -> list[Planned]:
        """The sets of the archived pages of these spaces.

        Requests: one per 250 archived pages and 100 spaces, and one for each page that is due.
        """
        each = chunks(space_ids, self.api.max_spaces("pages"))
        return [(tuple(map(partition, chunk)), partial(self._walked, chunk)) for chunk in each]

    def _walked(self, space_ids: tuple[str, ...]) -> SetReading:
        pages = Walk(self.api, Query("pages", space_ids=space_ids, statuses=(ARCHIVED,)))
        for page in pages:
            for record in filter(self.allows, page.records):
                yield self._parent_set(record)
        return pages.proof

    def _parent_set(self, record: Record) -> ParentSet:
        name = partition(record["space_id"])
        before = self.known.get(name, {}).get(record["id"], "")
        digest, _, rest = before.partition("@")
        version, _, read_at = rest.partition("@")
        if before and version == str(record["version"]) and read_at >= self.since:
            return ParentSet(name, record["id"], [], before)
        try:
            found = read_set(self.api, self.stream, name, record)
        except ConfluenceError as error:
            return failed(error, self.stream, ParentSet(name, record["id"], [], before), record)
        rows = [] if before and digest == found.digest else found.rows
        read_at = found.rows[0]["observed_at"]
        return ParentSet(name, record["id"], rows, f"{found.digest}@{record['version']}@{read_at}")


def read_set(api: Api, stream: str, name: str, record: Record) -> ParentSet:
    """The whole set of one content, to be remembered under ``name``."""
    pages = list(Walk(api, Query(stream, container=(record["type"], record["id"]))))
    parent = {"id": record["id"], "parent": {"content_id": record["id"], "content_type": record["type"]}}
    return parent_set(stream, name, parent, [row for page in pages for row in page.records], pages[0].observed_at)
