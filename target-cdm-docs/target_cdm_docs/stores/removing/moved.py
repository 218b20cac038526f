"""``hard_delete``: what was told of an item before it moved, out of the tables, until it is known to stand elsewhere.

Whether the word that something moved counts follows from where the item stands, and a record that comes late may tell
another place. So what such a tombstone took is no longer in the tables, but kept as it was told (``_cdm_pending``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec
from cdm_docs.model.rows import Clock

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.resolving.resolve import name_digest
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.values import canonical
from target_cdm_docs.stores.writing.newest import Key, Name, Newest, Row, ToldSet, Version, target_of, told_later
from target_cdm_docs.stores.writing.tombstones import owner_of

_KIND = "moved"
_TABLES = {table.name: table for table in (tables.ITEM, tables.PLACE, tables.FACET, tables.REVISION)}
_ITEM_OF = {table.name: 0 for table in _TABLES.values()} | {
    tables.REVISION.name: tables.REVISION.names.index("item_cdm_id")
}
"""By table: which column tells the item."""


def bring_back(session: Session, newest: Newest, items: Collection[str]) -> set[Key]:
    """Add to a batch what is kept of these items, as if it were told now.

    Returns:
        The keys under which it is kept.
    """
    columns = (*tables.PENDING.key, "size", "row")
    keys = [(_KIND, owner_of(item)) for item in sorted(items)]
    known = set()
    for *place, size, text in session.fetch(tables.PENDING, columns, ("kind", "owner"), keys):
        known.add(tuple(place))
        _, _, key, version, observed_at, token, hashed = place
        of, *rest = msgspec.json.decode(key)
        told = msgspec.json.decode(text)
        row = () if told is None else tuple(told)
        if of in _TABLES:
            newest.keep(_TABLES[of], tuple(rest), Version(Clock(version, observed_at, hashed), row))
            newest.see(_TABLES[of], row[0], observed_at)
        elif of == tables.NAME.name:
            item, newest.systems[item], *name = row
            called = item, Name(*name)
            newest.names[called] = max(newest.names.get(called, ""), observed_at)
        else:
            owner, member = rest
            one = ToldSet(size, {(member, hashed): row or None})
            newest.sets[of].setdefault(owner, {}).setdefault(Clock(version, observed_at, token), one).join(one)
    return known


def put_away(session: Session, taken: Newest, known: Collection[Key]) -> None:
    """Keep what was taken out of a batch and out of the tables, and nothing else.

    Args:
        session: The transaction.
        taken: What is to be kept.
        known: The keys under which something was kept before.
    """
    after = {row[:-2]: row for row in _rows(taken)}
    session.delete(tables.PENDING, tables.PENDING.key, sorted(key for key in known if key not in after))
    session.insert(tables.PENDING, tables.PENDING.names, [row for key, row in after.items() if key not in known])


def _rows(taken: Newest) -> Iterator[Row]:
    told = [(name, key, version) for name, table in _TABLES.items() for key, version in taken.of(table).items()]
    found: dict[tuple[str, Key], list[Version]] = {}
    for name, key, version in told + taken.lesser:
        found.setdefault((name, key), []).append(version)
    for (name, key), versions in found.items():
        for clock, row in told_later(versions):
            yield _row(row[_ITEM_OF[name]], [name, *key], (*clock[:2], "", clock.digest), 0, row)
    for called, held_at in taken.names.items():
        item, name_of = called
        row = (item, taken.systems[item], *name_of)
        yield _row(item, [tables.NAME.name, name_digest(name_of)], (0, held_at, "", ""), 0, row)
    for kind, owners in taken.sets.items():
        sets = [(owner, clock, one) for owner, of in owners.items() for clock, one in of.items()]
        for owner, clock, one in sets:
            for (member, hashed), told_row in one.told.items():
                yield _row(target_of(kind, owner), [kind, owner, member], (*clock, hashed), one.size, told_row)


def _row(item: str, key: Iterable[str], clock: tuple[int, str, str, str], size: int, row: Row | None) -> Row:
    return (_KIND, owner_of(item), canonical(list(key)), *clock, size, canonical(row))
