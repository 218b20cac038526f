"""``hard_delete``: what is kept beside the rows that count, as a tombstone that comes late may leave it alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from cdm_docs.model.rows import FACET_KINDS, Clock

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.values import canonical
from target_cdm_docs.stores.writing.claims import lost_claims, told_members
from target_cdm_docs.stores.writing.item_writer import told_columns
from target_cdm_docs.stores.writing.newest import Key, Name, Newest, ToldSet, Version, told_later
from target_cdm_docs.stores.writing.sets import held_sets, keep_waiting, waiting_sets

REVIVED = (tables.ITEM, tables.PLACE, tables.FACET, tables.REVISION)
"""Tables in which a lesser version may be told later than a greater one."""
OWNERS = {"link": (tables.LINK, "_owner"), "access": (tables.ACCESS, "_owner")} | {
    kind: (tables.CHUNK if kind == "chunk" else tables.FACET, "item_cdm_id") for kind in ("chunk", *FACET_KINDS)
}
"""By kind of set: where its members are, and the column that tells the owner."""

_ACCESS_STREAMS = ("space_permissions", "content_restrictions", "cdm_doc_access")
"""What may tell access to a space or an item; with the target's id it is the owner of a set."""
_ITEM = {table: table.names[0] for table in REVIVED} | {tables.REVISION: "item_cdm_id"}
"""By table: the column that tells the item."""
_CLOCK = ("_version", "_observed_at", "_digest")


def owners_of(targets: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return whatever may own a set that is about these things: by kind, by owner, the thing."""
    targets = tuple(targets)
    owners = {kind: {target: target for target in targets} for kind in OWNERS if kind != "access"}
    owners["access"] = {f"{stream}:{target}": target for target in targets for stream in _ACCESS_STREAMS}
    return owners


def waiting_versions(session: Session, table: Table, targets: Iterable[str]) -> list[tuple[Key, Version]]:
    """Return the versions of rows about these things that wait."""
    columns = ("key", *_CLOCK, "row")
    rows = session.fetch(tables.PENDING, columns, ("kind", "owner"), [(table.name, one) for one in targets])
    decode = msgspec.json.decode
    return [(tuple(decode(key)), Version(Clock(*clock), tuple(decode(row)))) for key, *clock, row in rows]


def keep_later(session: Session, newest: Newest, table: Table) -> None:
    """Keep of each row what is told later than what counts, and nothing else."""
    incoming = newest.of(table)
    if not incoming:
        return
    found: dict[Key, list[Version]] = {}
    for name, key, version in newest.lesser:
        if name == table.name:
            found.setdefault(key, []).append(version)
    width = len(table.key)
    stored = {
        tuple(row[:width]): Clock(*row[width:])
        for row in session.fetch(table, (*table.key, *_CLOCK), table.key, incoming)
        if row[width] is not None
    }
    counts = {key: max(version.clock, stored.get(key, version.clock)) for key, version in incoming.items()}
    for key, version in incoming.items():
        found.setdefault(key, []).append(version)
    overtaken = [
        key for key, held in stored.items() if held < counts[key] and held.observed_at > counts[key].observed_at
    ]
    for key, row in told_columns(session, table, overtaken).items():
        found[key].append(Version(stored[key], row))
    targets = {_item(table, incoming[key].row) for key in found}
    before = waiting_versions(session, table, targets)
    for key, version in before:
        if key in counts:
            found[key].append(version)
    after = {
        (key, v.clock): v
        for key, versions in found.items()
        for v in told_later(versions, seen_at=counts[key].observed_at)
    }
    known = {(key, version.clock) for key, version in before if key in counts}
    drop = [_pending_key(table, key, clock, incoming[key].row) for key, clock in known if (key, clock) not in after]
    keep = [
        (*_pending_key(table, key, clock, version.row), 0, canonical(list(version.row)))
        for (key, clock), version in after.items()
        if (key, clock) not in known
    ]
    session.delete(tables.PENDING, tables.PENDING.key, drop)
    session.insert(tables.PENDING, tables.PENDING.names, keep)


def _item(table: Table, row: Values) -> str:
    return str(row[table.names.index(_ITEM[table])])


def _pending_key(table: Table, key: Key, clock: Clock, row: Values) -> tuple[Any, ...]:
    return (table.name, _item(table, row), canonical(list(key)), clock.version, clock.observed_at, "", clock.digest)


def unload(session: Session, kind: str, told: Mapping[str, Mapping[Clock, ToldSet]]) -> None:
    """Keep the members of stored sets which a greater one overtakes that was told before."""
    held = {
        owner: one.clock
        for owner, one in held_sets(session, kind, told).items()
        if any(clock > one.clock and clock.observed_at < one.clock.observed_at for clock in told[owner])
    }
    keep_waiting(session, kind, _stored_sets(session, kind, held))


def _stored_sets(session: Session, kind: str, held: Mapping[str, Clock]) -> dict[str, dict[Clock, ToldSet]]:
    """The stored sets of these owners, with their members as they were told."""
    sets = {owner: ToldSet() for owner in held}
    table, by = OWNERS[kind]
    if not held:
        return {}
    if table is tables.FACET:
        columns = (*(name for name in table.names if name[0] != "_"), "_version", "_digest")
        for *row, version, hashed in session.fetch(table, columns, (by, "kind"), [(owner, kind) for owner in held]):
            if version is None:
                sets[row[0]].members[row[2], hashed] = tuple(row)
    else:
        for owner, hashed, told in told_members(session, table, by, held):
            sets[owner].members[told[0], hashed] = told
    if kind in {"link", "access"}:
        for claims in lost_claims(session, kind, "owner", held).values():
            for owner, version in claims.items():
                sets[owner].members[version.row[0], version.clock.digest] = version.row
    return {owner: {held[owner]: one} for owner, one in sets.items()}


def told_before(session: Session, found: Newest, moments: Mapping[str, str]) -> set[str]:
    """Add what the tables have of items, and what waits, of what was told before these moments.

    Returns:
        The items of which there is any.
    """
    if not moments:
        return set()
    return (
        _rows_before(session, found, moments)
        | _names_before(session, found, moments)
        | _sets_before(session, found, moments)
    )


def _rows_before(session: Session, found: Newest, moments: Mapping[str, str]) -> set[str]:
    items = set()
    for table in REVIVED:
        for key, version in _stored_versions(session, table, moments) + waiting_versions(session, table, moments):
            item = _item(table, version.row)
            if version.clock.observed_at < moments[item]:
                found.keep(table, key, version)
                items.add(item)
    return items


def _names_before(session: Session, found: Newest, moments: Mapping[str, str]) -> set[str]:
    items = set()
    columns = ("item_cdm_id", "held_at", "source_system", "kind", "scope", "name")
    for item, held_at, system, *name in session.fetch(tables.NAME, columns, ("item_cdm_id",), _keys(moments)):
        if held_at < moments[item]:
            called = item, Name(*name)
            found.names[called] = max(found.names.get(called, ""), held_at)
            found.systems[item] = system
            items.add(item)
    return items


def _sets_before(session: Session, found: Newest, moments: Mapping[str, str]) -> set[str]:
    items = set()
    for kind, owners in owners_of(moments).items():
        until = {owner: moments[item] for owner, item in owners.items()}
        held = {owner: one.clock for owner, one in held_sets(session, kind, owners).items()}
        held = {owner: clock for owner, clock in held.items() if clock.observed_at < until[owner]}
        sets = [*_stored_sets(session, kind, held).items(), *waiting_sets(session, kind, owners).items()]
        for owner, clock, one in [(owner, clock, one) for owner, told in sets for clock, one in told.items()]:
            if clock.observed_at < until[owner]:
                found.sets[kind].setdefault(owner, {}).setdefault(clock, ToldSet(one.size)).join(one)
                items.add(owners[owner])
    return items


def _stored_versions(session: Session, table: Table, items: Collection[str]) -> list[tuple[Key, Version]]:
    """The stored rows of items, as they were told."""
    width = len(table.key)
    clocks = {
        tuple(row[:width]): Clock(*row[width:])
        for row in session.fetch(table, (*table.key, *_CLOCK), (_ITEM[table],), _keys(items))
        if row[width] is not None  # of a facet: it is a member of its item's set
    }
    return [(key, Version(clocks[key], row)) for key, row in told_columns(session, table, clocks).items()]


def _keys(items: Iterable[str]) -> list[tuple[str]]:
    return [(item,) for item in sorted(items)]


class Standings(NamedTuple):
    """Where an item was told to stand: with its content, and without it."""

    items: list[Version]
    places: list[Version]

    def space_since(self, moment: str) -> str | None:
        """Return the space in which it stands by what is no older than a moment; None where that tells no item."""
        item = _greatest(self.items, moment)
        place = _greatest(self.places, moment)
        if item is None:
            return None
        table, version = (tables.PLACE, place) if place and place.clock > item.clock else (tables.ITEM, item)
        space: str | None = version.row[table.names.index("space_cdm_id")]
        return space


def _greatest(versions: Iterable[Version], moment: str) -> Version | None:
    return max((one for one in versions if one.clock.observed_at >= moment), key=lambda one: one.clock, default=None)


def stood(session: Session, newest: Newest, items: Collection[str]) -> dict[str, Standings]:
    """Return where items were told to stand: by a batch, by the tables, and by what waits."""
    found = {item: Standings([], []) for item in items}
    if not found:
        return found
    for place, table in enumerate((tables.ITEM, tables.PLACE)):
        told = [(key, version) for key, version in newest.of(table).items() if key[0] in found]
        told += [(key, version) for name, key, version in newest.lesser if name == table.name and key[0] in found]
        told += _stored_versions(session, table, items) + waiting_versions(session, table, items)
        for (item,), version in told:
            found[item][place].append(version)
    return found
