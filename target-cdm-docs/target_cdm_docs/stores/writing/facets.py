"""Writes labels, tasks and content properties: whole sets, or one by one where nobody tells a set."""

from __future__ import annotations

from collections.abc import Collection

from cdm_docs.model.rows import FACET_KINDS, Clock

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.writing.items import Facets
from target_cdm_docs.stores.writing.newest import Key, Newest, Version, set_digest
from target_cdm_docs.stores.writing.sets import Change, HeldSet, held_sets, settle, write_held

_MEMBER = (None, None)
"""Instead of version and time of a facet that stands for itself: it is a member of its item's set."""

_Stored = dict[tuple[str, str], dict[str, tuple[Clock | None, str, str | None]]]
"""By item and kind, by key: clock (None: a member), digest and value."""


def write_facets(session: Session, newest: Newest, items: Collection[str], *, hard_delete: bool) -> dict[str, Facets]:
    """Keep the newest facets.

    Returns:
        Those of all items in ``items``.
    """
    stored: _Stored = {}
    columns = ("item_cdm_id", "kind", "key", "_version", "_observed_at", "_digest", "value")
    for item, kind, key, version, observed_at, hashed, value in session.fetch(
        tables.FACET, columns, ("item_cdm_id",), [(one,) for one in items]
    ):
        clock = None if version is None else Clock(version, observed_at, hashed)
        stored.setdefault((item, kind), {})[key] = (clock, hashed, value)
    single: dict[tuple[str, str], dict[str, Version]] = {}
    for (item, kind, key), facet in newest.of(tables.FACET).items():
        single.setdefault((item, kind), {})[key] = facet
    writer = _FacetWriter(session, stored)
    for kind in FACET_KINDS:
        told = newest.sets[kind]
        changes = settle(session, kind, told, keeps_later=hard_delete)
        # An empty set of labels shows ([] is not null), one of tasks or properties does not: no need to know of it.
        known = {item for item, of in (*stored, *single) if of == kind} if kind != "label" else items
        held = held_sets(session, kind, [one for one in known if one not in changes])
        changes |= {owner: Change(one, one.clock, None, {}) for owner, one in held.items()}
        sets = {}
        for item in sorted({item for item, of in single if of == kind} | set(changes)):
            change = changes.get(item)
            hashed = writer.merge((item, kind), change, single.get((item, kind), {}))
            if change is not None and change.rows is not None:
                sets[item] = HeldSet(change.clock, hashed)
        moved = {item: one for item, one in sets.items() if one != changes[item].held}
        write_held(session, kind, moved, {item for item in sets if changes[item].held})
    writer.flush()
    facets: dict[str, Facets] = {item: {} for item in items}
    for (item, kind), members in stored.items():
        facets[item][kind] = {key: value for key, (_, _, value) in members.items()}
    return facets


class _FacetWriter:
    """Brings ``stored`` and the table to what they are to be."""

    def __init__(self, session: Session, stored: _Stored) -> None:
        self._session = session
        self._stored = stored
        self._new: list[tuple[object, ...]] = []
        self._other: list[tuple[object, ...]] = []
        self._gone: list[Key] = []

    def merge(self, place: tuple[str, str], change: Change | None, single: dict[str, Version]) -> str:
        """Settle the facets of one kind of one item: of its set, and those told for themselves since.

        Returns:
            The digest of the set that counts.
        """
        there = self._stored.get(place, {})
        set_at = change.clock.observed_at if change else ""
        singles = {key: one for key, one in single.items() if one.clock.observed_at > set_at or change is None}
        for key, (clock, _, value) in there.items():
            alone = clock is not None and (clock.observed_at > set_at or change is None)
            if clock is not None and alone and (key not in singles or clock > singles[key].clock):
                singles[key] = Version(clock, (*place, key, value))
        members: dict[str, Version] = {}
        if change is not None and (change.rows is None or change.joins):
            members = {
                key: Version(Clock(0, "", hashed), (*place, key, value))
                for key, (clock, hashed, value) in there.items()
                if clock is None
            }
        for key, version in ((change.rows if change else None) or {}).items():
            if key not in members or version.clock.digest > members[key].clock.digest:
                members[key] = version
        self._write(place, members | singles, singles)
        return set_digest(members)

    def _write(self, place: tuple[str, str], rows: dict[str, Version], singles: Collection[str]) -> None:
        there = self._stored.setdefault(place, {})
        for key in [key for key in there if key not in rows]:
            self._gone.append((*place, key))
            del there[key]
        for key, version in sorted(rows.items()):
            clock = version.clock if key in singles else None
            hashed, value = version.clock.digest, version.row[3]
            before, there[key] = there.get(key), (clock, hashed, value)
            written = (*place, key, value, *(clock[:2] if clock else _MEMBER), hashed)
            if before is None:
                self._new.append(written)
            elif before != there[key]:
                self._other.append((*place, key, *written))

    def flush(self) -> None:
        """Write what differs."""
        table = tables.FACET
        self._session.delete(table, table.key, self._gone)
        self._session.update(table, table.key, table.names, self._other, changed=True)
        self._session.insert(table, table.names, self._new)
