"""An item's row from what several streams said about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from cdm_docs.model.rows import Clock

from target_cdm_docs.stores.tables import tables
from target_cdm_docs.stores.values import canonical
from target_cdm_docs.stores.writing.newest import Row

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

    clock: Clock
    seen_at: str
    space_cdm_id: str | None
    parent_item_cdm_id: str | None
    title: str | None
    status: str | None
    position: int | None


class Tombstone(NamedTuple):
    """The word that something is gone.

    Attributes:
        detected_at: When that was found out.
        reason: Why.
        only_in: Of an item that moved: the space in which the word counts (CONTRACT 1.3, law 19); else None.
    """

    detected_at: str
    reason: str
    only_in: str | None


Tombstones = Sequence[Tombstone]
"""Those of one thing that may count, the newest first."""


def that_counts(tombstones: Tombstones, space_cdm_id: str | None) -> Tombstone | None:
    """Return the newest that counts for what stands in a space."""
    return next((one for one in tombstones if one.only_in in (None, space_cdm_id)), None)


Facets = dict[str, dict[str, str | None]]
"""By kind, by key: JSON texts. A kind is there, be it empty, once its whole set or one of it was told."""


def base_of(derived: Derived) -> Derived:
    """Derived columns without those that no content record decides."""
    return derived._replace(tags=None, deleted_at=None, deleted_reason=None)


def derived_of(row: Row) -> Derived:
    """The derived columns as a content record has them."""
    return base_of(Derived(*[row[position] for position in _POSITIONS]))


def with_derived(row: Row, derived: Derived) -> list[Any]:
    """A content record's row with the derived columns in their places."""
    values = list(row)
    for position, value in zip(_POSITIONS, derived, strict=True):
        values[position] = value
    return values


class Told(NamedTuple):
    """What other streams than its own tell of an item.

    Attributes:
        place: Its place, where one was told without content.
        facets: Its labels, tasks and properties.
        tombstones: The newest that counts is believed if it is later than all that was seen.
    """

    place: Place | None
    facets: Facets
    tombstones: Tombstones


def derive(base: Derived, clock: Clock, seen_at: str, told: Told) -> Derived:
    """Return the derived columns as all streams together have them.

    Args:
        base: The columns as the newest content record has them.
        clock: That record's: a place with a greater one is where the item stands now.
        seen_at: When the item's content was last told.
        told: What other streams tell.
    """
    place, facets, tombstones = told
    space, parent, title, status = base[:4]
    if place is not None:
        seen_at = max(seen_at, place.seen_at)
        if place.clock > clock:
            space, parent, title, status = place.space_cdm_id, place.parent_item_cdm_id, place.title, place.status
        else:
            place = None
    newest = that_counts(tombstones, space)
    gone = newest if newest is not None and newest.detected_at > seen_at else None
    return Derived(
        space,
        parent,
        title,
        status,
        _tags(facets),
        _properties(base.properties, facets, place),
        gone.detected_at if gone else None,
        gone.reason if gone else None,
    )


def _tags(facets: Facets) -> str | None:
    labels = facets.get("label")
    return (
        None if labels is None else canonical(sorted({msgspec.json.decode(name) for name in labels.values() if name}))
    )


def _properties(told: str | None, facets: Facets, place: Place | None) -> str | None:
    lists = {
        name: [msgspec.json.decode(value) for _, value in sorted(facets[kind].items()) if value is not None]
        for kind, name in _PROPERTIES_OF.items()
        if facets.get(kind)
    }
    if not lists and place is None and not any(f'"{name}"' in (told or "") for name in _PROPERTIES_OF.values()):
        return None if told == "{}" else told
    properties = msgspec.json.decode(told) if told else {}
    if not isinstance(properties, dict):
        return told
    for name in _PROPERTIES_OF.values():
        properties.pop(name, None)
    if place is not None:
        properties["position"] = place.position
    properties = {name: value for name, value in properties.items() if name != "position" or value is not None} | lists
    return canonical(properties) if properties else None
