"""``hard_delete``: what was told of a thing before its newest tombstone is removed, and never counts again.

So rows follow from the records that are no older than the tombstone, by the same rules as without ``hard_delete``. As a
tombstone may come late, what a lesser version told later than the one that counts waits in ``_cdm_pending``: it is
what is left when the tombstone takes the greater one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from cdm_docs.model.rows import FACET_KINDS, Clock

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.resolving.names import Names
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.values import canonical
from target_cdm_docs.stores.writing.claims import lost_claims, told_members
from target_cdm_docs.stores.writing.item_writer import stored_spaces, told_columns, tombstones_of
from target_cdm_docs.stores.writing.items import MOVED
from target_cdm_docs.stores.writing.newest import Key, Newest, ToldSet, Version
from target_cdm_docs.stores.writing.sets import held_sets, keep_waiting

_ACCESS_STREAMS = ("space_permissions", "content_restrictions", "cdm_doc_access")
"""What may tell access to a space or an item; with the target's id it is the owner of a set."""

_TARGETS = {tables.SPACE: 0, tables.ITEM: 0, tables.PLACE: 0, tables.FACET: 0} | {
    tables.REVISION: tables.REVISION.names.index("item_cdm_id")
}
"""By table: which column tells what a row is about."""
_REVIVED = (tables.ITEM, tables.PLACE, tables.FACET, tables.REVISION)
"""Tables in which a lesser version may be told later than a greater one."""
_CLOCK = ("_version", "_observed_at", "_digest")
_OWNERS = {"link": (tables.LINK, "_owner"), "access": (tables.ACCESS, "_owner")} | {
    kind: (tables.CHUNK if kind == "chunk" else tables.FACET, "item_cdm_id") for kind in ("chunk", *FACET_KINDS)
}
"""By kind of set: where its members are, and the column that tells the owner."""

Buried = Mapping[str, str]
"""By what it is about: when the newest tombstone was made."""


def forget_the_dead(session: Session, newest: Newest, names: Names) -> None:
    """Take out of a batch and out of the tables what is older than the tombstone of the thing that it is about.

    To be called when the batch's tombstones are written and nothing else is.
    """
    buried = _buried(session, newest)
    if buried:
        _drop(newest, buried)
        fresh = {key[0] for key in newest.of(tables.TOMBSTONE)}
        _remove(session, newest, {target: at for target, at in buried.items() if target in fresh}, names)
    for table in _REVIVED:
        _keep_later(session, newest, table)
    for kind in ("link", "chunk"):
        _unload(session, kind, newest.sets[kind])


def _buried(session: Session, newest: Newest) -> Buried:
    targets = {_target(table, version.row) for table in _TARGETS for version in newest.of(table).values()}
    targets |= newest.items() | {key[0] for key in newest.of(tables.TOMBSTONE)}
    targets |= {_target_of(kind, owner) for kind, sets in newest.sets.items() for owner in sets}
    tombstones = tombstones_of(session, targets)
    moved = {target: one for target, one in tombstones.items() if one.reason == MOVED and one.space_cdm_id}
    spaces = {
        key[0]: version.row[tables.ITEM.names.index("space_cdm_id")] for key, version in newest.of(tables.ITEM).items()
    }
    spaces |= stored_spaces(session, moved)
    return {
        target: one.detected_at
        for target, one in tombstones.items()
        if target not in moved or spaces.get(target, one.space_cdm_id) == one.space_cdm_id
    }


def _target(table: Table, row: Values) -> str:
    return str(row[_TARGETS[table]])


def _target_of(kind: str, owner: str) -> str:
    """The space, item or group that a set is about."""
    return owner.partition(":")[2] if kind == "access" else owner


def _drop(newest: Newest, buried: Buried) -> None:
    def is_left(target: str, told_at: str) -> bool:
        return told_at >= buried.get(target, "")

    lesser, newest.lesser = newest.lesser, []
    by_name = {table.name: table for table in _TARGETS}
    for table in _TARGETS:
        rows = newest.of(table).items()
        kept = {key: v for key, v in rows if is_left(_target(table, v.row), v.clock.observed_at)}
        newest.registers[table.name] = kept
    for name, key, version in lesser:
        if name in by_name and is_left(_target(by_name[name], version.row), version.clock.observed_at):
            newest.keep(by_name[name], key, version)
    newest.seen_at = {item: at for item, at in newest.seen_at.items() if is_left(item, at)}
    newest.placed_at = {item: at for item, at in newest.placed_at.items() if is_left(item, at)}
    newest.names = {key: at for key, at in newest.names.items() if is_left(key[0], at)}
    for kind, sets in newest.sets.items():
        # A set that is forgotten is unknown, not empty: an empty set of restrictions would open an item to everybody.
        left = {
            owner: {c: one for c, one in told.items() if is_left(_target_of(kind, owner), c.observed_at)}
            for owner, told in sets.items()
        }
        newest.sets[kind] = {owner: told for owner, told in left.items() if told}


def _remove(session: Session, newest: Newest, buried: Buried, names: Names) -> None:
    """Remove from the tables what is older than these tombstones, and bring back what waits and is not."""
    names.remember_spaces()
    keys = sorted(buried.items())
    for table, place in _TARGETS.items():
        session.delete_before(table, table.names[place], "_observed_at", keys)
    names.forget(buried)
    owners = {kind: {target: target for target in buried} for kind in _OWNERS if kind != "access"}
    owners["access"] = {f"{stream}:{target}": target for target in buried for stream in _ACCESS_STREAMS}
    _forget_sets(session, newest, owners, buried)
    waiting = [
        (owner, at) for targets in owners.values() for owner, target in targets.items() if (at := buried[target])
    ]
    session.delete_before(tables.PENDING, "owner", "_observed_at", sorted(set(waiting)))
    for kind, targets in owners.items():
        for owner in targets:
            newest.sets[kind].setdefault(owner, {})
    for table in _REVIVED:
        for key, version in _waiting(session, table, buried):
            newest.keep(table, key, version)
            if table is tables.ITEM:
                newest.seen_at[key[0]] = max(newest.seen_at.get(key[0], ""), version.clock.observed_at)
            elif table is tables.PLACE:
                newest.placed_at[key[0]] = max(newest.placed_at.get(key[0], ""), version.clock.observed_at)


def _forget_sets(session: Session, newest: Newest, owners: Mapping[str, Mapping[str, str]], buried: Buried) -> None:
    """Forget which sets counted of those told before; ``owners``: by kind, by owner, what they are about."""
    gone: list[tuple[str, str]] = []
    for kind, targets in owners.items():
        held = held_sets(session, kind, targets)
        old = [owner for owner, one in held.items() if one.clock.observed_at < buried[targets[owner]]]
        gone += [(kind, owner) for owner in old]
        table, by = _OWNERS[kind]
        if table is tables.FACET:
            members = session.fetch(table, (*table.key, "_version"), (by, "kind"), [(owner, kind) for owner in old])
            session.delete(table, table.key, [key for *key, version in members if version is None])
        elif kind in newest.forgotten:
            newest.forgotten[kind] |= set(old)
        else:
            session.delete(table, (by,), [(owner,) for owner in old])
    session.delete(tables.SET, tables.SET.key, gone)


def _waiting(session: Session, table: Table, targets: Iterable[str]) -> list[tuple[Key, Version]]:
    columns = ("key", *_CLOCK, "row")
    rows = session.fetch(tables.PENDING, columns, ("kind", "owner"), [(table.name, one) for one in targets])
    decode = msgspec.json.decode
    return [(tuple(decode(key)), Version(Clock(*clock), tuple(decode(row)))) for key, *clock, row in rows]


def _keep_later(session: Session, newest: Newest, table: Table) -> None:
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
    targets = {_target(table, incoming[key].row) for key in found}
    before = _waiting(session, table, targets)
    for key, version in before:
        if key in counts:
            found[key].append(version)
    after = {(key, v.clock): v for key, versions in found.items() for v in _later(versions, counts[key])}
    known = {(key, version.clock) for key, version in before if key in counts}
    drop = [_pending_key(table, key, clock, incoming[key].row) for key, clock in known if (key, clock) not in after]
    keep = [
        (*_pending_key(table, key, clock, version.row), 0, canonical(list(version.row)))
        for (key, clock), version in after.items()
        if (key, clock) not in known
    ]
    session.delete(tables.PENDING, tables.PENDING.key, drop)
    session.insert(tables.PENDING, tables.PENDING.names, keep)


def _later(versions: Iterable[Version], counts: Clock) -> list[Version]:
    """Of versions those that are told later than every greater one."""
    found = []
    seen_at = counts.observed_at
    for version in sorted(versions, key=lambda one: one.clock, reverse=True):
        if version.clock.observed_at > seen_at:
            found.append(version)
            seen_at = version.clock.observed_at
    return found


def _pending_key(table: Table, key: Key, clock: Clock, row: Values) -> tuple[Any, ...]:
    return (table.name, _target(table, row), canonical(list(key)), clock.version, clock.observed_at, "", clock.digest)


def _unload(session: Session, kind: str, told: Mapping[str, Mapping[Clock, ToldSet]]) -> None:
    """Keep the members of stored sets which a greater one overtakes that was told before."""
    held = {
        owner: one.clock
        for owner, one in held_sets(session, kind, told).items()
        if any(clock > one.clock and clock.observed_at < one.clock.observed_at for clock in told[owner])
    }
    if not held:
        return
    sets = {owner: ToldSet() for owner in held}
    for owner, hashed, row in told_members(session, *_OWNERS[kind], held):
        sets[owner].members[row[0], hashed] = row
    if kind == "link":
        for claims in lost_claims(session, kind, "owner", held).values():
            for owner, version in claims.items():
                sets[owner].members[version.row[0], version.clock.digest] = version.row
    keep_waiting(session, kind, {owner: {held[owner]: one} for owner, one in sets.items()})
