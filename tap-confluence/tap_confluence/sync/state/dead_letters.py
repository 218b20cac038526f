"""Dead letters (law 7): rows that could not be read stay in STATE until a later run has read them.

``bookmarks.sync_errors.dead`` holds, per stream and id, how often it was tried; the bookmark may pass them.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from tap_confluence.api.base import BY_ID, ONE_BY_ONE, ItemFailure, Record
from tap_confluence.sync.parts import stream_of


class DeadLetters:
    """``bookmarks.sync_errors``, and the rows of its stream in this run."""

    def __init__(self, state: dict[str, Any]) -> None:
        """Take the stream's own dictionary inside STATE."""
        self._state = state
        self.rows: list[Record] = []
        self._tried: dict[tuple[str, str], int] = {}

    def ids(self, stream: str) -> list[str]:
        """The rows of a stream that an earlier run could not read."""
        return list(self._state.get("dead", {}).get(stream, {}))

    def add(self, failure: ItemFailure, occurred_at: str) -> None:
        """A row could not be read: tell, and remember it if it can be asked for by id."""
        attempts = failure.attempts
        if failure.id is not None and failure.kind in (*BY_ID, *ONE_BY_ONE):
            letters = self._state.setdefault("dead", {}).setdefault(failure.kind, {})
            attempts += letters.get(failure.id, self._tried.pop((failure.kind, failure.id), 0))
            letters[failure.id] = attempts
        self.tell(
            stream=failure.kind,
            content_id=failure.id,
            space_id=failure.space_id,
            url=failure.url,
            http_status=failure.http_status,
            stage=failure.stage,
            message=failure.message,
            attempts=attempts,
            occurred_at=occurred_at,
        )

    def settle(self, stream: str, content_ids: Iterable[str]) -> bool:
        """These rows were read, or are gone; tells whether any of them was a dead letter."""
        letters = self._state.get("dead", {}).get(stream, {})
        read = [content_id for content_id in content_ids if content_id in letters]
        self._tried.update({(stream, content_id): letters.pop(content_id) for content_id in read})
        if not letters:
            self._state.get("dead", {}).pop(stream, None)
        if not self._state.get("dead", True):
            del self._state["dead"]
        return bool(read)

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
