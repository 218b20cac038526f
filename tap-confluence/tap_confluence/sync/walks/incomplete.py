"""Rows that came without something that every row of their kind has: written with null, until they are seen whole.

A bookmark passes them, and a sweep compares without bodies, so nothing else would read them again while nobody edits
them. They stay in ``bookmarks.<part>.incomplete``: what they lack by id, those that wait longest first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import replace

from tap_confluence.api.base import BY_ID, Api, ItemFailure, Query, Record
from tap_confluence.api.walk import Walk
from tap_confluence.sync.state.bookmarks import Bookmarks
from tap_confluence.sync.walks.content import Rows

_DOCUMENT = ("title", "status", "version", "created_at", "url")
_COMMENT = ("status", "version")
EXPECTED: Mapping[str, tuple[str, ...]] = {
    "pages": _DOCUMENT,
    "blogposts": _DOCUMENT,
    "attachments": (*_DOCUMENT, "media_type", "download_url"),
    **dict.fromkeys(("footer_comments", "footer_replies", "inline_comments", "inline_replies"), _COMMENT),
}
"""What no row of these is without, beside a body that was asked for. Parents, authors and owners may be none."""
SINGLY = 5
"""Rows that are asked for again in a run where each costs a request of its own."""


class Incomplete:
    """The rows of one part that lack something."""

    def __init__(self, api: Api, query: Query, memory: Bookmarks) -> None:
        """Take whom to ask, how the part is read, and its memory."""
        self._api = api
        self._query = query
        self._memory = memory
        names = EXPECTED.get(query.kind, ())
        self._expected = (*names, "body") if names and query.body_format is not None else names

    def lacking(self, rows: Iterable[Record]) -> dict[str, list[str]]:
        """What each row lacks, by id; to be asked before the rows are handed over, since a writer may cut them."""
        return {record["id"]: [name for name in self._expected if record[name] is None] for record in rows}

    def note(self, lacking: Mapping[str, Sequence[str]]) -> None:
        """Rows were written: remember those that lack something, forget those that are whole now."""
        for content_id, names in lacking.items():
            self._memory.miss(content_id, names)

    def again(
        self,
        place: Callable[[Iterable[Record]], Rows],
        failed: Callable[[Iterable[ItemFailure], str], None],
    ) -> Generator[Rows, None, None]:
        """Ask once more, in one request, and yield what lacks less than before; the others wait for the next run.

        Those of which the server shows nothing are forgotten: they are gone, or a failure tells of them.

        Args:
            place: Keeps the rows of this run's spaces, with the space filled in.
            failed: Is told of rows that could not be read.
        """
        before = dict(self._memory.incomplete)
        most = self._api.max_ids if self._query.kind in BY_ID else SINGLY
        asked = tuple(before)[:most]
        if not asked:
            return
        pages = list(Walk(self._api, replace(self._query, ids=asked, space_ids=(), limit=most, singly=True)))
        shown = place(record for page in pages for record in page.records)
        lacking = self.lacking(shown)
        better = [record for record in shown if len(lacking[record["id"]]) < len(before.get(record["id"], ()))]
        if better:
            yield better
        for page in pages:
            failed(page.failures, page.observed_at)
        if not any(failure.id is None for page in pages for failure in page.failures):
            self.note(dict.fromkeys(asked, ()))
        self.note(lacking)
