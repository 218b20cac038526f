"""Writes chunks: those of an item's newest text, and, stamped, those that earlier texts had and it has not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.writing.news import Members, observed_at_of
from target_cdm_docs.stores.writing.sets import current_of, held_sets, set_digest, write_ranks

_DELETED_AT = tables.CHUNK.names.index("deleted_at")


class _Stored(NamedTuple):
    """A chunk as it is in the table."""

    rank: str
    digest: str
    deleted_at: str | None


class _Rows(NamedTuple):
    """What a batch does to the table. ``changed``: whether a chunk comes, goes or comes back."""

    new: list[Values]
    rewritten: dict[bool, list[Values]]
    stamped: dict[bool, list[Values]]
    removed: list[Values]


def write_chunks(
    session: Session, incoming: dict[str, Members], flipped: Collection[str], *, hard_delete: bool
) -> None:
    """Write the sets of a batch.

    Args:
        session: The transaction.
        incoming: Sets by item, with the members of former sets.
        flipped: Items that were there and are gone, or the reverse: their chunks follow.
        hard_delete: Remove what is gone instead of stamping it.
    """
    held = held_sets(session, "chunk", {*incoming, *flipped})
    quiet = {
        owner for owner, members in incoming.items() if owner not in flipped and _is_known(members, held.get(owner))
    }
    table = tables.CHUNK
    session.touch(table, ("item_cdm_id",), [(owner,) for owner in sorted(quiet)])
    owners = sorted(({*incoming} | {one for one in flipped if one in held}) - quiet)
    if not owners:
        return
    keys = [(owner,) for owner in owners]
    gone_at = dict(session.fetch(tables.ITEM, ("cdm_id", "deleted_at"), ("cdm_id",), keys))
    stored: dict[str, dict[str, _Stored]] = {}
    columns = ("item_cdm_id", "cdm_id", "_clock", "_digest", "deleted_at")
    for owner, cdm_id, *rest in session.fetch(table, columns, ("item_cdm_id",), keys):
        stored.setdefault(owner, {})[cdm_id] = _Stored(*rest)
    rows = _Rows([], {True: [], False: []}, {True: [], False: []}, [])
    ranks = []
    for owner in owners:
        rank = held[owner][0] if owner in held else ""
        members = incoming.get(owner) or Members(rank)
        rank = max(rank, members.rank)
        digests = _merge(rows, members, stored.get(owner, {}), rank, gone_at.get(owner), hard_delete=hard_delete)
        ranks.append(("chunk", owner, rank, set_digest(digests)))
    session.touch(table, ("item_cdm_id",), keys)
    session.delete(table, table.key, rows.removed)
    for turned in (False, True):
        session.update(table, table.key, ("deleted_at",), rows.stamped[turned], changed=turned)
        session.update(table, table.key, table.names, rows.rewritten[turned], changed=turned)
    session.insert(table, table.names, rows.new)
    write_ranks(session, ranks, held)


def _is_known(members: Members, held: tuple[str, str] | None) -> bool:
    """Whether a set is the stored one and came without former members."""
    current = current_of(members)
    if len(current) != len(members.rows):
        return False
    return held == (members.rank, set_digest({one: version.digest for one, version in current.items()}))


def _merge(
    rows: _Rows,
    members: Members,
    there: dict[str, _Stored],
    rank: str,
    item_gone_at: str | None,
    *,
    hard_delete: bool,
) -> dict[str, str]:
    """Settle one item's chunks.

    Returns:
        The digests of the newest set by chunk.
    """
    digests: dict[str, str] = {}
    for cdm_id in sorted({*members.rows, *there}):
        version, before = members.rows.get(cdm_id), there.get(cdm_id)
        row: list[Any] | None = None
        if version is not None and (before is None or version[:2] > before[:2]):
            own = _Stored(version.rank, version.digest, None)
            row = [*version.row, version.rank, version.digest]
        elif before is not None:
            own = before
        else:
            continue
        current = own.rank == rank
        if current:
            digests[cdm_id] = own.digest
        deleted_at = item_gone_at if current else observed_at_of(rank)
        if row is not None:
            row[_DELETED_AT] = deleted_at
        if hard_delete and not current:
            rows.removed.append((cdm_id,))
        elif row is not None and before is None:
            rows.new.append(row)
        elif row is not None and before is not None:
            rows.rewritten[(before.deleted_at is None) != (deleted_at is None)].append((cdm_id, *row))
        elif before is not None and deleted_at != before.deleted_at:
            rows.stamped[(before.deleted_at is None) != (deleted_at is None)].append((cdm_id, deleted_at))
    return digests
