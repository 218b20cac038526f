"""The memory of what was seen in each space (law 8), in STATE under ``bookmarks.content_inventory``.

::

    {"partitions": [{"context": {"space_id": "98310"}, "swept_at": "...", "swept": {"page": "...", "blogpost": "..."},
                     "seen": "<type id version digest of all that is known>", "held": "<type id held back>",
                     "more": ["<what an unfinished walk has added>"], "missed": "<since when it is not listed>"}]}

A digest tells a change that makes no new version: another parent, position, title or status (FACTS 3.3, 3.4). Rows that
are older than ``start_date`` are known but not wanted (law 13) and have no digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2s
from typing import Any, NamedTuple

from tap_confluence.api.base import Record
from tap_confluence.sync.state.packing import pack, unpack

DIGEST_BYTES = 5
"""One change in 10^12 goes unnoticed; more would make STATE larger."""


class Key(NamedTuple):
    """What a row is called in ``content_inventory`` and ``tombstones``."""

    type: str
    id: str


class Known(NamedTuple):
    """What is remembered of a row; ``digest`` is empty when the row is known but not wanted."""

    version: int | None
    digest: str


COMMENT = "comment"
REPLY = "reply"


def key_of(record: Record) -> Key:
    """A record's key; comments are told apart by where they stand, since each kind is swept by itself."""
    kind = record["type"]
    if kind == COMMENT:
        kind = f"{record['location']}_{COMMENT if record['parent_comment_id'] is None else REPLY}"
    return Key(kind, record["id"])


def type_of(key: Key) -> str:
    """The type of content that a key means, as rows name it."""
    return COMMENT if key.type.endswith((f"_{COMMENT}", f"_{REPLY}")) else key.type


def digest_of(record: Record) -> str:
    """What may change without a new version, in short."""
    parts = [parent_of(record), record.get("position"), record["title"], record["status"]]
    if record["type"] == COMMENT:
        parts.append(record["resolution_status"])
    text = "\x1f".join(map(str, parts))
    return blake2s(text.encode("utf-8", "replace"), digest_size=DIGEST_BYTES).hexdigest()


def parent_of(record: Record) -> str | None:
    """What a row lies below, answers or hangs on."""
    found: str | None = record.get("parent_id") or record.get("parent_comment_id") or record.get("container_id")
    return found


def known_of(record: Record, *, wanted: bool = True) -> Known:
    """What is to be remembered of a record."""
    return Known(record["version"], digest_of(record) if wanted else "")


def row_of(record: Record) -> Record:
    """A record as ``content_inventory`` tells it."""
    return {
        "type": record["type"],
        "id": record["id"],
        "space_id": record["space_id"],
        "status": record["status"],
        "title": record["title"],
        "parent_id": parent_of(record),
        "position": record.get("position"),
        "version": record["version"],
        "seen_at": record["observed_at"],
        "count": None,
    }


class Inventory:
    """``bookmarks.content_inventory``: read when a space is needed, written by ``flush``."""

    def __init__(self, state: dict[str, Any]) -> None:
        """Take the stream's own dictionary inside STATE."""
        self._state = state
        self._entries: dict[str, dict[str, Any]] = {
            str(entry["context"]["space_id"]): entry for entry in state.get("partitions", [])
        }
        self._open: dict[str, dict[Key, Known]] = {}
        self._dirty: set[str] = set()
        self._fresh: defaultdict[str, list[Key]] = defaultdict(list)

    @property
    def space_ids(self) -> list[str]:
        """The spaces that are remembered."""
        return list(self._entries)

    def of(self, space_id: str) -> dict[Key, Known]:
        """What is known of a space; not to be changed by the caller."""
        if space_id not in self._open:
            entry = self._entries.get(space_id, {})
            lines = [line for packed in (entry.get("seen"), *entry.get("more", ())) for line in unpack(packed)]
            self._open[space_id] = dict(_read(line) for line in lines)
        return self._open[space_id]

    def note(self, record: Record, *, wanted: bool = True) -> None:
        """Remember a row."""
        key = key_of(record)
        self.of(record["space_id"])[key] = known_of(record, wanted=wanted)
        self._fresh[record["space_id"]].append(key)
        self._dirty.add(record["space_id"])

    def has(self, space_id: str, kind: str) -> bool:
        """Whether any row of this type is remembered, or a sweep found that there is none."""
        return self.swept(space_id, kind) is not None or any(key.type == kind for key in self.of(space_id))

    def in_two_spaces(self, kind: str) -> frozenset[Key]:
        """Rows of this type that are remembered in more than one space."""
        once: set[Key] = set()
        twice: set[Key] = set()
        for space_id in self._entries.keys() | self._open.keys():
            keys = {key for key in self.of(space_id) if key.type == kind}
            twice |= once & keys
            once |= keys
        return frozenset(twice)

    def drop(self, space_id: str, keys: Iterable[Key]) -> None:
        """Forget rows that are gone."""
        known = self.of(space_id)
        for key in keys:
            known.pop(key, None)
        self._dirty.add(space_id)

    def swept(self, space_id: str, kind: str) -> str | None:
        """When the last finished sweep of this type of content began."""
        found: str | None = self._entries.get(space_id, {}).get("swept", {}).get(kind)
        return found

    def mark_swept(self, space_id: str, kind: str, at: str) -> None:
        """A sweep of this type, or a first walk, is through."""
        entry = self._entry(space_id)
        entry.setdefault("swept", {})[kind] = at
        entry["swept_at"] = min(entry["swept"].values())

    def missed(self, space_id: str, at: str) -> str:
        """A space is not listed any more; returns when that was seen first."""
        found: str = self._entry(space_id).setdefault("missed", at)
        return found

    def found(self, space_ids: Iterable[str]) -> None:
        """These spaces are listed."""
        for space_id in space_ids:
            self._entries.get(space_id, {}).pop("missed", None)

    def held(self, space_id: str) -> set[Key]:
        """What the guard held back at the last sweep (law 10)."""
        return {Key(*line.split(" ", 1)) for line in unpack(self._entries.get(space_id, {}).get("held"))}

    def hold(self, space_id: str, keys: Iterable[Key]) -> None:
        """Remember what the guard holds back; nothing clears it."""
        entry = self._entry(space_id)
        entry.pop("held", None)
        if packed := [f"{key.type} {key.id}" for key in keys]:
            entry["held"] = pack(packed)

    def forget(self, space_id: str) -> None:
        """Drop all memory of a space."""
        self._open.pop(space_id, None)
        self._fresh.pop(space_id, None)
        self._dirty.discard(space_id)
        entry = self._entries.pop(space_id, None)
        if entry is not None:
            self._state["partitions"].remove(entry)

    def stash(self) -> None:
        """Bring STATE up to date in the middle of a walk, by adding to it what is new."""
        for space_id, keys in self._fresh.items():
            known = self._open[space_id]
            lines = [_line(key, known[key]) for key in keys if key in known]
            self._entry(space_id).setdefault("more", []).append(pack(lines))
        self._fresh.clear()

    def flush(self) -> None:
        """Bring STATE up to date, in its most compact form."""
        self._fresh.clear()
        for space_id in self._dirty:
            known = self.of(space_id)
            self._entry(space_id).pop("more", None)
            self._entry(space_id)["seen"] = pack(_line(key, each) for key, each in known.items())
        self._dirty.clear()

    def _entry(self, space_id: str) -> dict[str, Any]:
        if space_id not in self._entries:
            entry: dict[str, Any] = {"context": {"space_id": space_id}}
            self._state.setdefault("partitions", []).append(entry)
            self._entries[space_id] = entry
        return self._entries[space_id]


def _line(key: Key, known: Known) -> str:
    return f"{key.type} {key.id} {'' if known.version is None else known.version} {known.digest}"


def _read(line: str) -> tuple[Key, Known]:
    kind, _, rest = line.partition(" ")
    content_id, version, digest = rest.rsplit(" ", 2)
    return Key(kind, content_id), Known(int(version) if version else None, digest)
