"""Rows that come as an owner's whole set: links, access rows, chunks, labels. A newer set replaces an older one.

A set counts when all its members were told. Until then they wait in ``_cdm_pending``, and the older set stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec
from cdm_docs.model.rows import Clock

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.values import canonical
from target_cdm_docs.stores.writing.claims import Replacement, lost_claims, settle_claims
from target_cdm_docs.stores.writing.newest import ToldSet, Version, set_digest

ToldSets = Mapping[str, Mapping[Clock, ToldSet]]
"""By owner, by clock: sets."""


class HeldSet(NamedTuple):
    """The set of an owner that counts."""

    clock: Clock
    digest: str


class Former(NamedTuple):
    """A member of an older set, and the clock of the newest of those that had it."""

    clock: Clock
    version: Version


class Change(NamedTuple):
    """What a batch makes of an owner's set.

    Attributes:
        held: The set as it is stored.
        clock: That of the set that counts now.
        rows: Its members as they were told, which join the stored ones where it is the stored set; None: it stands as
            it is stored.
        former: Members that older sets had, by id.
    """

    held: HeldSet | None
    clock: Clock
    rows: dict[str, Version] | None
    former: dict[str, Former]

    @property
    def joins(self) -> bool:
        """Whether the set is the stored one."""
        return self.held is not None and self.held.clock == self.clock

    @property
    def says_nothing_new(self) -> bool:
        """Whether the stored members are the members."""
        return self.rows is None or (self.held is not None and self.held.digest == set_digest(self.rows))


def settle(session: Session, kind: str, told: ToldSets, *, keeps_later: bool) -> dict[str, Change]:
    """Find the newest complete set of each owner, and keep what may complete others.

    Args:
        session: The transaction.
        kind: Kind of the sets.
        told: What a batch tells of them.
        keeps_later: Keep also what a lesser set told later than the one that counts.

    Returns:
        Of owners of whom something complete was told: what becomes of their sets.
    """
    if not told:
        return {}
    held = held_sets(session, kind, told)
    waiting = waiting_sets(session, kind, told)
    changes: dict[str, Change] = {}
    keep: list[Values] = []
    drop: list[Values] = []
    for owner, incoming in sorted(told.items()):
        before = held.get(owner)
        sets = _merged(incoming, waiting.get(owner, {}))
        complete = [clock for clock, one in sets.items() if one.is_complete]
        clock = max([*complete, *([before.clock] if before else [])], default=None)
        if clock is not None:
            former: dict[str, Former] = {}
            for older in sorted(one for one in sets if one < clock):
                former |= {cdm_id: Former(older, version) for cdm_id, version in sets[older].rows.items()}
            changes[owner] = Change(before, clock, sets[clock].rows if clock in sets else None, former)
        for one, pending in sets.items():
            later = clock is None or one > clock or (keeps_later and one.observed_at > clock.observed_at)
            already = waiting.get(owner, {}).get(one, ToldSet()).members
            rows = _pending(kind, owner, one, pending) if later else {}
            keep += [row for key, row in rows.items() if key not in already]
            drop += [(kind, owner, key, *one, hashed) for key, hashed in already if (key, hashed) not in rows]
    session.delete(tables.PENDING, tables.PENDING.key, drop)
    session.insert(tables.PENDING, tables.PENDING.names, keep)
    return changes


def _merged(incoming: Mapping[Clock, ToldSet], waiting: Mapping[Clock, ToldSet]) -> dict[Clock, ToldSet]:
    sets = dict(incoming)
    for clock, one in waiting.items():
        other = sets.get(clock)
        sets[clock] = one if other is None else ToldSet(one.size, one.members | other.members)
    return sets


def _pending(kind: str, owner: str, clock: Clock, one: ToldSet) -> dict[tuple[str, str], Values]:
    """Rows of ``_cdm_pending`` by member."""
    return {
        (key, hashed): (kind, owner, key, *clock, hashed, one.size, canonical(row))
        for (key, hashed), row in one.told.items()
    }


def keep_waiting(session: Session, kind: str, sets: ToldSets) -> None:
    """Put whole sets beside those that wait, where they are not yet."""
    known = waiting_sets(session, kind, sets)
    rows = [
        row
        for owner, told in sets.items()
        for clock, one in told.items()
        if clock not in known.get(owner, {})
        for row in _pending(kind, owner, clock, one).values()
    ]
    session.insert(tables.PENDING, tables.PENDING.names, rows)


def waiting_sets(session: Session, kind: str, owners: Collection[str]) -> dict[str, dict[Clock, ToldSet]]:
    """Return the sets of these owners that wait, by owner and clock."""
    columns = ("owner", "_version", "_observed_at", "_set", "size", "key", "_digest", "row")
    found: dict[str, dict[Clock, ToldSet]] = {}
    keys = [(kind, owner) for owner in owners]
    for owner, version, observed_at, token, size, key, hashed, row in session.fetch(
        tables.PENDING, columns, ("kind", "owner"), keys
    ):
        one = found.setdefault(owner, {}).setdefault(Clock(version, observed_at, token), ToldSet(size))
        told = msgspec.json.decode(row)
        one.members[key, hashed] = None if told is None else tuple(told)
    return found


def held_sets(session: Session, kind: str, owners: Collection[str]) -> dict[str, HeldSet]:
    """Return the stored sets of these owners."""
    columns = ("owner", "_version", "_observed_at", "_set", "_digest")
    rows = session.fetch(tables.SET, columns, ("kind", "owner"), [(kind, owner) for owner in owners])
    return {owner: HeldSet(Clock(*clock), hashed) for owner, *clock, hashed in rows}


def write_held(session: Session, kind: str, sets: Mapping[str, HeldSet], held: Collection[str]) -> None:
    """Keep which sets count, of owners that have one already and of others."""
    table = tables.SET
    rows = [(kind, owner, *one.clock, one.digest) for owner, one in sorted(sets.items())]
    columns = ("_version", "_observed_at", "_set", "_digest")
    session.update(table, table.key, columns, [row for row in rows if row[1] in held], changed=True)
    session.insert(table, table.names, [row for row in rows if row[1] not in held])


def replace(
    session: Session, kind: str, table: Table, told: ToldSets, *, forgotten: Collection[str], keeps_later: bool
) -> Replacement:
    """Work out which rows of a table whose rows have an ``_owner`` a batch's sets add, change and remove.

    Args:
        session: The transaction.
        kind: Kind of the sets.
        table: Where their members are.
        told: What a batch tells of them.
        forgotten: Owners whose set counts no more, while its rows are in the table still.
        keeps_later: As for ``settle``.
    """
    settled = settle(session, kind, told, keeps_later=keeps_later)
    changes = {owner: one for owner, one in settled.items() if one.rows is not None}
    quiet = {owner for owner, change in changes.items() if change.says_nothing_new}
    session.touch(table, ("_owner",), [(owner,) for owner in sorted(quiet)])
    owners = {owner for owner, change in changes.items() if change.held and owner not in quiet} | set(forgotten)
    stored: dict[str, dict[str, str]] = {owner: {} for owner in (*changes, *forgotten)}
    for cdm_id, hashed, owner in session.fetch(
        table, ("cdm_id", "_digest", "_owner"), ("_owner",), [(owner,) for owner in owners]
    ):
        stored[owner][cdm_id] = hashed
    for cdm_id, claims in lost_claims(session, kind, "owner", owners).items():
        for owner, version in claims.items():
            stored[owner][cdm_id] = version.clock.digest
    plan = Replacement([], [], [], [])
    plan.gone.extend((owner, cdm_id) for owner in forgotten if owner not in changes for cdm_id in stored[owner])
    sets = {}
    for owner, change in changes.items():
        if owner in quiet:
            sets[owner] = HeldSet(change.clock, change.held.digest if change.held else "")
        else:
            sets[owner] = HeldSet(change.clock, _compare(plan, owner, change, stored[owner]))
    moved = {owner: one for owner, one in sets.items() if one != changes[owner].held}
    write_held(session, kind, moved, {owner for owner, change in changes.items() if change.held})
    return settle_claims(session, kind, table, plan)


def _compare(plan: Replacement, owner: str, change: Change, stored: Mapping[str, str]) -> str:
    """Add to a plan what becomes of one owner's rows.

    Returns:
        The digest of the set that counts.
    """
    members = {cdm_id: Version(Clock(0, "", hashed), ()) for cdm_id, hashed in stored.items()} if change.joins else {}
    for cdm_id, version in (change.rows or {}).items():
        before = stored.get(cdm_id)
        if before is None:
            plan.new.append((owner, version))
        elif version.clock.digest != before and not (change.joins and before > version.clock.digest):
            plan.other.append((owner, version))
        else:
            plan.same.append(cdm_id)
        if cdm_id not in members or version.clock.digest > members[cdm_id].clock.digest:
            members[cdm_id] = version
    plan.gone.extend((owner, cdm_id) for cdm_id in stored if cdm_id not in members)
    return set_digest(members)


def write_access(session: Session, told: ToldSets, *, forgotten: Collection[str], hard_delete: bool) -> None:
    """Access rows: the set that a parent told last."""
    table = tables.ACCESS
    plan = replace(session, "access", table, told, forgotten=forgotten, keeps_later=hard_delete)
    session.touch(table, table.key, [(cdm_id,) for cdm_id in plan.same])
    session.delete(table, table.key, [(cdm_id,) for _, cdm_id in plan.gone])
    rows = [(version.row[0], *version.row, owner, version.clock.digest) for owner, version in plan.other]
    session.update(table, table.key, table.names, rows, changed=True)
    session.insert(table, table.names, [(*v.row, owner, v.clock.digest) for owner, v in plan.new])
