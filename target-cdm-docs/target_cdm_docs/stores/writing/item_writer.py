"""Writes items: their content, and what other streams say of them (place, labels, tasks, tombstones)."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from target_cdm_docs.stores.engines.session import Session, Values
from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.writing.items import (
    DERIVED,
    Derived,
    Facets,
    Place,
    Said,
    Tombstone,
    derive,
    derived_of,
    with_derived,
)
from target_cdm_docs.stores.writing.news import News, Version, newer_set
from target_cdm_docs.stores.writing.text import canonical, digest

_STORED = ("cdm_id", "_clock", "_digest", "_seen_at", "created_at", *DERIVED)
_CREATED_AT = tables.ITEM.names.index("created_at")


class _Stored(NamedTuple):
    """An item's row as it is in the table."""

    rank: str
    digest: str
    seen_at: str
    created_at: str | None
    derived: Derived


def tombstones_of(session: Session, ids: Collection[str]) -> dict[str, Tombstone]:
    """Return the stored tombstones of these spaces and items."""
    columns = ("target_cdm_id", "detected_at", "reason")
    rows = session.fetch(tables.TOMBSTONE, columns, ("target_cdm_id",), [(one,) for one in ids])
    return {target: Tombstone(detected_at, reason) for target, detected_at, reason in rows}


def buried_by(news: News) -> set[str]:
    """Return what a batch's tombstones are about."""
    return {key[0] for key in news.registers.get(tables.TOMBSTONE.name, {})}


class _Rows(NamedTuple):
    """What a batch does to the items' table."""

    new: list[Values]
    rewritten: list[Values]
    restated: list[Values]
    reclocked: list[Values]


def write_items(session: Session, news: News) -> tuple[set[str], set[str]]:
    """Write the items.

    Returns:
        Those whose names, place or presence changed, and those that were there and are gone or the reverse.
    """
    touched = set(news.items) | set(news.placed_at) | {item for item, _ in news.facet_sets}
    touched |= {item for item, _, _ in news.facets} | buried_by(news)
    if not touched:
        return set(), set()
    places = _write_places(session, news, touched)
    facets = _write_facets(session, news, touched)
    tombstones = tombstones_of(session, touched)
    table = tables.ITEM
    stored = {
        row[0]: _Stored(row[1], row[2], row[3], row[4], Derived(*row[5:]))
        for row in session.fetch(table, _STORED, ("cdm_id",), [(one,) for one in sorted(touched)])
    }
    rows = _Rows([], [], [], [])
    changed, flipped = set(), set()
    for cdm_id in sorted(touched):
        said = Said(places.get(cdm_id), facets.get(cdm_id, {}), tombstones.get(cdm_id))
        seen_at = news.seen_at.get(cdm_id, "")
        held, version = stored.get(cdm_id), news.items.get(cdm_id)
        if held is not None:
            after, same_names = _again(rows, cdm_id, held, version, seen_at=seen_at, said=said)
            if after != held.derived or not same_names:
                changed.add(cdm_id)
            if (after.deleted_at is None) != (held.derived.deleted_at is None):
                flipped.add(cdm_id)
        elif version is not None:
            after = derive(derived_of(version.row), version.rank, seen_at, said)
            rows.new.append((*with_derived(version.row, after), version.rank, version.digest, seen_at))
            changed.add(cdm_id)
            if after.deleted_at is not None:
                flipped.add(cdm_id)
    session.touch(table, table.key, [(one,) for one in stored])
    session.update(table, table.key, ("_clock", "_seen_at"), rows.reclocked, changed=False)
    session.update(table, table.key, (*DERIVED, "_clock", "_seen_at"), rows.restated, changed=True)
    session.update(table, table.key, table.names, rows.rewritten, changed=True)
    session.insert(table, table.names, rows.new)
    return changed, flipped


def _again(
    rows: _Rows, cdm_id: str, held: _Stored, version: Version | None, *, seen_at: str, said: Said
) -> tuple[Derived, bool]:
    """Settle what becomes of a row that is there.

    Returns:
        Its derived columns afterwards, and whether the day it was created is the same.
    """
    seen_at = max(seen_at, held.seen_at)
    if version is not None and version.rank > held.rank:
        after = derive(derived_of(version.row), version.rank, seen_at, said)
        if version.digest != held.digest:
            rows.rewritten.append((cdm_id, *with_derived(version.row, after), version.rank, version.digest, seen_at))
            return after, version.row[_CREATED_AT] == held.created_at
        rank = version.rank
    else:
        after = derive(held.derived, held.rank, seen_at, said)
        rank = held.rank
    if after != held.derived:
        rows.restated.append((cdm_id, *after, rank, seen_at))
    elif (rank, seen_at) != (held.rank, held.seen_at):
        rows.reclocked.append((cdm_id, rank, seen_at))
    return after, True


def _write_places(session: Session, news: News, touched: Collection[str]) -> dict[str, Place]:
    """Keeps the newest place of each item, and answers the places of all that the batch touches."""
    table = tables.PLACE
    columns = ("cdm_id", "_clock", "_seen_at", "space_cdm_id", "parent_item_cdm_id", "title", "status", "position")
    places = {
        row[0]: Place(*row[1:]) for row in session.fetch(table, columns, ("cdm_id",), [(one,) for one in touched])
    }
    picked = [table.names.index(name) for name in columns[3:]]
    new, other, seen = [], [], []
    for (cdm_id,), version in sorted(news.registers.get(table.name, {}).items()):
        held = places.get(cdm_id)
        seen_at = max(news.placed_at[cdm_id], held.seen_at if held else "")
        if held is None:
            new.append((*version.row, version.rank, version.digest, seen_at))
        elif version.rank > held.rank:
            other.append((cdm_id, *version.row, version.rank, version.digest, seen_at))
        elif seen_at > held.seen_at:
            seen.append((cdm_id, seen_at))
            places[cdm_id] = held._replace(seen_at=seen_at)
        if held is None or version.rank > held.rank:
            places[cdm_id] = Place(version.rank, seen_at, *[version.row[i] for i in picked])
    session.update(table, table.key, ("_seen_at",), seen, changed=False)
    session.update(table, table.key, table.names, other, changed=True)
    session.insert(table, table.names, new)
    return places


def _write_facets(session: Session, news: News, touched: Collection[str]) -> dict[str, Facets]:
    """Keeps the newest labels, tasks and properties, and answers those of all items that the batch touches."""
    table = tables.FACET
    stored = {
        (item, kind, key): (clock, value)
        for item, kind, key, clock, value in session.fetch(
            table, ("item_cdm_id", "kind", "key", "_clock", "value"), ("item_cdm_id",), [(one,) for one in touched]
        )
    }
    merged: dict[tuple[str, str, str], tuple[str, str | None]] = {}
    for (item, kind), told in news.facet_sets.items():
        held = stored.get((item, kind, ""))
        old = (held[0], _texts(held[1])) if held else None
        told_at, members = newer_set(old, told)
        texts = ",".join(f"{canonical(key)}:{member}" for key, member in sorted(members.items()))
        merged[item, kind, ""] = (told_at, f"{{{texts}}}")
    for facet, ranked in news.facets.items():
        held = stored.get(facet)
        merged[facet] = max(held, ranked, key=lambda one: one[0]) if held else ranked
    new, other = [], []
    for facet, (clock, value) in sorted(merged.items()):
        if facet not in stored:
            new.append((*facet, value, clock, digest(value)))
        elif stored[facet] != (clock, value):
            other.append((*facet, value, clock, digest(value)))
    session.update(table, table.key, ("value", "_clock", "_digest"), other, changed=True)
    session.insert(table, table.names, new)
    facets: dict[str, Facets] = {}
    for (item, kind, key), (_, value) in (stored | merged).items():
        facets.setdefault(item, {})[kind, key] = value
    return facets


def _texts(value: str | None) -> dict[str, str]:
    return {key: canonical(member) for key, member in msgspec.json.decode(value or "{}").items()}
