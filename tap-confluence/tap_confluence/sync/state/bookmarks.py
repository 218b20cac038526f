"""The memory of one stream in STATE (CONTRACT 1.3): how far each space is verified, and what lies near that edge.

All of it lives under ``bookmarks.<stream>``, since the SDK drops other keys::

    {"partitions": [{"context": {"space_id": "98310"},
                     "replication_key": "updated_at", "replication_key_value": "2026-01-05T09:00:00.000Z",
                     "seen": "<ids and versions written that are younger than the value less the lookback>"}],
     "resume": [{"space_ids": [...], "cursor": "...", "last_id": "...", "t0": "...", "query": {...}, "seen": {...}}],
     "incomplete": {"98391": ["body"]}}

Read and written by the writing thread alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tap_confluence.api.base import Query, Record, Sort
from tap_confluence.sync.state.packing import pack_versions, unpack_versions

VALUE = "replication_key_value"
UNPLACED = ("footer_comments", "inline_comments")
"""Kinds that are listed by creation without telling it (FACTS 1.18): their walks begin anew without their cursor."""
Versions = dict[str, "int | None"]
"""Versions by content id."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where an unfinished first walk goes on (law 3).

    Attributes:
        space_ids: The spaces it covers.
        query: What it asks.
        t0: What it will have verified when it is through.
        cursor: Where the next request goes on; None before the first page is written.
        last_id: Id of the last row read.
        last_created_at: Its creation, the order of kinds that cannot be listed by id.
        seen: Versions by id by space of the rows written that are younger than ``t0`` less the lookback.
    """

    space_ids: tuple[str, ...]
    query: Query
    t0: str
    cursor: str | None = None
    last_id: str | None = None
    last_created_at: str | None = None
    seen: Mapping[str, Versions] = field(default_factory=dict)

    def passed(self, record: Record) -> bool:
        """Whether the walk had read this row before it was interrupted."""
        if self.last_id is None or self.query.kind in UNPLACED:
            return False
        return position(self.query.kind, record["id"], record["created_at"]) <= position(
            self.query.kind, self.last_id, self.last_created_at
        )


def position(kind: str, content_id: str, created_at: str | None) -> tuple[str, int, str, str]:
    """A row's place in the order of ``Sort.ID``; attachments are listed by creation (FACTS 1.8).

    Ids are compared as numbers, without making any of them: an id has as many digits as the server likes.
    """
    digits = re.sub("[^0-9]", "", content_id).lstrip("0")
    by_creation = kind not in ("spaces", "pages", "blogposts")
    return (created_at or "") if by_creation else "", len(digits), digits, content_id


class Bookmarks:
    """``bookmarks.<stream>``, read and written in place."""

    def __init__(self, state: dict[str, Any], replication_key: str = "updated_at") -> None:
        """Take the stream's own dictionary inside STATE."""
        self._state = state
        self._key = replication_key
        self._partitions: dict[str, dict[str, Any]] = {
            str(entry["context"]["space_id"]): entry
            for entry in state.get("partitions", [])
            if "space_id" in entry.get("context", {})
        }

    @property
    def space_ids(self) -> list[str]:
        """The spaces that are remembered at all."""
        return list(self._partitions)

    def value(self, space_id: str) -> str | None:
        """Through when the space is verified; None before its first walk is finished."""
        return self._partitions.get(space_id, {}).get(VALUE)

    def seen(self, space_id: str) -> Versions:
        """What was written already of the rows inside the lookback, so that it is not written twice (law 4)."""
        return unpack_versions(self._partitions.get(space_id, {}).get("seen"))

    def advance(self, space_id: str, through: str, seen: Mapping[str, int | None]) -> None:
        """A finished walk verified the space through this moment; a bookmark never goes back (law 1)."""
        entry = self._partition(space_id)
        entry["replication_key"] = self._key
        entry[VALUE] = max(through, entry.get(VALUE) or through)
        entry.pop("seen", None)
        if seen:
            entry["seen"] = pack_versions(seen)

    def remember(self, space_id: str, versions: Mapping[str, int | None]) -> None:
        """Rows were written beside the walks; they need not be written again when the lookback meets them."""
        if versions:
            self._partition(space_id)["seen"] = pack_versions({**self.seen(space_id), **versions})

    def forget(self, space_id: str) -> None:
        """Drop all memory of a space: it will be read from the start."""
        entry = self._partitions.pop(space_id, None)
        if entry is not None:
            self._state["partitions"].remove(entry)

    def extra(self, space_id: str) -> dict[str, Any]:
        """Everything kept for a space, writable; made when missing."""
        return self._partition(space_id)

    @property
    def incomplete(self) -> Mapping[str, list[str]]:
        """What rows that were written lack, by id; those that were missed last come last."""
        found: dict[str, list[str]] = self._state.get("incomplete", {})
        return found

    def miss(self, content_id: str, names: Sequence[str]) -> None:
        """Remember what a row lacks, or forget it when it lacks nothing."""
        found = self._state.get("incomplete", {})
        found.pop(content_id, None)
        if names:
            found[content_id] = list(names)
        if found:
            self._state["incomplete"] = found
        else:
            self._state.pop("incomplete", None)

    def resumes(self) -> list[Resume]:
        """The unfinished first walks."""
        return [_read_resume(entry) for entry in self._state.get("resume", [])]

    def hold(self, resume: Resume) -> None:
        """Remember how far a first walk is; replaces what was known of the same spaces."""
        self.release(resume.space_ids)
        self._state.setdefault("resume", []).append(_write_resume(resume))

    def release(self, space_ids: Iterable[str]) -> None:
        """Forget the unfinished walk over exactly these spaces."""
        wanted = list(space_ids)
        left = [entry for entry in self._state.get("resume", []) if entry["space_ids"] != wanted]
        if left:
            self._state["resume"] = left
        else:
            self._state.pop("resume", None)

    def _partition(self, space_id: str) -> dict[str, Any]:
        if space_id not in self._partitions:
            entry: dict[str, Any] = {"context": {"space_id": space_id}}
            self._state.setdefault("partitions", []).append(entry)
            self._partitions[space_id] = entry
        return self._partitions[space_id]


def _write_resume(resume: Resume) -> dict[str, Any]:
    query = resume.query
    return {
        "space_ids": list(resume.space_ids),
        "cursor": resume.cursor,
        "last_id": resume.last_id,
        "last_created_at": resume.last_created_at,
        "t0": resume.t0,
        "query": {
            "kind": query.kind,
            "space_ids": list(query.space_ids),
            "statuses": list(query.statuses),
            "body_format": query.body_format,
            "limit": query.limit,
        },
        "seen": {space_id: pack_versions(versions) for space_id, versions in resume.seen.items() if versions},
    }


def _read_resume(entry: Mapping[str, Any]) -> Resume:
    query = entry["query"]
    return Resume(
        space_ids=tuple(entry["space_ids"]),
        query=Query(
            kind=query["kind"],
            space_ids=tuple(query["space_ids"]),
            statuses=tuple(query["statuses"]),
            sort=Sort.ID,
            body_format=query["body_format"],
            limit=query["limit"],
        ),
        t0=entry["t0"],
        cursor=entry["cursor"],
        last_id=entry["last_id"],
        last_created_at=entry["last_created_at"],
        seen={space_id: unpack_versions(packed) for space_id, packed in entry["seen"].items()},
    )
