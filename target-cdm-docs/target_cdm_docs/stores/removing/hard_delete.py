"""``hard_delete``: what was told of a thing before its newest tombstone is removed, and never counts again.

So rows follow from the records that are no older than the tombstone, by the same rules as without ``hard_delete``. As a
tombstone may come late, what a lesser version told later than the one that counts waits in ``_cdm_pending``: it is
what is left when the tombstone takes the greater one. What moved may come back by what is told late of where it stands:
what its tombstone took is kept (``moved``).
"""

from __future__ import annotations

from collections.abc import Mapping

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.removing.kept import (
    OWNERS,
    REVIVED,
    keep_later,
    owners_of,
    stood,
    told_before,
    unload,
    waiting_versions,
)
from target_cdm_docs.stores.removing.moved import bring_back, put_away
from target_cdm_docs.stores.resolving.names import Names
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.writing.items import Tombstone, Tombstones, that_counts
from target_cdm_docs.stores.writing.newest import Newest, target_of
from target_cdm_docs.stores.writing.sets import held_sets
from target_cdm_docs.stores.writing.tombstones import tombstones_of

_TARGETS = {tables.SPACE: 0, tables.ITEM: 0, tables.PLACE: 0, tables.FACET: 0} | {
    tables.REVISION: tables.REVISION.names.index("item_cdm_id")
}
"""By table: which column tells what a row is about."""

Buried = Mapping[str, str]
"""By what it is about: when the newest tombstone was made."""


def forget_the_dead(session: Session, newest: Newest, names: Names) -> None:
    """Take out of a batch and out of the tables what is older than the tombstone of the thing that it is about.

    To be called when the batch's tombstones are written and nothing else is.
    """
    tombstones = tombstones_of(session, _targets(newest))
    if tombstones:
        fresh = {key[0] for key in newest.of(tables.TOMBSTONE)}
        may_move = {target for target, told in tombstones.items() if target in fresh or told[0].only_in is not None}
        known = bring_back(session, newest, may_move)
        gone = {target: one.detected_at for target, told in tombstones.items() if (one := _final(told))}
        _drop(newest, gone)
        fresh &= gone.keys()
        _remove(session, newest, {target: gone[target] for target in fresh}, names)
        moved = _moved(session, newest, {target: tombstones[target] for target in may_move}, gone)
        taken = _drop(newest, moved)
        removed = told_before(session, taken, moved)
        _remove(session, newest, {target: moved[target] for target in removed | (fresh & moved.keys())}, names)
        put_away(session, taken, known)
    for table in REVIVED:
        keep_later(session, newest, table)
    for kind in ("link", "chunk"):
        unload(session, kind, newest.sets[kind])


def _targets(newest: Newest) -> set[str]:
    targets = {_target(table, version.row) for table in _TARGETS for version in newest.of(table).values()}
    targets |= newest.items() | {key[0] for key in newest.of(tables.TOMBSTONE)}
    return targets | {target_of(kind, owner) for kind, sets in newest.sets.items() for owner in sets}


def _target(table: Table, row: Values) -> str:
    return str(row[_TARGETS[table]])


def _final(told: Tombstones) -> Tombstone | None:
    """The newest that counts wherever the thing stands."""
    return next((one for one in told if one.only_in is None), None)


def _moved(session: Session, newest: Newest, tombstones: Mapping[str, Tombstones], gone: Buried) -> Buried:
    """Of items: when the newest tombstone was made that counts where they stand.

    An item stands where the greatest version says that is no older than the tombstones that count; of an item that is
    not known none does.
    """
    moving = {target: told for target, told in tombstones.items() if told[0].only_in is not None}
    found: dict[str, str] = {}
    for target, standings in stood(session, newest, moving).items():
        at = before = gone.get(target, "")
        while space := standings.space_since(at):
            counts = that_counts(moving[target], space)
            if counts is None or counts.detected_at <= at:
                break
            at = counts.detected_at
        if at > before:
            found[target] = at
    return found


def _drop(newest: Newest, buried: Buried) -> Newest:
    """Take out of a batch what is older than tombstones.

    Returns:
        What was taken.
    """
    taken = Newest(systems=newest.systems)
    if not buried:
        return taken

    def side(target: str, told_at: str) -> Newest:
        return newest if told_at >= buried.get(target, "") else taken

    told = [(table, key, version) for table in _TARGETS for key, version in newest.of(table).items()]
    by_name = {table.name: table for table in _TARGETS}
    told += [(by_name[name], key, version) for name, key, version in newest.lesser if name in by_name]
    newest.lesser = []
    newest.registers |= {table.name: {} for table in _TARGETS}
    for table, key, version in told:
        side(_target(table, version.row), version.clock.observed_at).keep(table, key, version)
    newest.seen_at = {item: at for item, at in newest.seen_at.items() if side(item, at) is newest}
    newest.placed_at = {item: at for item, at in newest.placed_at.items() if side(item, at) is newest}
    names, newest.names = newest.names, {}
    for called, at in names.items():
        side(called[0], at).names[called] = at
    for kind, sets in newest.sets.items():
        # A set that is forgotten is unknown, not empty: an empty set of restrictions would open an item to everybody.
        newest.sets[kind] = {owner: {} for owner, of in sets.items() if not of}
        for owner, clock, one in [(owner, clock, one) for owner, of in sets.items() for clock, one in of.items()]:
            side(target_of(kind, owner), clock.observed_at).sets[kind].setdefault(owner, {})[clock] = one
    return taken


def _remove(session: Session, newest: Newest, buried: Buried, names: Names) -> None:
    """Remove from the tables what is older than these tombstones, and bring back what waits and is not."""
    if not buried:
        return
    names.remember_spaces()
    keys = sorted(buried.items())
    for table, place in _TARGETS.items():
        session.delete_before(table, table.names[place], "_observed_at", keys)
    names.forget(buried)
    newest.revised |= buried.keys()
    owners = owners_of(buried)
    _forget_sets(session, newest, owners, buried)
    waiting = [
        (owner, at) for targets in owners.values() for owner, target in targets.items() if (at := buried[target])
    ]
    session.delete_before(tables.PENDING, "owner", "_observed_at", sorted(set(waiting)))
    for kind, targets in owners.items():
        for owner in targets:
            newest.sets[kind].setdefault(owner, {})
    for table in REVIVED:
        for key, version in waiting_versions(session, table, buried):
            newest.keep(table, key, version)
            newest.see(table, key[0], version.clock.observed_at)


def _forget_sets(session: Session, newest: Newest, owners: Mapping[str, Mapping[str, str]], buried: Buried) -> None:
    """Forget which sets counted of those told before; ``owners``: by kind, by owner, what they are about."""
    gone: list[tuple[str, str]] = []
    for kind, targets in owners.items():
        held = held_sets(session, kind, targets)
        old = [owner for owner, one in held.items() if one.clock.observed_at < buried[targets[owner]]]
        gone += [(kind, owner) for owner in old]
        table, by = OWNERS[kind]
        if table is tables.FACET:
            members = session.fetch(table, (*table.key, "_version"), (by, "kind"), [(owner, kind) for owner in old])
            session.delete(table, table.key, [key for *key, version in members if version is None])
        elif kind in newest.forgotten:
            newest.forgotten[kind] |= set(old)
        else:
            session.delete(table, (by,), [(owner,) for owner in old])
    session.delete(tables.SET, tables.SET.key, gone)
