"""What a batch says, reduced to the newest about each thing: the terms in which writers think. Pure.

Everything here is a maximum or a union, so that it does not matter in which order or how often rows come. What decides
is a clock (CONTRACT 2.4: version, then observed_at, then a digest), compared field by field. Of a row the digest is the
hash of its content, of a set it tells one set from another of the same moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cdm_docs.model.rows import FACET_KINDS, SET_KINDS, Clock

from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.values import digest, digest_of_texts

Row = tuple[Any, ...]
Key = tuple[str, ...]


class Version(NamedTuple):
    """What a record said: the greater one wins."""

    clock: Clock
    row: Row


class Name(NamedTuple):
    """A name by which a text may refer to an item: a title in a space, a file name on a container, a media id."""

    kind: str
    scope: str
    name: str


NO_MEMBER = ("", "")
"""What stands, where a set waits, in the place of the members of one that has none."""


@dataclass(slots=True)
class ToldSet:
    """A set of rows as far as it was told.

    Attributes:
        size: How many different members it has; 0 where that was not told.
        members: Rows by id and digest; None stands for a set that has none.
    """

    size: int = 0
    members: dict[tuple[str, str], Row | None] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether all members were told; what stands for a set that has none is no member."""
        return len(self.members) - (NO_MEMBER in self.members) >= self.size

    def join(self, other: ToldSet) -> None:
        """Add what was told of it elsewhere; once complete it stays so."""
        self.size = min(self.size, other.size)
        self.members |= other.members

    @property
    def told(self) -> Mapping[tuple[str, str], Row | None]:
        """The members; of a set that has none, what stands for them where it waits."""
        return self.members or {NO_MEMBER: None}

    @property
    def rows(self) -> dict[str, Version]:
        """The members by id; of two with one id, the one with the greater digest."""
        ordered = sorted(self.members)
        found = ((cdm_id, hashed, self.members[cdm_id, hashed]) for cdm_id, hashed in ordered)
        return {cdm_id: Version(Clock(0, "", hashed), row) for cdm_id, hashed, row in found if row is not None}


def set_clock(clock: Clock, size: int | None) -> Clock:
    """Return the clock that tells a set from others: sets of different sizes are different sets."""
    return clock if size is None else Clock(clock.version, clock.observed_at, digest(clock.digest, size))


def set_digest(rows: Mapping[str, Version]) -> str:
    """Return a hash of what a set says."""
    return digest_of_texts([f"{cdm_id} {version.clock.digest}" for cdm_id, version in sorted(rows.items())])


def target_of(kind: str, owner: str) -> str:
    """Return the space, item or group that a set is about."""
    return owner.partition(":")[2] if kind == "access" else owner


def told_later(versions: Iterable[Version], *, seen_at: str | None = None) -> list[Version]:
    """Return of versions those that are told later than every greater one, the greatest first.

    Whatever moment a tombstone names, the greatest of the versions that are no older is among them.

    Args:
        versions: Versions of one row.
        seen_at: Of a version that is greater than all: when it was told; None: there is none.
    """
    found = []
    for version in sorted(versions, key=lambda one: one.clock, reverse=True):
        if seen_at is None or version.clock.observed_at > seen_at:
            found.append(version)
            seen_at = version.clock.observed_at
    return found


@dataclass(slots=True)
class Newest:
    """What a batch says.

    Attributes:
        registers: By table, by key: the newest row of spaces, items, revisions, users, tombstones, places, tasks and
            properties that stand for themselves (``_cdm_facet``), and raw records.
        lesser: (table, key, version) of rows told later than a greater version of the same, and of lesser tombstones.
        seen_at: By item: the newest time at which a record told its content.
        placed_at: By item: the newest time at which a record told its place alone.
        names: By item and name: when the item was last seen to have it.
        systems: By item: its source system.
        sets: By kind, by owner, by clock: sets of rows.
        revised: Items of whose rows something was taken or brought back.
        forgotten: By kind: owners whose stored set counts no more, while its rows are in the table still.
    """

    registers: dict[str, dict[Key, Version]] = field(default_factory=dict)
    lesser: list[tuple[str, Key, Version]] = field(default_factory=list)
    seen_at: dict[str, str] = field(default_factory=dict)
    placed_at: dict[str, str] = field(default_factory=dict)
    names: dict[tuple[str, Name], str] = field(default_factory=dict)
    systems: dict[str, str] = field(default_factory=dict)
    sets: dict[str, dict[str, dict[Clock, ToldSet]]] = field(default_factory=lambda: {kind: {} for kind in SET_KINDS})
    revised: set[str] = field(default_factory=set)
    forgotten: dict[str, set[str]] = field(default_factory=lambda: {"link": set(), "access": set()})

    def of(self, table: Table) -> dict[Key, Version]:
        """The newest rows of a table."""
        return self.registers.get(table.name, {})

    def keep(self, table: Table, key: Key, version: Version) -> None:
        """Keep the greater version; remember the lesser one where it was told later."""
        rows = self.registers.setdefault(table.name, {})
        held = rows.get(key)
        if held is None:
            rows[key] = version
            return
        greater, lesser = (version, held) if version.clock > held.clock else (held, version)
        rows[key] = greater
        if table is tables.TOMBSTONE or lesser.clock.observed_at > greater.clock.observed_at:
            self.lesser.append((table.name, key, lesser))

    def see(self, table: Table, item: str, moment: str) -> None:
        """Note when an item's content or place was told."""
        seen = {tables.ITEM.name: self.seen_at, tables.PLACE.name: self.placed_at}.get(table.name)
        if seen is not None:
            seen[item] = max(seen.get(item, ""), moment)

    def items(self) -> set[str]:
        """All items of which the batch says something that may change their rows."""
        told = {key[0] for key in self.of(tables.ITEM)} | {key[0] for key in self.of(tables.TOMBSTONE)}
        told |= self.revised | set(self.placed_at) | {key[0] for key in self.of(tables.FACET)}
        return told.union(*(self.sets[kind] for kind in FACET_KINDS))
