"""Tombstones: the newest stands in ``cdm_doc_tombstone``, what may count beside it waits in ``_cdm_pending``.

Of what is ``moved`` the word counts only where the item stands in the tombstone's space, and where that is follows from
other records: so of each such space the newest one is kept, and the newest of those that count wherever it stands.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from cdm_docs.model.rows import Clock

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.values import canonical
from target_cdm_docs.stores.writing.items import Tombstone, Tombstones
from target_cdm_docs.stores.writing.newest import Newest, Row, Version

_MOVED = "moved"
_COLUMNS = ("detected_at", "reason", "space_cdm_id")
_PLACES = tuple(tables.TOMBSTONE.names.index(name) for name in ("target_cdm_id", *_COLUMNS))
_TOLD = len(tables.TOMBSTONE.names) - 3
"""How many columns its records tell: all but the clock's."""


def owner_of(target: str) -> str:
    """Return the owner, in ``_cdm_pending``, of what waits for a word about where a thing stands."""
    return f"moved:{target}"


def tombstones_of(session: Session, ids: Collection[str]) -> dict[str, Tombstones]:
    """Return the tombstones of these spaces and items that may count."""
    columns = ("target_cdm_id", *_COLUMNS)
    rows = session.fetch(tables.TOMBSTONE, columns, ("target_cdm_id",), [(one,) for one in ids])
    found = {target: [_tombstone(target, *told)] for target, *told in rows}
    moved = [target for target, (newest,) in found.items() if newest.only_in is not None]
    for target, versions in _waiting(session, moved).items():
        ordered = sorted(versions, key=lambda one: one.clock, reverse=True)
        found[target] += [_tombstone(*[one.row[place] for place in _PLACES]) for one in ordered]
    return dict(found)


def keep_lesser(session: Session, newest: Newest) -> None:
    """Keep what may count beside the newest tombstones. To be called before these are written."""
    told: dict[str, list[Version]] = {key[0]: [one] for key, one in newest.of(tables.TOMBSTONE).items()}
    if not told:
        return
    for name, key, version in newest.lesser:
        if name == tables.TOMBSTONE.name:
            told[key[0]].append(version)
    columns = tables.TOMBSTONE.names
    stored = session.fetch(tables.TOMBSTONE, columns, tables.TOMBSTONE.key, [(target,) for target in told])
    for row in stored:
        told[row[_PLACES[0]]].append(Version(Clock(*row[_TOLD:]), tuple(row[:_TOLD])))
    waiting = _waiting(session, told)
    drop: list[Values] = []
    keep: list[Values] = []
    for target, versions in told.items():
        before = {_key(target, one): one for one in waiting.get(target, ())}
        after = {_key(target, one): one for one in _beside_the_newest([*versions, *before.values()])}
        drop += [key for key in before if key not in after]
        keep += [(*key, 0, canonical(list(one.row))) for key, one in after.items() if key not in before]
    session.delete(tables.PENDING, tables.PENDING.key, drop)
    session.insert(tables.PENDING, tables.PENDING.names, keep)


def _beside_the_newest(versions: Collection[Version]) -> list[Version]:
    found: list[Version] = []
    known: set[str | None] = set()
    for version in sorted(versions, key=lambda one: one.clock, reverse=True):
        only_in = _only_in(version.row)
        if only_in not in known:
            known.add(only_in)
            found.append(version)
        if only_in is None:
            break
    return found[1:]


def _waiting(session: Session, targets: Collection[str]) -> dict[str, list[Version]]:
    keys = [(tables.TOMBSTONE.name, owner_of(target)) for target in targets]
    columns = ("_version", "_observed_at", "_digest", "row")
    found: dict[str, list[Version]] = {}
    for *clock, text in session.fetch(tables.PENDING, columns, ("kind", "owner"), keys):
        row = tuple(msgspec.json.decode(text))
        found.setdefault(row[_PLACES[0]], []).append(Version(Clock(*clock), row))
    return found


def _key(target: str, one: Version) -> Row:
    clock = one.clock
    only_in = _only_in(one.row) or ""
    owner = owner_of(target)
    return (tables.TOMBSTONE.name, owner, only_in, clock.version, clock.observed_at, "", clock.digest)


def _only_in(row: Row) -> str | None:
    return _tombstone(*[row[place] for place in _PLACES]).only_in


def _tombstone(target: str, detected_at: str, reason: str, space_cdm_id: str | None) -> Tombstone:
    stands_somewhere = reason == _MOVED and not target.startswith("cdm:doc:space:")
    return Tombstone(detected_at, reason, space_cdm_id if stands_somewhere else None)
