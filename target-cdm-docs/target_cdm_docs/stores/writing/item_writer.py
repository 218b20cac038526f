"""Writes items: their content, and what other streams tell of them (place, labels, tasks, tombstones)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec
from cdm_docs.model.rows import Clock

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.values import canonical
from target_cdm_docs.stores.writing.facets import write_facets
from target_cdm_docs.stores.writing.items import (
    DERIVED,
    Derived,
    Place,
    Told,
    base_of,
    derive,
    derived_of,
    with_derived,
)
from target_cdm_docs.stores.writing.newest import Key, Newest, Row, Version
from target_cdm_docs.stores.writing.tombstones import tombstones_of

_CLOCK = ("_version", "_observed_at", "_digest")
_KEPT = ("_version", "_observed_at", "_seen_at", "_base")
_STORED = ("cdm_id", *_CLOCK, "_seen_at", "_base", "created_at", *DERIVED)
_CREATED_AT = tables.ITEM.names.index("created_at")


class _Stored(NamedTuple):
    """An item's row as it is in the table; ``base``: the derived columns as the newest content record has them."""

    clock: Clock
    seen_at: str
    base: Derived
    created_at: str | None
    derived: Derived


def _stored(row: Values) -> _Stored:
    version, observed_at, hashed, seen_at, base, created_at, *columns = row
    derived = Derived(*columns)
    told = base_of(derived) if base is None else Derived(*msgspec.json.decode(base))
    return _Stored(Clock(version, observed_at, hashed), seen_at, told, created_at, derived)


def _base_text(base: Derived, derived: Derived) -> str | None:
    """What is kept of the derived columns as they were told: nothing where they are shown as they were told."""
    return None if base_of(derived) == base else canonical(list(base))


def _names_of(derived: Derived) -> tuple[str | None, ...]:
    """What an item's names, and whether it holds them, follow from."""
    return derived.space_cdm_id, derived.parent_item_cdm_id, derived.title, derived.deleted_at


def told_columns(session: Session, table: Table, keys: Collection[Key]) -> dict[Key, Row]:
    """Return stored rows as their records told them."""
    columns = [name for name in table.names if name[0] != "_"]
    rows = {}
    for row in session.fetch(table, (*table.key, *columns), table.key, keys):
        rows[tuple(row[: len(table.key)])] = tuple(row[len(table.key) :])
    if table is tables.ITEM and keys:
        for cdm_id, *stored in session.fetch(table, _STORED, table.key, keys):
            rows[cdm_id,] = tuple(with_derived(rows[cdm_id,], _stored(stored).base))
    return rows


class _Rows(NamedTuple):
    """What a batch does to the items' table."""

    new: list[Values]
    rewritten: list[Values]
    restated: list[Values]
    reclocked: list[Values]
    same: list[Values]


def write_items(session: Session, newest: Newest, *, hard_delete: bool) -> tuple[set[str], set[str]]:
    """Write the items.

    Returns:
        Those whose names, place or presence changed, and those whose ``deleted_at`` changed.
    """
    touched = newest.items()
    if not touched:
        return set(), set()
    places = _write_places(session, newest, touched)
    facets = write_facets(session, newest, touched, hard_delete=hard_delete)
    tombstones = tombstones_of(session, touched)
    table = tables.ITEM
    keys = [(one,) for one in sorted(touched)]
    stored = {row[0]: _stored(row[1:]) for row in session.fetch(table, _STORED, ("cdm_id",), keys)}
    incoming = newest.of(table)
    rows = _Rows([], [], [], [], [])
    changed, restamped = set(), set()
    for cdm_id in sorted(touched):
        told = Told(places.get(cdm_id), facets[cdm_id], tombstones.get(cdm_id, ()))
        seen_at = newest.seen_at.get(cdm_id, "")
        held, version = stored.get(cdm_id), incoming.get((cdm_id,))
        if held is not None:
            after, same_names = _again(rows, cdm_id, held, version, seen_at=seen_at, told=told)
            if _names_of(after) != _names_of(held.derived) or not same_names:
                changed.add(cdm_id)
            if after.deleted_at != held.derived.deleted_at:
                restamped.add(cdm_id)
        elif version is not None:
            base = derived_of(version.row)
            after = derive(base, version.clock, seen_at, told)
            rows.new.append(_row(version, base, after, seen_at))
            changed.add(cdm_id)
            if after.deleted_at is not None:
                restamped.add(cdm_id)
    session.touch(table, table.key, rows.same)
    session.update(table, table.key, _KEPT, rows.reclocked, changed=False)
    session.update(table, table.key, (*DERIVED, *_KEPT), rows.restated, changed=True)
    session.update(table, table.key, table.names, rows.rewritten, changed=True)
    session.insert(table, table.names, rows.new)
    return changed, restamped


def _row(version: Version, base: Derived, after: Derived, seen_at: str) -> list[Any]:
    return [*with_derived(version.row, after), *version.clock, seen_at, _base_text(base, after)]


def _again(
    rows: _Rows, cdm_id: str, held: _Stored, version: Version | None, *, seen_at: str, told: Told
) -> tuple[Derived, bool]:
    """Settle what becomes of a row that is there.

    Returns:
        Its derived columns afterwards, and whether the day it was created is the same.
    """
    seen_at = max(seen_at, held.seen_at)
    clock, base = held.clock, held.base
    if version is not None and version.clock > held.clock:
        clock, base = version.clock, derived_of(version.row)
        if clock.digest != held.clock.digest:
            after = derive(base, clock, seen_at, told)
            rows.rewritten.append((cdm_id, *_row(version, base, after, seen_at)))
            return after, version.row[_CREATED_AT] == held.created_at
    after = derive(base, clock, seen_at, told)
    kept = (clock.version, clock.observed_at, seen_at, _base_text(base, after))
    if after != held.derived:
        rows.restated.append((cdm_id, *after, *kept))
    elif kept != (held.clock.version, held.clock.observed_at, held.seen_at, _base_text(held.base, held.derived)):
        rows.reclocked.append((cdm_id, *kept))
    else:
        rows.same.append((cdm_id,))
    return after, True


def _write_places(session: Session, newest: Newest, touched: Collection[str]) -> dict[str, Place]:
    """Keep the newest place of each item, and answer the places of all that the batch touches."""
    table = tables.PLACE
    columns = ("space_cdm_id", "parent_item_cdm_id", "title", "status", "position")
    fetched = session.fetch(table, ("cdm_id", *_CLOCK, "_seen_at", *columns), ("cdm_id",), [(one,) for one in touched])
    places = {row[0]: Place(Clock(*row[1:4]), *row[4:]) for row in fetched}
    picked = [table.names.index(name) for name in columns]
    new, other, seen = [], [], []
    for (cdm_id,), version in sorted(newest.of(table).items()):
        held = places.get(cdm_id)
        seen_at = max(newest.placed_at.get(cdm_id, ""), held.seen_at if held else "")
        row = (*version.row, *version.clock, seen_at)
        if held is None:
            new.append(row)
        elif version.clock > held.clock and version.clock.digest != held.clock.digest:
            other.append((cdm_id, *row))
        elif version.clock > held.clock or seen_at > held.seen_at:
            clock = max(version.clock, held.clock)
            seen.append((cdm_id, *clock[:2], seen_at))
            places[cdm_id] = held._replace(clock=clock, seen_at=seen_at)
            continue
        else:
            continue
        places[cdm_id] = Place(version.clock, seen_at, *[version.row[i] for i in picked])
    session.update(table, table.key, ("_version", "_observed_at", "_seen_at"), seen, changed=False)
    session.update(table, table.key, table.names, other, changed=True)
    session.insert(table, table.names, new)
    return places
