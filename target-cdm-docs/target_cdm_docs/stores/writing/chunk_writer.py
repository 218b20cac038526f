"""Writes chunks: those of an item's newest text, and, stamped, those that earlier texts had and it has not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from cdm_docs.model.rows import Clock

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.writing.newest import Version, set_digest
from target_cdm_docs.stores.writing.sets import Change, HeldSet, ToldSets, held_sets, settle, write_held

_DELETED_AT = tables.CHUNK.names.index("deleted_at")
_CURRENT = (None, None, None)
"""Instead of the clock of the newest set that had it, where that is the item's set."""


class _Stored(NamedTuple):
    """A chunk as it is in the table; ``clock`` is None of a member of the item's set."""

    clock: Clock | None
    digest: str
    deleted_at: str | None


class _After(NamedTuple):
    """What a chunk is to be; ``clock`` as in the table."""

    version: Version
    clock: tuple[int | str | None, ...]
    deleted_at: str | None


class _Rows(NamedTuple):
    """What a batch does to the table; by whether a chunk comes or goes."""

    new: list[Values]
    rewritten: dict[bool, list[Values]]
    stamped: dict[bool, list[Values]]
    removed: list[Values]
    same: list[Values]


def write_chunks(session: Session, told: ToldSets, restamped: Collection[str], *, hard_delete: bool) -> None:
    """Write the sets of a batch.

    Args:
        session: The transaction.
        told: Sets by item.
        restamped: Items whose ``deleted_at`` changed: their chunks follow.
        hard_delete: Remove what is gone instead of stamping it.
    """
    table = tables.CHUNK
    changes = settle(session, "chunk", told, keeps_later=hard_delete)
    held = held_sets(session, "chunk", [one for one in restamped if one not in changes])
    changes |= {owner: Change(one, one.clock, None, {}) for owner, one in held.items()}
    quiet = {
        owner
        for owner, one in changes.items()
        if owner not in restamped and one.joins and one.says_nothing_new and not one.former
    }
    session.touch(table, ("item_cdm_id",), [(owner,) for owner in sorted(quiet)])
    owners = sorted(set(changes) - quiet)
    if not owners:
        return
    keys = [(owner,) for owner in owners]
    gone_at = dict(session.fetch(tables.ITEM, ("cdm_id", "deleted_at"), ("cdm_id",), keys))
    stored: dict[str, dict[str, _Stored]] = {}
    columns = ("item_cdm_id", "cdm_id", "_digest", "deleted_at", "_version", "_observed_at", "_set")
    for owner, cdm_id, hashed, deleted_at, *clock in session.fetch(table, columns, ("item_cdm_id",), keys):
        left = None if clock[0] is None else Clock(*clock)
        stored.setdefault(owner, {})[cdm_id] = _Stored(left, hashed, deleted_at)
    rows = _Rows([], {True: [], False: []}, {True: [], False: []}, [], [])
    sets = {}
    for owner in owners:
        there, change = stored.get(owner, {}), changes[owner]
        hashed = _merge(rows, change, there, gone_at.get(owner), hard_delete=hard_delete)
        sets[owner] = HeldSet(change.clock, hashed)
    session.touch(table, table.key, rows.same)
    session.delete(table, table.key, rows.removed)
    for turned in (False, True):
        left_columns = ("deleted_at", "_version", "_observed_at", "_set")
        session.update(table, table.key, left_columns, rows.stamped[turned], changed=turned)
        session.update(table, table.key, table.names, rows.rewritten[turned], changed=turned)
    session.insert(table, table.names, rows.new)
    moved = {owner: one for owner, one in sets.items() if one != changes[owner].held}
    write_held(session, "chunk", moved, {owner for owner, one in changes.items() if one.held})


def _merge(
    rows: _Rows, change: Change, there: Mapping[str, _Stored], item_gone_at: str | None, *, hard_delete: bool
) -> str:
    """Settle one item's chunks.

    Returns:
        The digest of the set that counts.
    """
    stands = change.joins or change.rows is None
    current = {cdm_id: Version(Clock(0, "", one.digest), ()) for cdm_id, one in there.items() if one.clock is None}
    members = dict(current) if stands else {}
    for cdm_id, version in (change.rows or {}).items():
        if cdm_id not in members or version.clock.digest > members[cdm_id].clock.digest:
            members[cdm_id] = version
    for cdm_id in sorted({*members, *there, *change.former}):
        before = there.get(cdm_id)
        if cdm_id in members:
            after = _After(members[cdm_id], _CURRENT, item_gone_at)
        elif hard_delete:
            if before is not None:
                rows.removed.append((cdm_id,))
            continue
        else:
            version, left = _newest_former(cdm_id, change, before)
            after = _After(version, left, change.clock.observed_at)
        _write(rows, cdm_id, after, before)
    return set_digest(members)


def _newest_former(cdm_id: str, change: Change, before: _Stored | None) -> tuple[Version, Clock]:
    """What a chunk was like in the newest set that had it, and that set's clock."""
    found = []
    if former := change.former.get(cdm_id):
        found.append((former.version, former.clock))
    if before is not None:
        left = before.clock or (change.held.clock if change.held else change.clock)
        found.append((Version(Clock(0, "", before.digest), ()), left))
    return max(found, key=lambda one: (one[1], one[0].clock.digest, not one[0].row))


def _write(rows: _Rows, cdm_id: str, after: _After, before: _Stored | None) -> None:
    version, clock, deleted_at = after
    turned = before is not None and (before.deleted_at is None) != (deleted_at is None)
    values = list(version.row)
    if values:
        values[_DELETED_AT] = deleted_at
    if before is None:
        rows.new.append((*values, *clock, version.clock.digest))
    elif values and version.clock.digest != before.digest:
        rows.rewritten[turned].append((cdm_id, *values, *clock, version.clock.digest))
    elif deleted_at != before.deleted_at or clock != (before.clock or _CURRENT):
        rows.stamped[turned].append((cdm_id, deleted_at, *clock))
    else:
        rows.same.append((cdm_id,))
