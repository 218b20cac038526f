"""Writes rows that the walks did not show: what a sweep brings to light, and what moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import replace

from tap_confluence.api.query import BY_ID, ItemFailure, Query, Record
from tap_confluence.api.walk import chunks, walk_ids_apart
from tap_confluence.sync.context import RunContext
from tap_confluence.sync.rows import Rows
from tap_confluence.sync.state.keys import key_of
from tap_confluence.sync.sweep.recorder import Recorder
from tap_confluence.sync.timestamps import EPOCH, earlier


class SweepWriter:
    """Rows beside the walks, and their memory."""

    def __init__(self, context: RunContext, recorder: Recorder) -> None:
        """Take what the run shares, and who remembers rows."""
        self._api = context.api
        self._scope = context.scope
        self._settings = context.settings
        self._memories = context.memories
        self._failures = context.failures
        self._recorder = recorder

    def read(self, query: Query, records: Sequence[Record]) -> Generator[Rows, None, None]:
        """Ask for rows by id, as they are read, and write them; their spaces are known.

        One that cannot be read is told, and costs no other (law 16).
        """
        spaces = {record["id"]: record["space_id"] for record in records}
        single = replace(query, singly=query.kind not in BY_ID)
        for chunk in chunks(list(spaces), self._api.max_ids):
            for asked, pages, error in walk_ids_apart(self._api, single, chunk):
                if error is not None:
                    failure = ItemFailure.of(error, query.kind, asked[0], space_id=spaces[asked[0]])
                    self._failures.of_items([failure], self._scope.observed_at)
                for page in pages:
                    self._failures.of_items(page.failures, page.observed_at)
                    rows = [{**row, "space_id": row["space_id"] or spaces.get(row["id"])} for row in page.records]
                    yield from self.write(query.kind, rows)

    def write(self, part: str, records: Sequence[Record]) -> Generator[Rows, None, None]:
        """Write rows that the walks did not show."""
        rows = [record for record in records if self._scope.key(record["space_id"]) is not None]
        for record in rows:
            record["space_key"] = self._scope.key(record["space_id"])
        if not rows:
            return
        known = [(key_of(record), dict(record)) for record in rows]
        yield rows
        bookmarks = self._memories.part(part)
        lookback = self._settings.lookback_minutes
        young: defaultdict[str, dict[str, int | None]] = defaultdict(dict)
        for key, record in known:
            self._recorder.written[key.type][key.id] = record["space_id"]
            self._recorder.inventory.note(record)
            through = bookmarks.value(record["space_id"]) or EPOCH
            if (record["updated_at"] or "") >= earlier(through, minutes=lookback):
                young[record["space_id"]][record["id"]] = record["version"]
        for space_id, versions in young.items():
            bookmarks.remember(space_id, versions)
