"""Rows that come as an owner's whole set: links, access rows, chunks. A newer set replaces an older one."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.writing.news import Members, Version
from target_cdm_docs.stores.writing.text import digest_of_texts


class Replacement(NamedTuple):
    """What replacing sets comes to.

    Attributes:
        new: (owner, row) to add.
        other: (owner, row) to write over what is there.
        gone: Ids of rows to remove.
    """

    new: list[tuple[str, Version]]
    other: list[tuple[str, Version]]
    gone: list[str]


def replace(session: Session, kind: str, table: Table, incoming: dict[str, Members]) -> Replacement:
    """Work out which rows of a table a batch's sets add, change and remove, and keep the sets' ranks.

    Of two sets with the same rank, both count together: a set may come one row at a time. An id that two owners claim
    belongs to the greater owner.
    """
    current = {owner: current_of(members) for owner, members in incoming.items()}
    held = held_sets(session, kind, current)
    current = {owner: rows for owner, rows in current.items() if _tells(incoming[owner], rows, held.get(owner))}
    session.touch(table, ("_owner",), [(owner,) for owner in sorted(held)])
    stored: dict[str, dict[str, str]] = {owner: {} for owner in current}
    for cdm_id, hashed, owner in session.fetch(
        table, ("cdm_id", "_digest", "_owner"), ("_owner",), [(owner,) for owner in current if owner in held]
    ):
        stored[owner][cdm_id] = hashed
    plan = Replacement([], [], [])
    ranks = []
    for owner, rows in sorted(current.items()):
        same_set = owner in held and held[owner][0] == incoming[owner].rank
        digests = dict(stored[owner]) if same_set else {}
        for cdm_id, version in rows.items():
            before = stored[owner].get(cdm_id)
            if before is None:
                plan.new.append((owner, version))
            elif version.digest != before and not (same_set and before > version.digest):
                plan.other.append((owner, version))
            digests[cdm_id] = max(version.digest, digests.get(cdm_id, ""))
        plan.gone.extend(cdm_id for cdm_id in stored[owner] if cdm_id not in digests)
        ranks.append((kind, owner, incoming[owner].rank, set_digest(digests)))
    write_ranks(session, ranks, held)
    return _with_one_owner(session, table, plan)


def current_of(members: Members) -> dict[str, Version]:
    """Return the members of the newest set."""
    return {cdm_id: version for cdm_id, version in members.rows.items() if version.rank == members.rank}


def _tells(members: Members, rows: dict[str, Version], held: tuple[str, str] | None) -> bool:
    """Whether a set is news."""
    if held is None or members.rank > held[0]:
        return True
    return members.rank == held[0] and set_digest({one: version.digest for one, version in rows.items()}) != held[1]


def set_digest(digests: dict[str, str]) -> str:
    """Return a hash of a set: of the digests of its members by id."""
    return digest_of_texts([f"{cdm_id} {hashed}" for cdm_id, hashed in sorted(digests.items())])


def held_sets(session: Session, kind: str, owners: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return rank and digest of the stored sets of these owners."""
    rows = session.fetch(
        tables.SET, ("owner", "_clock", "_digest"), ("kind", "owner"), [(kind, owner) for owner in owners]
    )
    return {owner: (rank, hashed) for owner, rank, hashed in rows}


def write_ranks(session: Session, ranks: list[tuple[str, str, str, str]], held: Collection[str]) -> None:
    """Keep how new the stored sets are: (kind, owner, rank, digest)."""
    table = tables.SET
    session.update(table, table.key, ("_clock", "_digest"), [r for r in ranks if r[1] in held], changed=True)
    session.insert(table, table.names, [r for r in ranks if r[1] not in held])


def _with_one_owner(session: Session, table: Table, plan: Replacement) -> Replacement:
    """Settle ids that two owners claim, in this batch or in the table."""
    wanted: dict[str, tuple[str, Version]] = {}
    for owner, version in plan.new:
        cdm_id = version.row[0]
        if cdm_id not in wanted or owner > wanted[cdm_id][0]:
            wanted[cdm_id] = (owner, version)
    taken = dict(session.fetch(table, ("cdm_id", "_owner"), ("cdm_id",), [(cdm_id,) for cdm_id in wanted]))
    gone = set(plan.gone)
    new = [(owner, version) for cdm_id, (owner, version) in sorted(wanted.items()) if cdm_id not in taken]
    other = list(plan.other)
    for cdm_id, owner in taken.items():
        if wanted[cdm_id][0] > owner or cdm_id in gone:
            other.append(wanted[cdm_id])
            gone.discard(cdm_id)
    return Replacement(new, sorted(other, key=lambda one: one[1].row[0]), sorted(gone))


def write_access(session: Session, incoming: dict[str, Members]) -> None:
    """Access rows: the set that a parent told last."""
    if not incoming:
        return
    table = tables.ACCESS
    plan = replace(session, "access", table, incoming)
    session.delete(table, table.key, [(cdm_id,) for cdm_id in plan.gone])
    session.update(
        table,
        table.key,
        table.names,
        [(version.row[0], *version.row, owner, version.digest) for owner, version in plan.other],
        changed=True,
    )
    session.insert(table, table.names, [(*version.row, owner, version.digest) for owner, version in plan.new])
