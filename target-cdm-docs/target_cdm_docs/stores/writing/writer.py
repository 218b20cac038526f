"""Writes what a batch says into the tables of a database: reads what is there, decides, writes what differs.

Writers take turns (one lock a database schema), so that between reading and writing nothing changes. Rows that say
nothing new are only touched (``synced_at``): a file that comes again sends no body to the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdm_docs.model.rows import Clock

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.removing.hard_delete import forget_the_dead
from target_cdm_docs.stores.resolving.links import write_links
from target_cdm_docs.stores.resolving.names import Names
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.writing.chunk_writer import write_chunks
from target_cdm_docs.stores.writing.item_writer import write_items
from target_cdm_docs.stores.writing.newest import Key, Newest, Version
from target_cdm_docs.stores.writing.sets import write_access
from target_cdm_docs.stores.writing.tombstones import keep_lesser, tombstones_of

_REGISTERS = (tables.USER, tables.GROUP, tables.REVISION, tables.RAW)
_CLOCK = ("_version", "_observed_at", "_digest")


def write(session: Session, newest: Newest, *, hard_delete: bool) -> None:
    """Bring the tables to what they and the batch say together."""
    keep_lesser(session, newest)
    write_register(session, tables.TOMBSTONE, newest.of(tables.TOMBSTONE))
    names = Names(session)
    if hard_delete:
        forget_the_dead(session, newest, names)
    for table in _REGISTERS:
        write_register(session, table, newest.of(table))
    _write_spaces(session, newest, names)
    changed, restamped = write_items(session, newest, hard_delete=hard_delete)
    names.write(newest, changed)
    write_chunks(session, newest.sets["chunk"], restamped, hard_delete=hard_delete)
    write_access(session, newest.sets["access"], forgotten=newest.forgotten["access"], hard_delete=hard_delete)
    write_links(session, newest.sets["link"], names, forgotten=newest.forgotten["link"], hard_delete=hard_delete)


def write_register(session: Session, table: Table, incoming: Mapping[Key, Version]) -> None:
    """Rows that stand alone: of each the greatest is kept."""
    if not incoming:
        return
    key = table.key
    width = len(key)
    found = session.fetch(table, (*key, *_CLOCK), key, incoming.keys())
    stored = {tuple(row[:width]): Clock(*row[width:]) for row in found}
    new, seen, same, other = [], [], [], []
    for one, version in sorted(incoming.items()):
        held = stored.get(one)
        if held is None:
            new.append((*version.row, *version.clock))
        elif version.clock <= held:
            seen.append(one)
        elif version.clock.digest == held.digest:
            same.append((*one, *version.clock[:2]))
        else:
            other.append((*one, *version.row, *version.clock))
    session.touch(table, key, seen)
    session.update(table, key, _CLOCK[:2], same, changed=False)
    session.update(table, key, table.names, other, changed=True)
    session.insert(table, table.names, new)


def write_run(session: Session, row: tuple[Any, ...]) -> None:
    """The run's own row."""
    table = tables.RUN
    if session.fetch(table, table.key, table.key, [row[:1]]):
        session.update(table, table.key, table.names, [(row[0], *row)], changed=True)
    else:
        session.insert(table, table.names, [row])


def _write_spaces(session: Session, newest: Newest, names: Names) -> None:
    incoming = newest.of(tables.SPACE)
    touched = set(incoming) | {key for key in newest.of(tables.TOMBSTONE) if key[0].startswith("cdm:doc:space:")}
    if not touched:
        return
    names.remember_spaces()
    write_register(session, tables.SPACE, incoming)
    tombstones = tombstones_of(session, [cdm_id for (cdm_id,) in touched])
    stamps = []
    for cdm_id, observed_at, deleted_at in sorted(
        session.fetch(tables.SPACE, ("cdm_id", "_observed_at", "deleted_at"), ("cdm_id",), touched)
    ):
        gone = next((one.detected_at for one in tombstones.get(cdm_id, ()) if one.detected_at > observed_at), None)
        if gone != deleted_at:
            stamps.append((cdm_id, gone))
    session.update(tables.SPACE, ("cdm_id",), ("deleted_at",), stamps, changed=True)
    names.spaces_changed()
