"""What earlier runs owe, asked for by id: rows that could not be read, came incomplete, or lack their file (law 7)."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from operator import itemgetter

from tap_confluence.api.query import BY_ID, ItemFailure, ListingPage, Record
from tap_confluence.api.walk import chunks, walk_ids_apart
from tap_confluence.client.errors import ConfluenceError
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.files import Files
from tap_confluence.sync.identify import confirm
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.state.owed import FILE, OwedRow

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
"""Incomplete rows that are asked for again in a run where each costs a request of its own."""


class OwedRows:
    """The rows of one part that are owed, and what its other rows add to them and take from them."""

    def __init__(self, context: RunContext, part: str, files: Files | None) -> None:
        """Take what the run shares, what is read, and who fetches the files of attachments, if they are wanted."""
        self._api = context.api
        self._part = part
        self._selection = context.selection
        self._owed = context.memories.owed
        self._failures = context.failures
        self._files = files
        self._identity = context.identity
        self._is_down = False
        query = context.selection.query(part)
        names = EXPECTED.get(part, ())
        self._expected = (*names, "body") if names and query.body_format is not None else names
        self._values = itemgetter(*self._expected) if self._expected else None

    def written(self, rows: Iterable[Record]) -> None:
        """Rows were written: remember those that lack something, settle those that are whole now."""
        if self._values is None:
            return
        owed = self._owed.reasons(self._part)
        for record in rows:
            if None in self._values(record):
                self._owed.lack(self._part, record["id"], self._lacks(record), asked=False)
            elif record["id"] in owed and (owed[record["id"]][0] != FILE or record.get("content_path")):
                self._owed.settle(self._part, [record["id"]])

    def rows(self) -> Generator[Rows, None, None]:
        """Ask for what is due, and yield what can be read, or lacks less than before, or has its file now.

        What the server shows nothing of is forgotten, if the credentials are good still: it is gone, or out of sight.

        Raises:
            ConfluenceAuthError: They are not.
        """
        due = self._owed.due(self._part)
        shown: set[str] = set()
        asked: set[str] = set()
        for chunk in self._chunks(due):
            for page in self._asked(chunk):
                asked.update(chunk)
                shown.update(failure.id for failure in page.failures if failure.id is not None)
                found = self._selection.placed(page.records)
                shown.update(record["id"] for record in found)
                better = [record for record in found if self._is_better(record, due.get(record["id"]))]
                unfetched = self._files.fill(better) if self._files is not None else set()
                rows = [record for record in better if self._is_to_be_written(record, due)]
                if rows:
                    yield rows
                for record in found:
                    if lacks := self._lacks(record):
                        self._owed.lack(self._part, record["id"], lacks, asked=True)
                    elif record["id"] not in unfetched:
                        self._owed.settle(self._part, [record["id"]])
                self._failures.of_items(page.failures, page.observed_at)
        self._failures.after_asking(self._part)
        if gone := asked - shown:
            confirm(self._api, self._identity)
            self._owed.settle(self._part, gone)

    def _is_better(self, record: Record, owed_row: OwedRow | None) -> bool:
        return owed_row is None or not owed_row.lacks or len(self._lacks(record)) < len(owed_row.lacks)

    def _is_to_be_written(self, record: Record, due: Mapping[str, OwedRow]) -> bool:
        """Not a row that was written already and whose file did not come, or is not wanted any more."""
        owed_row = due.get(record["id"])
        return owed_row is None or owed_row.reason != FILE or bool(self._files is not None and record["content_path"])

    def _chunks(self, due: Mapping[str, OwedRow]) -> list[tuple[str, ...]]:
        """What is asked for together; of incomplete rows no more than one request, or a few, each run."""
        most = self._api.max_ids if self._part in BY_ID else SINGLY
        incomplete = [content_id for content_id, owed_row in due.items() if owed_row.lacks][:most]
        ids = [content_id for content_id, owed_row in due.items() if not owed_row.lacks] + incomplete
        size = self._api.max_ids if self._part in BY_ID else 1
        return chunks(ids, size)

    def _asked(self, ids: tuple[str, ...]) -> Generator[ListingPage, None, None]:
        """The pages that show these rows; what fails is told, and costs nothing but itself (law 16)."""
        query = replace(self._selection.query(self._part), limit=len(ids), singly=True)
        if self._failures.stopped or self._is_down:
            return
        try:
            for asked, pages, error in walk_ids_apart(self._api, query, ids):
                yield from pages
                if error is not None:
                    yield ListingPage((), None, self._owed.now, (ItemFailure.of(error, self._part, asked[0]),))
        except ConfluenceError as error:
            self._is_down = True
            self._failures.of(self._part, error)

    def _lacks(self, record: Record) -> list[str]:
        return [name for name in self._expected if record[name] is None]
