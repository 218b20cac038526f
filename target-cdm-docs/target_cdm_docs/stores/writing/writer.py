"""Writes what a batch says into the tables of a database: reads what is there, decides, writes what differs.

Writers take turns (one lock a database schema), so that between reading and writing nothing changes. Rows that say
nothing new are only touched (``synced_at``): a file that comes again sends no body to the database.
"""

from __future__ import annotations

from typing import Any

from target_cdm_docs.stores.engines.session import Session
from target_cdm_docs.stores.resolving.links import write_links
from target_cdm_docs.stores.resolving.names import Names
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.tables.tables import Table
from target_cdm_docs.stores.writing.chunk_writer import write_chunks
from target_cdm_docs.stores.writing.item_writer import buried_by, tombstones_of, write_items
from target_cdm_docs.stores.writing.news import Key, News, Version, observed_at_of
from target_cdm_docs.stores.writing.purge import drop_buried, purge, target_of
from target_cdm_docs.stores.writing.sets import write_access

_REGISTERS = (tables.USER, tables.GROUP, tables.REVISION, tables.RAW)


def write(session: Session, news: News, *, hard_delete: bool) -> None:
    """Bring the tables to what they and the news say together."""
    write_register(session, tables.TOMBSTONE, news.registers.get(tables.TOMBSTONE.name, {}))
    names = Names(session)
    if hard_delete:
        drop_buried(news, tombstones_of(session, _everything_told_of(news)))
        purge(session, tombstones_of(session, buried_by(news)), names)
    for table in _REGISTERS:
        write_register(session, table, news.registers.get(table.name, {}))
    _write_spaces(session, news, names, hard_delete=hard_delete)
    changed, flipped = write_items(session, news)
    names.write(news, changed)
    write_chunks(session, news.sets["chunk"], flipped, hard_delete=hard_delete)
    write_access(session, news.sets["access"])
    write_links(session, news.sets["link"], names)


def write_register(session: Session, table: Table, incoming: dict[Key, Version]) -> None:
    """Rows that stand alone: of each the greatest rank is kept."""
    if not incoming:
        return
    key = table.key
    width = len(key)
    found = session.fetch(table, (*key, "_clock", "_digest"), key, incoming.keys())
    stored = {tuple(row[:width]): row[width:] for row in found}
    new, same, other = [], [], []
    for one, version in sorted(incoming.items()):
        held = stored.get(one)
        if held is None:
            new.append((*version.row, version.rank, version.digest))
        elif version.rank > held[0] and version.digest == held[1]:
            same.append((*one, version.rank))
        elif version.rank > held[0]:
            other.append((*one, *version.row, version.rank, version.digest))
    session.touch(table, key, stored.keys())
    session.update(table, key, ("_clock",), same, changed=False)
    session.update(table, key, table.names, other, changed=True)
    session.insert(table, table.names, new)


def write_run(session: Session, row: tuple[Any, ...]) -> None:
    """The run's own row."""
    table = tables.RUN
    if session.fetch(table, table.key, table.key, [row[:1]]):
        session.update(table, table.key, table.names, [(row[0], *row)], changed=True)
    else:
        session.insert(table, table.names, [row])


def _everything_told_of(news: News) -> set[str]:
    item_of_revision = tables.REVISION.names.index("item_cdm_id")
    told = set(news.items) | buried_by(news) | {item for item, _ in news.names}
    told |= set(news.sets["link"]) | set(news.sets["chunk"])
    for table in (tables.SPACE, tables.PLACE):
        told |= {key[0] for key in news.registers.get(table.name, {})}
    told |= {v.row[item_of_revision] for v in news.registers.get(tables.REVISION.name, {}).values()}
    told |= {target_of(owner) for owner in news.sets["access"]}
    return told | {item for item, _ in news.facet_sets} | {item for item, _, _ in news.facets}


def _write_spaces(session: Session, news: News, names: Names, *, hard_delete: bool) -> None:
    incoming = news.registers.get(tables.SPACE.name, {})
    touched = {key[0] for key in incoming} | {one for one in buried_by(news) if one.startswith("cdm:doc:space:")}
    if not touched:
        return
    names.remember_spaces()
    write_register(session, tables.SPACE, incoming)
    tombstones = tombstones_of(session, touched)
    rows = session.fetch(tables.SPACE, ("cdm_id", "_clock", "deleted_at"), ("cdm_id",), [(one,) for one in touched])
    buried, stamps = [], []
    for cdm_id, clock, deleted_at in sorted(rows):
        tombstone = tombstones.get(cdm_id)
        gone = tombstone.detected_at if tombstone and tombstone.detected_at > observed_at_of(clock) else None
        if gone and hard_delete:
            buried.append((cdm_id,))
        elif gone != deleted_at:
            stamps.append((cdm_id, gone))
    session.update(tables.SPACE, ("cdm_id",), ("deleted_at",), stamps, changed=True)
    session.delete(tables.SPACE, ("cdm_id",), buried)
    names.spaces_changed()
