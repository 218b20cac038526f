"""The memory of one stream in STATE (CONTRACT 1.3): how far each space is verified, and what lies near that edge.

All of it lives under ``bookmarks.<stream>``, since the SDK drops other keys::

    {"partitions": [{"context": {"space_id": "98310"},
                     "replication_key": "updated_at", "replication_key_value": "2026-01-05T09:00:00.000Z",
                     "seen": "<ids and versions written that are younger than the value less the lookback>"}],
     "resume": [{"space_ids": [...], "cursor": "...", "last_id": "...", "t0": "...", "query": {...}, "seen": {...}}],
     "catch_up": [{"space_ids": [...], "since": "...", "t0": "...", "cursor": "...", "query": {...}, "changed": {...}}]}

Read and written by the writing thread alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tap_confluence.api.query import Query, Record, Sort
from tap_confluence.sync.state.packing import pack, pack_versions, unpack, unpack_versions

VALUE = "replication_key_value"
UNPLACED = ("footer_comments", "inline_comments")
"""Kinds that are listed by creation without telling it (FACTS 1.18): their walks begin anew without their cursor."""
Versions = dict[str, "int | None"]
"""Versions by content id."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where an unfinished walk goes on (law 3).

    Attributes:
        space_ids: The spaces it covers.
        query: What it asks; it may name spaces that have left the scope, since its cursor belongs to it.
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


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Where reading many changes goes on (law 5).

    Attributes:
        space_ids: The spaces it covers.
        query: The listing without bodies of what changed; it may name spaces that have left the scope.
        since: How far back it goes.
        t0: What it will have verified when it is through.
        cursor: Where the listing goes on; None when it is through.
        changed: By space, when each row changed that was listed so far, by id.
    """

    space_ids: tuple[str, ...]
    query: Query
    since: str
    t0: str
    cursor: str | None
    changed: Mapping[str, Mapping[str, str]]


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
        self._resumes: dict[str, dict[str, Any]] = {
            space_id: entry for entry in state.get("resume", []) for space_id in entry["space_ids"]
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

    def forget(self, space_ids: Collection[str]) -> None:
        """Drop all memory of some spaces: they will be read from the start."""
        gone = self._partitions.keys() & {*space_ids}
        for space_id in gone:
            del self._partitions[space_id]
        if gone:
            self._state["partitions"] = list(self._partitions.values())
        self.release(space_ids)

    def resumes(self) -> list[Resume]:
        """The unfinished first walks."""
        return [_read_resume(entry) for entry in self._state.get("resume", [])]

    def hold(self, resume: Resume) -> None:
        """Remember how far a first walk is; replaces what was known of its spaces."""
        written = _write_resume(resume)
        entry = self._resumes.get(resume.space_ids[0])
        if entry is not None and entry["space_ids"] == written["space_ids"]:
            entry.update(written)
            return
        self.release(resume.space_ids)
        self._state.setdefault("resume", []).append(written)
        self._resumes.update(dict.fromkeys(resume.space_ids, written))

    def release(self, space_ids: Iterable[str]) -> None:
        """Forget the unfinished walks of these spaces; what they cover beside them goes on."""
        touched = {}
        for space_id in space_ids:
            if (entry := self._resumes.pop(space_id, None)) is not None:
                touched[id(entry)] = entry
        for entry in touched.values():
            entry["space_ids"] = [space_id for space_id in entry["space_ids"] if space_id in self._resumes]
        if touched and not all(entry["space_ids"] for entry in touched.values()):
            left = [entry for entry in self._state["resume"] if entry["space_ids"]]
            self._state["resume"] = left
        if not self._state.get("resume", True):
            del self._state["resume"]

    def catch_ups(self) -> list[CatchUp]:
        """What of many changes is left to be read."""
        return [_read_catch_up(entry) for entry in self._state.get("catch_up", [])]

    def hold_changes(self, catch_up: CatchUp) -> None:
        """Remember how far a listing of changes is; ``catch_up.changed`` is what its last page adds."""
        space_ids = list(catch_up.space_ids)
        entries = self._state.setdefault("catch_up", [])
        entry = next((each for each in entries if each["space_ids"] == space_ids), None)
        if entry is None:
            entry = {"space_ids": space_ids, "changed": {}}
            entries.append(entry)
        entry.update(query=query_entry(catch_up.query), since=catch_up.since, t0=catch_up.t0, cursor=catch_up.cursor)
        for space_id, changed in catch_up.changed.items():
            packed = pack(f"{content_id} {moment}" for content_id, moment in changed.items())
            entry["changed"].setdefault(space_id, []).append(packed)

    def restrict(self, resumed: Collection[str], caught: Collection[str]) -> None:
        """Forget of unfinished walks what this run does not go on with: spaces that left, other questions."""
        self.release(self._resumes.keys() - set(resumed))
        for entry in self._state.get("catch_up", []):
            entry["space_ids"] = [space_id for space_id in entry["space_ids"] if space_id in caught]
        self.release_changes(())

    def release_changes(self, space_ids: Iterable[str]) -> None:
        """These spaces are caught up with, or begin anew."""
        done = {*space_ids}
        left = [entry for entry in self._state.get("catch_up", []) if not done.issuperset(entry["space_ids"])]
        self._state["catch_up"] = left
        if not left:
            del self._state["catch_up"]

    def _partition(self, space_id: str) -> dict[str, Any]:
        if space_id not in self._partitions:
            entry: dict[str, Any] = {"context": {"space_id": space_id}}
            self._state.setdefault("partitions", []).append(entry)
            self._partitions[space_id] = entry
        return self._partitions[space_id]


def _write_resume(resume: Resume) -> dict[str, Any]:
    return {
        "space_ids": list(resume.space_ids),
        "cursor": resume.cursor,
        "last_id": resume.last_id,
        "last_created_at": resume.last_created_at,
        "t0": resume.t0,
        "query": query_entry(resume.query),
        "seen": {space_id: pack_versions(versions) for space_id, versions in resume.seen.items() if versions},
    }


def _read_resume(entry: Mapping[str, Any]) -> Resume:
    return Resume(
        space_ids=tuple(entry["space_ids"]),
        query=_read_query(entry["query"], Sort.ID),
        t0=entry["t0"],
        cursor=entry["cursor"],
        last_id=entry["last_id"],
        last_created_at=entry["last_created_at"],
        seen={space_id: unpack_versions(packed) for space_id, packed in entry["seen"].items()},
    )


def _read_catch_up(entry: Mapping[str, Any]) -> CatchUp:
    changed: dict[str, dict[str, str]] = {}
    for space_id, pages in entry["changed"].items():
        lines = [line.rpartition(" ") for packed in pages for line in unpack(packed)]
        changed[space_id] = {content_id: moment for content_id, _, moment in reversed(lines)}
    return CatchUp(
        space_ids=tuple(entry["space_ids"]),
        query=replace(_read_query(entry["query"], Sort.NEWEST), since=entry["since"]),
        since=entry["since"],
        t0=entry["t0"],
        cursor=entry["cursor"],
        changed=changed,
    )


def query_entry(query: Query) -> dict[str, Any]:
    """What STATE keeps of the query of an unfinished walk or sweep."""
    return {
        "kind": query.kind,
        "space_ids": list(query.space_ids),
        "statuses": list(query.statuses),
        "body_format": query.body_format,
        "limit": query.limit,
    }


def _read_query(entry: Mapping[str, Any], sort: Sort) -> Query:
    return Query(
        kind=entry["kind"],
        space_ids=tuple(entry["space_ids"]),
        statuses=tuple(entry["statuses"]),
        sort=sort,
        body_format=entry["body_format"],
        limit=entry["limit"],
    )
