"""The memory of what was seen in each space (law 8), in STATE under ``bookmarks.content_inventory``.

::

    {"partitions": [{"context": {"space_id": "98310"}, "swept_at": "...", "swept": {"page": "...", "blogpost": "..."},
                     "known": {"page": "<rows of KnownRows>", "attachment:att": "..."}, "missing": ["attachment"],
                     "sweeping": {"page": "<when the unfinished sweep began>"}, "refiltered": ["page"],
                     "doubted": ["blogpost"],
                     "missed": "<since when the space is not listed>", "held": true}],
     "sweeps": [{"kind": "pages", "space_ids": [...], "cursor": "...", "query": {...}}]}

A digest tells a change that makes no new version: another parent, position, title or status (FACTS 3.3, 3.4). Rows that
are older than ``start_date`` are known but not wanted (law 13) and have the digest 0. A space is opened when it is
needed, and packed again when STATE is sent (``pack``). Earlier releases wrote lines of text (``seen``, ``more``,
``held``), which are read still.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tap_confluence.api.query import Record
from tap_confluence.sync.state.earlier import read_lines
from tap_confluence.sync.state.keys import SPACE, Key, joined, key_of, known_of, name_of, split
from tap_confluence.sync.state.known_rows import HELD, LEFT, MISSING, SEEN, Known, KnownRows, count_of


class Inventory:
    """``bookmarks.content_inventory``; STATE holds what it says after ``pack``."""

    def __init__(self, state: dict[str, Any]) -> None:
        """Take the stream's own dictionary inside STATE."""
        self._state = state
        self._entries: dict[str, dict[str, Any]] = {
            str(entry["context"]["space_id"]): entry for entry in state.get("partitions", [])
        }
        self._open: dict[str, dict[str, KnownRows]] = {}
        self._dirty: set[str] = set()

    @property
    def space_ids(self) -> list[str]:
        """The spaces that are remembered."""
        return list(self._entries)

    def get(self, space_id: str, key: Key) -> Known | None:
        """What is known of a row."""
        prefix, number = split(key.id)
        rows = self._rows_of(space_id).get(name_of(key.type, prefix))
        return rows.get(number) if rows is not None else None

    def count(self, space_id: str) -> int:
        """How many rows of a space are remembered."""
        if space_id in self._open or "seen" in self._entries.get(space_id, {}):
            return sum(map(len, self._rows_of(space_id).values()))
        return sum(map(count_of, self._entries.get(space_id, {}).get("known", {}).values()))

    def count_present(self, space_id: str) -> int:
        """How many rows of a space are remembered and not missing."""
        if not self._entries.get(space_id, {}).get("missing"):
            return self.count(space_id)
        return sum(len(rows.marked(MISSING, 0)) for rows in self._rows_of(space_id).values())

    def has(self, space_id: str, kind: str) -> bool:
        """Whether any row of this type is remembered, or a sweep found that there is none."""
        return self.swept(space_id, kind) is not None or any(self._of_kind(space_id, kind))

    def note(self, record: Record, *, wanted: bool = True) -> None:
        """Remember a row that is there."""
        key = key_of(record)
        prefix, number = split(key.id)
        found = self._rows_of(record["space_id"])
        name = name_of(key.type, prefix)
        if name not in found:
            found[name] = KnownRows()
        found[name].put(number, known_of(record, wanted=wanted))
        self._dirty.add(record["space_id"])

    def see(self, space_id: str, key: Key) -> None:
        """A row that is known is there."""
        self._mark(space_id, key, SEEN)

    def drop(self, space_id: str, keys: Iterable[Key]) -> None:
        """Forget rows that are gone."""
        names: defaultdict[str, list[int]] = defaultdict(list)
        for key in keys:
            prefix, number = split(key.id)
            names[name_of(key.type, prefix)].append(number)
        found = self._rows_of(space_id)
        for name in names.keys() & found.keys():
            found[name].drop(names[name])
            if not len(found[name]):
                del found[name]
        self._dirty.add(space_id)

    def begin(self, space_id: str, kind: str, at: str) -> None:
        """A sweep of this type, or a first walk, begins: it has seen nothing yet."""
        self._entry(space_id).setdefault("sweeping", {})[kind] = at
        for _, rows in self._of_kind(space_id, kind):
            rows.clear(SEEN)
        self._dirty.add(space_id)

    def began(self, space_id: str, kind: str) -> str | None:
        """When the unfinished sweep of this type began."""
        found: str | None = self._entries.get(space_id, {}).get("sweeping", {}).get(kind)
        return found

    def finish(self, space_id: str, kind: str, written: Mapping[str, str], *, bury: bool, forget: bool) -> None:
        """A sweep is through, in one step: what it did not see is missing, and it counts as swept since it began.

        Args:
            space_id: Which space.
            kind: Which type of content.
            written: By id, where rows of this type were written in this run.
            bury: Whether what is missing may be gone; else it stays as it is, and the next sweep looks for it.
            forget: Whether what is missing is not asked for by configuration.
        """
        entry = self._entry(space_id)
        began_at = entry.get("sweeping", {}).pop(kind)
        if not entry["sweeping"]:
            del entry["sweeping"]
        refiltered = kind in entry.get("refiltered", ())
        for prefix, rows in self._of_kind(space_id, kind):
            unseen = rows.marked(SEEN, 0)
            if not (refiltered and forget):
                unwanted = rows.unwanted(unseen)
                unseen = [
                    each
                    for each in unseen
                    if each in unwanted or written.get(joined(prefix, each), space_id) != space_id
                ]
            if bury:
                rows.miss(LEFT if refiltered else 0)
            rows.drop(unseen)
        entry.setdefault("swept", {})[kind] = began_at
        entry["swept_at"] = min(entry["swept"].values())
        self._list(entry, "refiltered", kind, present=False)
        self._list(entry, "doubted", kind, present=False)
        self._list(entry, "missing", kind, present=self._misses(space_id, kind))
        self._dirty.add(space_id)

    def missing(self, kind: str) -> Iterator[tuple[str, Key]]:
        """By space, the rows of a type that a finished sweep did not see and nobody has asked for yet."""
        for space_id in [each for each, entry in self._entries.items() if kind in entry.get("missing", ())]:
            for prefix, rows in self._of_kind(space_id, kind):
                yield from ((space_id, Key(kind, joined(prefix, each))) for each in rows.marked(MISSING, MISSING))

    def hold(self, space_id: str, keys: Iterable[Key]) -> None:
        """The guard holds these back, and whatever of the space is missing: the next sweep has to miss them again."""
        for key in keys:
            if key.type == SPACE:
                self._entry(space_id)["held"] = True
            else:
                self._mark(space_id, key, HELD)

    def is_held(self, space_id: str, key: Key) -> bool:
        """Whether the guard held this back at the sweep before (law 10)."""
        if key.type == SPACE:
            return self._entries.get(space_id, {}).get("held") is True
        known = self.get(space_id, key)
        return known is not None and bool(known.marks & HELD)

    def settle_missing(self, kind: str) -> None:
        """Take the spaces in which nothing of this type is missing any more off the list of those where it is."""
        for space_id, entry in self._entries.items():
            if kind in entry.get("missing", ()):
                self._list(entry, "missing", kind, present=self._misses(space_id, kind))

    def known_elsewhere(self, space_ids: Iterable[str], others: Iterable[str]) -> set[Key]:
        """The rows of some spaces that are known in one of the others, too."""
        wanted: defaultdict[str, set[int]] = defaultdict(set)
        for space_id in space_ids:
            for name, rows in self._rows_of(space_id).items():
                wanted[name].update(rows.numbers)
        found: set[Key] = set()
        for other in others if wanted else ():
            for name in wanted.keys() & self._rows_of(other).keys():
                kind, _, prefix = name.partition(":")
                both = self._rows_of(other)[name].among(wanted[name])
                found |= {Key(kind, joined(prefix, number)) for number in both}
        return found

    def keys(self, space_id: str) -> list[Key]:
        """Every row of a space."""
        parts = [(*name.partition(":")[::2], rows.numbers) for name, rows in self._rows_of(space_id).items()]
        return [Key(kind, joined(prefix, number)) for kind, prefix, numbers in parts for number in numbers]

    def swept(self, space_id: str, kind: str) -> str | None:
        """When the last finished sweep of this type of content began."""
        found: str | None = self._entries.get(space_id, {}).get("swept", {}).get(kind)
        return found

    def pass_over(self, space_id: str, at: str) -> None:
        """A space that is not listed any more was asked for: not again before the next sweep."""
        entry = self._entry(space_id)
        entry["swept"] = dict.fromkeys(entry.get("swept", ()), at)

    def refilter(self) -> None:
        """The filters are not those under which anything was swept: whatever is missing may have left by them."""
        for entry in self._entries.values():
            kinds = {*entry.get("swept", ()), *entry.get("refiltered", ()), *entry.get("sweeping", ())}
            if kinds:
                entry["refiltered"] = sorted(kinds)

    def is_refiltered(self, space_id: str, kind: str) -> bool:
        """Whether the filters changed since this type was swept."""
        return kind in self._entries.get(space_id, {}).get("refiltered", ())

    def doubt(self, space_ids: Iterable[str], kind: str) -> None:
        """A walk was shown a row of this type without being told which: a sweep has to find it."""
        for space_id in space_ids:
            self._list(self._entry(space_id), "doubted", kind, present=True)

    def is_doubted(self, space_id: str, kind: str) -> bool:
        """Whether a row of this type may be there that no walk could name, and no sweep has looked for it since."""
        return kind in self._entries.get(space_id, {}).get("doubted", ())

    def missed(self, space_id: str, at: str) -> str:
        """A space is not listed any more; returns when that was seen first."""
        found: str = self._entry(space_id).setdefault("missed", at)
        return found

    def found(self, space_ids: Iterable[str]) -> None:
        """These spaces are listed."""
        for space_id in space_ids:
            entry = self._entries.get(space_id, {})
            entry.pop("missed", None)
            if entry.get("held") is True:
                del entry["held"]

    def forget(self, space_ids: Iterable[str]) -> None:
        """Drop all memory of some spaces."""
        gone = set(space_ids) & self._entries.keys()
        for space_id in gone:
            del self._entries[space_id]
            self._open.pop(space_id, None)
        if gone:
            self._dirty -= gone
            self._state["partitions"][:] = self._entries.values()

    def unfinished(self, kind: str) -> list[dict[str, Any]]:
        """The sweeps of a kind that an earlier run left unfinished."""
        return [sweep for sweep in self._state.get("sweeps", ()) if sweep["kind"] == kind]

    def suspend(self, kind: str, space_ids: Sequence[str], cursor: str | None, query: dict[str, Any] | None) -> None:
        """Remember where a sweep over exactly these spaces goes on; nothing with a cursor of None."""
        ids = list(space_ids)
        left = [each for each in self._state.pop("sweeps", ()) if (each["kind"], each["space_ids"]) != (kind, ids)]
        if cursor is not None:
            left.append({"kind": kind, "space_ids": ids, "cursor": cursor, "query": query})
        if left:
            self._state["sweeps"] = left

    def pack(self) -> None:
        """Bring STATE up to date, and close what was opened."""
        for space_id in self._dirty:
            entry = self._entry(space_id)
            for name in ("seen", "more"):
                entry.pop(name, None)
            entry["known"] = {name: rows.pack() for name, rows in sorted(self._open[space_id].items())}
            if not entry["known"]:
                del entry["known"]
        self._dirty.clear()
        self._open.clear()

    def _mark(self, space_id: str, key: Key, marks: int) -> None:
        prefix, number = split(key.id)
        rows = self._rows_of(space_id).get(name_of(key.type, prefix))
        if rows is not None:
            rows.mark(number, marks)
            self._dirty.add(space_id)

    def _misses(self, space_id: str, kind: str) -> bool:
        return any(rows.marked(MISSING, MISSING) for _, rows in self._of_kind(space_id, kind))

    def _of_kind(self, space_id: str, kind: str) -> list[tuple[str, KnownRows]]:
        """By prefix of the ids, the rows of a type."""
        parts = [(*name.partition(":")[::2], rows) for name, rows in self._rows_of(space_id).items()]
        return [(prefix, rows) for of, prefix, rows in parts if of == kind]

    def _rows_of(self, space_id: str) -> dict[str, KnownRows]:
        if space_id not in self._open:
            entry = self._entries.get(space_id, {})
            if "seen" in entry or "more" in entry:
                self._open[space_id] = read_lines(entry)
                self._dirty.add(space_id)
            else:
                self._open[space_id] = {name: KnownRows(packed) for name, packed in entry.get("known", {}).items()}
        return self._open[space_id]

    def _entry(self, space_id: str) -> dict[str, Any]:
        if space_id not in self._entries:
            entry: dict[str, Any] = {"context": {"space_id": space_id}}
            self._state.setdefault("partitions", []).append(entry)
            self._entries[space_id] = entry
        return self._entries[space_id]

    @staticmethod
    def _list(entry: dict[str, Any], name: str, kind: str, *, present: bool) -> None:
        """Put a kind on a list of an entry, or take it off."""
        kinds = {*entry.pop(name, ()), kind} if present else {*entry.pop(name, ())} - {kind}
        if kinds:
            entry[name] = sorted(kinds)
