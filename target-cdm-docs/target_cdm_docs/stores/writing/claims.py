"""Ids that several owners claim: the greatest owner's row stands in the table, the others wait in ``_cdm_pending``.

Who claims what follows from the sets that count, and who wins from who claims, so that the order of records decides
nothing. Ids of this package's mapping have one owner each; another mapper's ``cdm_doc_link`` and ``cdm_doc_access``
need not, nor do access rows that were told straight and through a mapper.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import msgspec
from cdm_docs.model.rows import Clock

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.values import canonical
from target_cdm_docs.stores.writing.newest import Row, Version

_KEPT = ("~", "")
"""Instead of the moment and the token of a set: no tombstone is later."""


class Replacement(NamedTuple):
    """What replacing sets comes to.

    Attributes:
        new: (owner, row) to add.
        other: (owner, row) to write over what is there.
        gone: (owner, id) of rows to remove.
        same: Ids of rows that stay as they are.
    """

    new: list[tuple[str, Version]]
    other: list[tuple[str, Version]]
    gone: list[tuple[str, str]]
    same: list[str]


def lost_claims(session: Session, kind: str, by: str, values: Collection[str]) -> dict[str, dict[str, Version]]:
    """Return claims that lost, by id, by owner; those ``by`` some ``owner`` or on some ``key``, which is the id."""
    keys = [(_kind(kind), value) for value in values]
    columns = ("owner", "key", "_digest", "row")
    found: dict[str, dict[str, Version]] = {}
    for owner, cdm_id, hashed, row in session.fetch(tables.PENDING, columns, ("kind", by), keys):
        found.setdefault(cdm_id, {})[owner] = Version(Clock(0, "", hashed), tuple(msgspec.json.decode(row)))
    return found


def settle_claims(session: Session, kind: str, table: Table, plan: Replacement) -> Replacement:
    """Settle ids that several owners claim, in a batch's sets and in the stored ones."""
    claimed: dict[str, dict[str, Version]] = {}
    for owner, version in (*plan.new, *plan.other):
        claimed.setdefault(version.row[0], {})[owner] = version
    left: dict[str, set[str]] = {}
    for owner, cdm_id in plan.gone:
        left.setdefault(cdm_id, set()).add(owner)
    ids = claimed.keys() | left.keys()
    lost = lost_claims(session, kind, "key", ids)
    new = {version.row[0] for _, version in plan.new}
    holders = dict(
        session.fetch(table, ("cdm_id", "_owner"), ("cdm_id",), [(one,) for one in sorted(new | lost.keys())])
    )
    disputed = {
        cdm_id for cdm_id in ids if cdm_id in lost or len({*claimed.get(cdm_id, ()), *_one(holders.get(cdm_id))}) > 1
    }
    if not disputed:
        return plan
    stored = told_members(session, table, "cdm_id", disputed & holders.keys())
    rows = {row[0]: Version(Clock(0, "", hashed), row) for _, hashed, row in stored}
    settled = Replacement(
        [one for one in plan.new if one[1].row[0] not in disputed],
        [one for one in plan.other if one[1].row[0] not in disputed],
        [one for one in plan.gone if one[1] not in disputed],
        plan.same,
    )
    drop, keep = [], []
    for cdm_id in sorted(disputed):
        holder, before = holders.get(cdm_id), lost.get(cdm_id, {})
        claims = {**before, **({holder: rows[cdm_id]} if holder else {}), **claimed.get(cdm_id, {})}
        for owner in left.get(cdm_id, ()):
            if owner not in claimed.get(cdm_id, {}):
                claims.pop(owner, None)
        winner = max(claims, default=None)
        if winner is None:
            settled.gone.append((holder or "", cdm_id))
        elif holder is None:
            settled.new.append((winner, claims[winner]))
        elif winner != holder or claims[winner].clock.digest != rows[cdm_id].clock.digest:
            settled.other.append((winner, claims[winner]))
        after = {owner: version for owner, version in claims.items() if owner != winner}
        gone = {owner for owner, one in before.items() if owner not in after or after[owner].clock != one.clock}
        drop += [_key(kind, owner, cdm_id, before[owner]) for owner in sorted(gone)]
        keep += [
            (*_key(kind, owner, cdm_id, version), 0, canonical(list(version.row)))
            for owner, version in sorted(after.items())
            if owner not in before or owner in gone
        ]
    session.delete(tables.PENDING, tables.PENDING.key, drop)
    session.insert(tables.PENDING, tables.PENDING.names, keep)
    return settled


def _kind(kind: str) -> str:
    return f"lost {kind}"


def _one(owner: str | None) -> tuple[str, ...]:
    return () if owner is None else (owner,)


def _key(kind: str, owner: str, cdm_id: str, version: Version) -> tuple[Any, ...]:
    return (_kind(kind), owner, cdm_id, 0, *_KEPT, version.clock.digest)


def told_members(session: Session, table: Table, by: str, values: Collection[str]) -> Iterator[tuple[str, str, Row]]:
    """Yield the members of stored sets as they were told: owner, digest and row."""
    columns = [name for name in table.names if name[0] != "_"]
    owned_by = "item_cdm_id" if table is tables.CHUNK else "_owner"
    mark = {tables.LINK: "_ref", tables.CHUNK: "_set"}.get(table, owned_by)
    keys = [(value,) for value in values]
    for owner, hashed, marked, *row in session.fetch(table, (owned_by, "_digest", mark, *columns), (by,), keys):
        if table is tables.CHUNK and marked is not None:
            continue  # of an older set
        if table is tables.LINK and marked is not None:
            row[columns.index("to_item_cdm_id")] = None  # it was found by its name
        yield owner, hashed, tuple(row)
