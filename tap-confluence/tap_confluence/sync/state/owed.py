"""What is owed (laws 7 and 16): rows that must be read again although bookmarks passed them.

``bookmarks.sync_errors.owed`` holds, per part and id, why, how often it was tried, and from when on it is tried again::

    {"pages": {"98391": ["unread", 2, ""], "98400": ["incomplete:body", 1, ""]},
     "attachments": {"att77": ["file", 6, "2026-01-09T09:00:00.000Z"]}}

What was tried ``GIVE_UP_AFTER`` times is given up: it is asked for at growing intervals, and fails no run any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from tap_confluence.api.query import BY_ID, ONE_BY_ONE, ItemFailure, Record
from tap_confluence.sync.parts import stream_of
from tap_confluence.sync.timestamps import later

UNREAD = "unread"
"""The row could not be read at all."""
FILE = "file"
"""The row was written, but its file could not be fetched."""
INCOMPLETE = "incomplete"
"""The row was written without fields that every row of its kind has; they follow behind a colon."""
GIVE_UP_AFTER = 5
"""Runs that try a row before it is given up."""
FIRST_WAIT_DAYS = 1
MOST_WAIT_DAYS = 32
"""Days between two tries of what is given up: twice as many after each."""


class OwedRow(NamedTuple):
    """Why a row is owed, in how many runs it was tried, and when it is to be tried again (empty: in every run)."""

    reason: str
    tries: int
    due_at: str

    @property
    def lacks(self) -> frozenset[str]:
        """The fields that the row came without."""
        kind, _, names = self.reason.partition(":")
        return frozenset(names.split(",")) if kind == INCOMPLETE else frozenset()


class Owed:
    """``bookmarks.sync_errors``, and the rows of its stream in this run."""

    def __init__(self, state: dict[str, Any], now: str = "") -> None:
        """Take the stream's own dictionary inside STATE, and the server's clock."""
        self._state = state
        self.now = now
        self.rows: list[Record] = []
        self._tried: set[tuple[str, str]] = set()
        for part, content_ids in state.pop("dead", {}).items():  # as STATE was written before
            for content_id in content_ids:
                self._write(part, content_id, OwedRow(UNREAD, 1, ""))
        self._before = {(part, content_id) for part in self._parts for content_id in self._parts[part]}

    @property
    def _parts(self) -> dict[str, dict[str, list[Any]]]:
        found: dict[str, dict[str, list[Any]]] = self._state.get("owed", {})
        return found

    def adopt(self, part: str, incomplete: Mapping[str, list[str]]) -> None:
        """Take over rows that lack fields, as STATE held them before."""
        for content_id, names in incomplete.items():
            self._write(part, content_id, OwedRow(f"{INCOMPLETE}:{','.join(names)}", 1, ""))
            self._before.add((part, content_id))

    def reasons(self, part: str) -> Mapping[str, Sequence[Any]]:
        """All that is owed of a part, by id, as STATE holds it: the reason comes first."""
        return self._parts.get(part, {})

    def of(self, part: str) -> dict[str, OwedRow]:
        """All that is owed of a part, by id."""
        return {content_id: OwedRow(*each) for content_id, each in self._parts.get(part, {}).items()}

    def due(self, part: str) -> dict[str, OwedRow]:
        """What is to be asked for by id in this run; those that were asked for longest ago come first."""
        return {content_id: owed_row for content_id, owed_row in self.of(part).items() if self.is_due(part, content_id)}

    def is_due(self, part: str, content_id: str) -> bool:
        """Whether a row is owed and to be asked for in this run: not what failed in this run itself."""
        each = self._parts.get(part, {}).get(content_id)
        return each is not None and each[2] <= self.now and (part, content_id) not in self._tried

    def was_owed(self, part: str, content_id: str) -> bool:
        """Whether a row is owed that could not be read in an earlier run, and is asked for by id in this one."""
        return (part, content_id) in self._before and self.is_due(part, content_id)

    def is_given_up(self, part: str, content_id: str) -> bool:
        """Whether a row was tried too often to fail a run."""
        each = self._parts.get(part, {}).get(content_id)
        return each is not None and each[1] >= GIVE_UP_AFTER

    def add(self, failure: ItemFailure, occurred_at: str) -> str:
        """A row could not be read: tell, and owe it if it can be asked for by id.

        Returns:
            Words about when it is tried again, if it is given up.
        """
        attempts, words = failure.attempts, ""
        if failure.id is not None and failure.kind in (*BY_ID, *ONE_BY_ONE):
            owed_row = self._try(failure.kind, failure.id, FILE if failure.stage == "download" else UNREAD)
            attempts += owed_row.tries - 1
            if owed_row.due_at:
                words = f"; given up after {owed_row.tries} runs, asked for again from {owed_row.due_at} on"
        self.tell(
            stream=failure.kind,
            content_id=failure.id,
            space_id=failure.space_id,
            url=failure.url,
            http_status=failure.http_status,
            stage=failure.stage,
            message=failure.message + words,
            attempts=attempts,
            occurred_at=occurred_at,
        )
        return words

    def lack(self, part: str, content_id: str, names: Iterable[str], *, asked: bool) -> None:
        """A row was written without these fields; ``asked`` by id for them, in vain."""
        reason = f"{INCOMPLETE}:{','.join(names)}"
        if asked:
            self._try(part, content_id, reason)
        elif content_id not in self._parts.get(part, {}):
            self._write(part, content_id, OwedRow(reason, 0, ""))

    def settle(self, part: str, content_ids: Iterable[str]) -> None:
        """These rows were read whole, or are gone."""
        owed_rows = self._parts.get(part)
        if owed_rows is None:
            return
        for content_id in content_ids:
            owed_rows.pop(content_id, None)
        if not owed_rows:
            del self._parts[part]
        if not self._parts:
            self._state.pop("owed", None)

    def tell(self, *, stream: str, stage: str, message: str, occurred_at: str, **more: Any) -> None:
        """Add a row to the stream; one row per thing and stage, however often it fails."""
        row = {
            "stream": stream_of(stream),
            "id": more.get("content_id"),
            "space_id": more.get("space_id"),
            "url": more.get("url"),
            "http_status": more.get("http_status"),
            "stage": stage,
            "message": message,
            "attempts": more.get("attempts", 1),
            "occurred_at": occurred_at,
        }
        named = "\x1f".join(str(row[part]) for part in ("stream", "id", "space_id", "stage"))
        self.rows.append({"error_id": sha256(named.encode()).hexdigest()[:16], **row})

    def _try(self, part: str, content_id: str, reason: str) -> OwedRow:
        """Count one more run in which a row could not be read; it goes behind all others."""
        before = OwedRow(*self._parts.get(part, {}).get(content_id, (reason, 0, "")))
        tries = before.tries + ((part, content_id) not in self._tried)
        self._tried.add((part, content_id))
        days = min(FIRST_WAIT_DAYS << min(max(tries - GIVE_UP_AFTER, 0), 8), MOST_WAIT_DAYS)
        owed_row = OwedRow(reason, tries, later(self.now, days=days) if tries >= GIVE_UP_AFTER else "")
        self._write(part, content_id, owed_row)
        return owed_row

    def _write(self, part: str, content_id: str, owed_row: OwedRow) -> None:
        owed_rows = self._state.setdefault("owed", {}).setdefault(part, {})
        owed_rows.pop(content_id, None)
        owed_rows[content_id] = list(owed_row)
