"""An item's row from what several streams said about it. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.writing.news import Row
from target_cdm_docs.stores.writing.text import canonical

DERIVED = (
    "space_cdm_id",
    "parent_item_cdm_id",
    "title",
    "status",
    "tags",
    "properties",
    "deleted_at",
    "deleted_reason",
)
"""Columns that do not follow from the newest content record alone."""

_POSITIONS = tuple(tables.ITEM.names.index(name) for name in DERIVED)
_EMPTY = "{}"
_PROPERTIES_OF = {"task": "tasks", "property": "content_properties"}


class Derived(NamedTuple):
    """The values of ``DERIVED``."""

    space_cdm_id: str | None
    parent_item_cdm_id: str | None
    title: str | None
    status: str | None
    tags: str | None
    properties: str | None
    deleted_at: str | None
    deleted_reason: str | None


class Place(NamedTuple):
    """Where an item was last seen to stand, told without its content."""

    rank: str
    seen_at: str
    space_cdm_id: str | None
    parent_item_cdm_id: str | None
    title: str | None
    status: str | None
    position: int | None


class Tombstone(NamedTuple):
    """The newest word that something is gone."""

    detected_at: str
    reason: str


Facets = dict[tuple[str, str], str | None]
"""By (kind, key) the JSON text of the value; a whole set has the key ""."""


def derived_of(row: Row) -> Derived:
    """The derived columns as a content record has them."""
    return Derived(*[row[position] for position in _POSITIONS])


def with_derived(row: Row, derived: Derived) -> list[Any]:
    """A content record's row with the derived columns in their places."""
    values = list(row)
    for position, value in zip(_POSITIONS, derived, strict=True):
        values[position] = value
    return values


class Said(NamedTuple):
    """What other streams than its own say about an item.

    Attributes:
        place: Its place, where one was told without content.
        facets: Its labels, tasks and properties.
        tombstone: Its newest tombstone: believed if it is later than all that was seen.
    """

    place: Place | None
    facets: Facets
    tombstone: Tombstone | None


def derive(base: Derived, rank: str, seen_at: str, said: Said) -> Derived:
    """Return the derived columns as all streams together have them.

    Args:
        base: The columns as the newest content record has them, or as they are stored for it.
        rank: That record's rank: a place with a greater one is where the item stands now.
        seen_at: When the item's content was last told.
        said: What other streams say.
    """
    place, facets, tombstone = said
    space, parent, title, status = base[:4]
    if place is not None:
        seen_at = max(seen_at, place.seen_at)
        if place.rank > rank:
            space, parent, title, status = place.space_cdm_id, place.parent_item_cdm_id, place.title, place.status
        else:
            place = None
    gone = tombstone is not None and tombstone.detected_at > seen_at
    return Derived(
        space,
        parent,
        title,
        status,
        _tags(facets),
        _properties(base.properties, facets, place),
        tombstone.detected_at if gone and tombstone else None,
        tombstone.reason if gone and tombstone else None,
    )


def _tags(facets: Facets) -> str | None:
    labels = facets.get(("label", ""))
    return None if labels is None else canonical(sorted(msgspec.json.decode(labels)))


def _properties(stored: str | None, facets: Facets, place: Place | None) -> str | None:
    told: dict[str, list[Any]] = {}
    for (kind, _), value in sorted(facets.items()):
        if kind in _PROPERTIES_OF and value is not None:
            told.setdefault(_PROPERTIES_OF[kind], []).append(msgspec.json.decode(value))
    if not told and place is None and not any(f'"{name}"' in (stored or "") for name in _PROPERTIES_OF.values()):
        return None if stored == _EMPTY else stored
    properties = msgspec.json.decode(stored) if stored else {}
    if not isinstance(properties, dict):
        return stored
    for name in _PROPERTIES_OF.values():
        properties.pop(name, None)
    if place is not None:
        properties["position"] = place.position
    properties = {name: value for name, value in properties.items() if name != "position" or value is not None} | told
    return canonical(properties) if properties else None
