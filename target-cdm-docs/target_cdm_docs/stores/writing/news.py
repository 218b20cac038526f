"""What a batch says, reduced to the newest about each thing: the terms in which writers think. Pure.

Everything here is a maximum or a union, so that it does not matter in which order or how often rows come. A *rank* is a
clock as one text that compares like the clock (CONTRACT 2.4: version, then observed_at, then digest).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Row = tuple[Any, ...]
Key = tuple[str, ...]

_MOST = 10**12 - 1


def rank_of(version: int, observed_at: str, *digests: str) -> str:
    """A clock as a text that compares like it."""
    return "|".join((f"{min(max(version, 0), _MOST):012d}", observed_at, *digests))


def observed_at_of(rank: str) -> str:
    """The time of observation in a rank."""
    return rank.split("|", 2)[1]


class Version(NamedTuple):
    """What a record said: the greater one wins."""

    rank: str
    digest: str
    row: Row


class Name(NamedTuple):
    """A name by which a text may refer to an item: a title in a space, a file name on a container, a media id."""

    kind: str
    scope: str
    name: str


@dataclass(slots=True)
class Members:
    """The newest set that an owner told, and for each member, also former ones, the newest set that held it."""

    rank: str
    rows: dict[str, Version] = field(default_factory=dict)


@dataclass(slots=True)
class News:
    """What a batch says.

    Attributes:
        registers: By table, by key: the newest row of spaces, revisions, users, tombstones, places and raw records.
        items: The newest content by item.
        seen_at: By item: the newest time at which a record told its content.
        placed_at: By item: the newest time at which a record told its place alone.
        names: By item and name: when the item was last seen to have it.
        systems: By item: its source system.
        sets: By kind (``link``, ``access``, ``chunk``), by owner.
        facet_sets: By item and kind: when it was told and its members.
        facets: By item, kind and key: facets that come one by one.
    """

    registers: dict[str, dict[Key, Version]] = field(default_factory=dict)
    items: dict[str, Version] = field(default_factory=dict)
    seen_at: dict[str, str] = field(default_factory=dict)
    placed_at: dict[str, str] = field(default_factory=dict)
    names: dict[tuple[str, Name], str] = field(default_factory=dict)
    systems: dict[str, str] = field(default_factory=dict)
    sets: dict[str, dict[str, Members]] = field(default_factory=lambda: {"link": {}, "access": {}, "chunk": {}})
    facet_sets: dict[tuple[str, str], tuple[str, dict[str, str]]] = field(default_factory=dict)
    facets: dict[tuple[str, str, str], tuple[str, str | None]] = field(default_factory=dict)


def newer_set(old: tuple[str, dict[str, str]] | None, new: tuple[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
    """The newer of two whole sets; of two told at the same time, both together."""
    if old is None or new[0] > old[0]:
        return new
    if new[0] < old[0]:
        return old
    both = dict(old[1])
    for key, value in new[1].items():
        both[key] = max(both.get(key, value), value)
    return old[0], both
